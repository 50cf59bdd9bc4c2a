//! One line of a segment: `{"sequence":n,"kind":"event","record":{...}}` and a newline. The envelope is where the
//! Merkle log will hang: the leaf is the line, its index the sequence number.

use serde::{Deserialize, Serialize};
use std::io::Write;
use strongroom_types::RequestId;

/// The longest line in bytes, and what a reservation holds: the longest policy, context and user agent fit
/// with every byte escaped.
pub const LINE_BYTES_MAX: usize = 256 << 10;

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A call's record.
    Event,
    /// A change is about to be committed.
    Intent,
    /// The log itself tells that something may be missing before this line.
    Gap,
    /// A second record for a request id that has one, or whose intent a crash left open.
    Correction,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Intent => "intent",
            Self::Gap => "gap",
            Self::Correction => "correction",
        }
    }
}

/// What is written and synced before a change is committed, so that a crash cannot hide it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Intent {
    /// The request.
    #[serde(rename = "requestID")]
    pub request_id: String,
    /// The batch's id, 32 hex digits.
    pub batch_id: String,
    /// The store's head when the intent was made: the batch, if it was committed, is after it.
    pub head_revision: u64,
    /// The operation.
    pub event_name: String,
}

impl Intent {
    /// An intent to commit this batch.
    pub fn new(request: RequestId, batch_id: [u8; 16], head_revision: u64, event_name: &str) -> Self {
        Self {
            request_id: request.to_string(),
            batch_id: const_hex::encode(batch_id),
            head_revision,
            event_name: event_name.to_owned(),
        }
    }

    /// The batch's id, if the text is one.
    pub fn batch(&self) -> Option<[u8; 16]> {
        const_hex::decode(&self.batch_id).ok()?.try_into().ok()
    }
}

/// The body of a gap line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gap {
    /// Why.
    pub(crate) reason: String,
    /// Lines of this number and above, up to this line's own, are there in full, in part, or not at all.
    pub(crate) from: u64,
}

/// A line as it is read back, its record not looked into.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope {
    pub(crate) sequence: u64,
    pub(crate) kind: Kind,
    pub(crate) record: serde_json::Value,
}

/// Appends a line whose record is already JSON.
pub(crate) fn append_line(out: &mut Vec<u8>, sequence: u64, kind: Kind, record: &[u8]) {
    // Writing into a vector does not fail.
    let _ = write!(out, "{{\"sequence\":{sequence},\"kind\":\"{}\",\"record\":", kind.name());
    out.extend_from_slice(record);
    out.extend_from_slice(b"}\n");
}

/// The bytes that [`append_line`] adds to a record at most.
pub(crate) const ENVELOPE_BYTES_MAX: usize = 72;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_known_answer_and_envelope_size() {
        let mut out = Vec::new();
        append_line(&mut out, 7, Kind::Event, b"{}");
        assert_eq!(out, b"{\"sequence\":7,\"kind\":\"event\",\"record\":{}}\n");
        let envelope: Envelope = serde_json::from_slice(&out).unwrap();
        assert_eq!((envelope.sequence, envelope.kind), (7, Kind::Event));
        let mut longest = Vec::new();
        append_line(&mut longest, u64::MAX, Kind::Correction, b"");
        assert!(longest.len() <= ENVELOPE_BYTES_MAX);
    }

    #[test]
    fn intent_batch_id_round_trip() {
        let intent = Intent::new(RequestId::from_random([1; 16]), [0xab; 16], 9, "CreateKey");
        assert_eq!(intent.batch(), Some([0xab; 16]));
        assert_eq!(Intent { batch_id: "zz".to_owned(), ..intent }.batch(), None);
    }
}
