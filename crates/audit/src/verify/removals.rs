//! What the record says of retention: the oldest segments may be missing only as far as signed records tell that they
//! were removed.

use crate::line::Kind;
use crate::reader::Line;
use serde_json::Value;
use std::collections::BTreeMap;

/// The act of retention on the record. What tells of a removal is written after what it removes, so of what was removed
/// last it is still there.
const REMOVAL: &str = "RemoveAuditSegments";

/// Who does it: no caller's record says so.
const SERVICE: &str = "strongroom";

/// The removals that records tell of.
#[derive(Default)]
pub(super) struct Removals {
    /// The last record that was removed.
    told: u64,
    /// By request id, the last record that was about to be removed, where nothing says what came of it.
    intended: BTreeMap<String, u64>,
    /// By the last record that was removed, the digest of the seal that stays for it; those of earlier versions tell none.
    seals: BTreeMap<u64, String>,
}

impl Removals {
    /// Takes a signed line.
    pub(super) fn take(&mut self, line: &Line<'_>) {
        // The text is looked for before the JSON is read: most lines do not have it.
        if line.kind == Kind::Gap || !line.record.contains(REMOVAL) {
            return;
        }
        let Ok(record) = serde_json::from_str::<Value>(line.record) else { return };
        let is_intent = line.kind == Kind::Intent;
        if record["eventName"] != REMOVAL || !(is_intent || record["userIdentity"]["invokedBy"] == SERVICE) {
            return;
        }
        let last = record["requestParameters"]["lastSequence"].as_u64().unwrap_or_default();
        let request = record["requestID"].as_str().unwrap_or_default();
        if let Some(digest) = record["requestParameters"]["sealDigest"].as_str() {
            self.seals.insert(last, digest.to_owned());
        }
        if is_intent {
            self.intended.insert(request.to_owned(), last);
        } else {
            // It may have come to less than was intended: a hold was made.
            self.intended.remove(request);
            self.told = self.told.max(last);
        }
    }

    /// The digest of the seal that stays where the records up to this one were removed, if a record tells it.
    pub(super) fn seal(&self, last: u64) -> Option<&str> {
        self.seals.get(&last).map(String::as_str)
    }

    /// The last record that may be missing.
    pub(super) fn last(&self) -> u64 {
        self.intended.values().copied().fold(self.told, u64::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::KeyUses;
    use serde_json::json;

    fn last_after(lines: &[(Kind, Value)]) -> u64 {
        let mut removals = Removals::default();
        for (kind, record) in lines {
            let record = record.to_string();
            removals.take(&Line {
                segment: 1,
                number: 1,
                sequence: 1,
                kind: *kind,
                uses: KeyUses::default(),
                gap: None,
                void: false,
                text: b"",
                record: &record,
            });
        }
        removals.last()
    }

    fn intent(request: &str, last: u64) -> (Kind, Value) {
        let parameters = json!({ "lastSequence": last });
        (Kind::Intent, json!({ "eventName": REMOVAL, "requestID": request, "requestParameters": parameters }))
    }

    fn event(by: &str, request: &str, last: u64) -> (Kind, Value) {
        let (_, mut record) = intent(request, last);
        record["userIdentity"] = json!({ "invokedBy": by });
        (Kind::Event, record)
    }

    #[test]
    fn removals_are_believed_as_far_as_they_are_told_or_were_intended() {
        assert_eq!(last_after(&[]), 0);
        assert_eq!(last_after(&[event(SERVICE, "a", 7), event(SERVICE, "b", 20)]), 20);
        assert_eq!(last_after(&[event(SERVICE, "a", 7), intent("b", 20)]), 20, "it was killed meanwhile");
        assert_eq!(last_after(&[intent("b", 20), event(SERVICE, "b", 9)]), 9, "a hold was made meanwhile");
        assert_eq!(last_after(&[intent("b", 20), event(SERVICE, "c", 9)]), 20);
        let (_, record) = event(SERVICE, "b", 20);
        assert_eq!(last_after(&[intent("b", 20), (Kind::Correction, record)]), 20, "a start says so");
    }

    #[test]
    fn record_of_a_caller_tells_of_no_removal() {
        let (kind, mut record) = event(SERVICE, "a", 7);
        record["userIdentity"] = json!({ "type": "IAMUser" });
        assert_eq!(last_after(&[(kind, record)]), 0);
        let mut other = event(SERVICE, "a", 7);
        other.1["eventName"] = json!("Decrypt");
        other.1["userAgent"] = json!(REMOVAL);
        assert_eq!(last_after(&[other, event("operator (uid 0)", "b", 7)]), 0);
    }
}
