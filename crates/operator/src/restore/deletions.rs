//! Which keys were deleted after a backup was made, by the audit log of the service that is gone.

use super::RestoreError;
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use strongroom_audit::{SegmentFolder, SegmentSource};

/// The event of a key whose waiting period was over.
const DELETED: &str = "DeleteKey";

/// ARNs of keys deleted in lines after this one, of segments sealed or not. A line that cannot be read is an error, but for
/// the last of a segment, which a crash may have torn.
pub(super) fn after(audit_dir: &Path, line: u64) -> Result<Vec<String>, RestoreError> {
    let failed = |error| RestoreError::File { path: audit_dir.to_owned(), error };
    let folder = SegmentFolder::new(audit_dir);
    let mut deleted = Vec::new();
    for segment in folder.segments().map_err(failed)? {
        let bytes = folder.open(segment.first).map_err(failed)?;
        let lines: Result<Vec<Vec<u8>>, _> = BufReader::new(bytes).split(b'\n').collect();
        let lines = lines.map_err(failed)?;
        for (index, bytes) in lines.iter().enumerate() {
            let entry: Value = match serde_json::from_slice(bytes) {
                Ok(entry) => entry,
                Err(_) if index + 1 == lines.len() => continue,
                Err(error) => return Err(failed(error.into())),
            };
            deleted.extend(deleted_key(&entry, line));
        }
    }
    Ok(deleted)
}

/// The key that an entry says was deleted.
fn deleted_key(entry: &Value, after: u64) -> Option<String> {
    let record = &entry["record"];
    let newer = entry["sequence"].as_u64()? > after;
    let done = matches!(entry["kind"].as_str()?, "event" | "correction") && record["errorCode"].is_null();
    if !newer || !done || record["eventName"] != DELETED {
        return None;
    }
    Some(record["resources"].get(0)?["ARN"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(sequence: u64, event: &str, arn: &str, error: Option<&str>) -> String {
        let record = json!({ "eventName": event, "errorCode": error, "resources": [{ "ARN": arn }] });
        format!("{}\n", json!({ "sequence": sequence, "kind": "event", "record": record }))
    }

    #[test]
    fn deletions_after_the_line_are_found_in_every_segment_and_failures_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let first = [line(1, DELETED, "a", None), line(2, DELETED, "b", None)].concat();
        std::fs::write(folder.path().join("00000000000000000001.jsonl"), first).unwrap();
        let second = [
            line(3, "ScheduleKeyDeletion", "c", None),
            line(4, DELETED, "d", Some("NotConfirmed")),
            line(5, DELETED, "e", None),
            "{\"sequence\":6,\"ki".to_owned(),
        ]
        .concat();
        std::fs::write(folder.path().join("00000000000000000003.jsonl"), second).unwrap();
        assert_eq!(after(folder.path(), 1).unwrap(), ["b", "e"]);
        assert_eq!(after(folder.path(), 2).unwrap(), ["e"]);
        assert!(after(&folder.path().join("nowhere"), 1).is_err());
    }

    #[test]
    fn deletions_are_found_in_a_sealed_segment() {
        let folder = tempfile::tempdir().unwrap();
        let lines = [line(1, DELETED, "a", None), line(2, DELETED, "b", None)].concat();
        let sealed = std::fs::File::create(folder.path().join("00000000000000000001.jsonl.zst")).unwrap();
        strongroom_audit::compress_lines(lines.as_bytes(), sealed).unwrap();
        assert_eq!(after(folder.path(), 1).unwrap(), ["b"]);
    }

    #[test]
    fn line_that_cannot_be_read_amid_a_segment_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let text = ["{".to_owned(), "\n".to_owned(), line(2, DELETED, "b", None)].concat();
        std::fs::write(folder.path().join("00000000000000000001.jsonl"), text).unwrap();
        assert!(after(folder.path(), 0).is_err());
    }
}
