//! Which keys were deleted after a backup was made, by the audit log of the service that is gone: and whether a folder is
//! that log. Lines of another one have the same numbers, and would say that nothing was deleted.

use super::RestoreError;
use serde_json::Value;
use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use strongroom_audit::{SegmentFolder, SegmentSource};
use strongroom_backup::AuditCheckpoint;

/// The event of a key whose waiting period was over.
const DELETED: &str = "DeleteKey";

/// The event before it: nothing of the key is destroyed yet, and nobody can cancel that any more. It counts as well, for a crash
/// may leave no record of the other that names the key.
const DOOMED: &str = "BeginKeyDeletion";

/// The audit log of the service that was backed up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogBackedUp {
    /// Its newest line when the backup was begun.
    line: u64,
    /// Its name; a backup of an older release does not say it.
    origin: Option<String>,
}

impl From<&AuditCheckpoint> for LogBackedUp {
    fn from(checkpoint: &AuditCheckpoint) -> Self {
        Self { line: checkpoint.sequence, origin: checkpoint.origin().map(str::to_owned) }
    }
}

impl LogBackedUp {
    /// What cannot be told of a folder whose log has this name; an error if it is another log.
    fn compare(&self, found: Option<&str>) -> Result<Option<String>, String> {
        match (&self.origin, found) {
            (Some(ours), Some(found)) if ours == found => Ok(None),
            (Some(ours), Some(found)) => Err(format!(
                "it is the audit log {found}, and the service that was backed up had {ours}: give that one's folder; what \
                 {found} says was deleted has to be deleted by hand after the restore"
            )),
            (Some(ours), None) => Ok(Some(format!(
                "the audit folder has no file `origin`, so nothing shows that it is the log {ours} of the service that was \
                 backed up; if it is another one, keys that were deleted are there again"
            ))),
            (None, _) => Ok(Some(
                "the backup is of a release that did not note which audit log it belongs to, so nothing shows that the \
                 folder is that log; if it is another one, keys that were deleted are there again"
                    .to_owned(),
            )),
        }
    }
}

/// Keys that were deleted after the backup was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedAgain {
    /// Their ARNs.
    pub arns: Vec<String>,
    /// For the operator: why it cannot be told whether the log is that of the service that was backed up.
    pub doubt: Option<String>,
}

/// Keys deleted in lines after the backup's, of segments sealed or not. A line that cannot be read is an error, but for the
/// last of a segment, which a crash may have torn; and so is a log that is not the one backed up, or not all of it since.
pub(super) fn after(audit_dir: &Path, log: &LogBackedUp) -> Result<DeletedAgain, RestoreError> {
    let failed = |error| RestoreError::File { path: audit_dir.to_owned(), error };
    let refused = |why| RestoreError::NotTheLog { path: audit_dir.to_owned(), why };
    let folder = SegmentFolder::new(audit_dir);
    let origin = folder.origin().map_err(failed)?;
    let doubt = log.compare(origin.as_deref()).map_err(refused)?;
    let mut reading = Reading {
        after: log.line,
        next: log.line.saturating_add(1),
        newest: None,
        arns: Vec::new(),
        known: HashSet::new(),
    };
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
            reading.take(&entry, index == 0).map_err(refused)?;
        }
    }
    Ok(DeletedAgain { arns: reading.end().map_err(refused)?, doubt })
}

/// What was read so far.
struct Reading {
    /// Deletions up to this line are in the backup.
    after: u64,
    /// No line before this one is missing, as far as the backup does not have it.
    next: u64,
    newest: Option<u64>,
    arns: Vec<String>,
    known: HashSet<String>,
}

impl Reading {
    fn take(&mut self, entry: &Value, begins_a_segment: bool) -> Result<(), String> {
        let Some(sequence) = entry["sequence"].as_u64() else { return Ok(()) };
        // A gap line stands for those that it takes back.
        let from = entry["record"]["from"].as_u64().filter(|_| entry["kind"] == "gap").unwrap_or(sequence);
        if begins_a_segment && from > self.next {
            return Err(format!(
                "its lines {} to {} are missing, which may tell of deletions after the backup: retention removed them, or \
                 the folder was not copied whole",
                self.next,
                from - 1
            ));
        }
        self.next = self.next.max(sequence.saturating_add(1));
        self.newest = self.newest.max(Some(sequence));
        // Most keys are named twice.
        let arn = deleted_key(entry, self.after).filter(|arn| self.known.insert(arn.clone()));
        self.arns.extend(arn);
        Ok(())
    }

    /// The keys, if the log goes as far as the backup.
    fn end(self) -> Result<Vec<String>, String> {
        match self.newest {
            None => {
                Err("it holds no line of an audit log: give the folder `audit` of the old data directory"
                    .to_owned())
            }
            Some(newest) if newest < self.after => Err(format!(
                "it ends with line {newest}, and the backup was begun at line {}: it is an older copy, or another log",
                self.after
            )),
            Some(_) => Ok(self.arns),
        }
    }
}

/// The key that an entry says was deleted.
fn deleted_key(entry: &Value, after: u64) -> Option<String> {
    let record = &entry["record"];
    let newer = entry["sequence"].as_u64()? > after;
    let done = matches!(entry["kind"].as_str()?, "event" | "correction") && record["errorCode"].is_null();
    if !newer || !done || !matches!(record["eventName"].as_str()?, DELETED | DOOMED) {
        return None;
    }
    Some(record["resources"].get(0)?["ARN"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIRST: &str = "00000000000000000001.jsonl";
    const THIRD: &str = "00000000000000000003.jsonl";

    fn line(sequence: u64, event: &str, arn: &str, error: Option<&str>) -> String {
        let record = json!({ "eventName": event, "errorCode": error, "resources": [{ "ARN": arn }] });
        format!("{}\n", json!({ "sequence": sequence, "kind": "event", "record": record }))
    }

    /// What was found after a line of the log `log/1`.
    fn found(folder: &Path, line: u64) -> Result<DeletedAgain, String> {
        let log = LogBackedUp::from(&AuditCheckpoint::of_log(line, "log/1"));
        after(folder, &log).map_err(|error| error.to_string())
    }

    fn arns(folder: &Path, line: u64) -> Vec<String> {
        found(folder, line).unwrap().arns
    }

    fn refusal(folder: &Path, line: u64) -> String {
        found(folder, line).unwrap_err()
    }

    /// A folder of the log `log/1` with these segments.
    fn folder(segments: &[(&str, String)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("origin"), "log/1\n").unwrap();
        for (name, lines) in segments {
            std::fs::write(folder.path().join(name), lines).unwrap();
        }
        folder
    }

    #[test]
    fn deletions_after_the_line_are_found_in_every_segment_and_failures_are_not() {
        let first = [line(1, DELETED, "a", None), line(2, DELETED, "b", None)].concat();
        let second = [
            line(3, "ScheduleKeyDeletion", "c", None),
            line(4, DELETED, "d", Some("NotConfirmed")),
            line(5, DELETED, "e", None),
            "{\"sequence\":6,\"ki".to_owned(),
        ]
        .concat();
        let folder = folder(&[(FIRST, first), (THIRD, second)]);
        assert_eq!(arns(folder.path(), 1), ["b", "e"]);
        assert_eq!(arns(folder.path(), 2), ["e"]);
        assert_eq!(found(folder.path(), 2).unwrap().doubt, None);
        assert!(found(&folder.path().join("nowhere"), 1).is_err());
    }

    #[test]
    fn deletion_that_a_crash_left_open_is_found_by_its_beginning_and_by_its_correction() {
        let correction = |sequence: u64, resources: Value| {
            let record = json!({ "eventName": DELETED, "errorCode": null, "resources": resources });
            format!("{}\n", json!({ "sequence": sequence, "kind": "correction", "record": record }))
        };
        let lines = [
            line(1, DOOMED, "a", None),
            correction(2, json!([])),
            correction(3, json!([{ "ARN": "b" }])),
            line(4, DOOMED, "c", Some("NotConfirmed")),
            line(5, DOOMED, "d", None),
            line(6, DELETED, "d", None),
        ];
        let folder = folder(&[(FIRST, lines.concat())]);
        assert_eq!(arns(folder.path(), 0), ["a", "b", "d"]);
    }

    #[test]
    fn deletions_are_found_in_a_sealed_segment() {
        let folder = folder(&[]);
        let lines = [line(1, DELETED, "a", None), line(2, DELETED, "b", None)].concat();
        let sealed = std::fs::File::create(folder.path().join("00000000000000000001.jsonl.zst")).unwrap();
        strongroom_audit::compress_lines(lines.as_bytes(), sealed).unwrap();
        assert_eq!(arns(folder.path(), 1), ["b"]);
    }

    #[test]
    fn line_that_cannot_be_read_amid_a_segment_is_an_error() {
        let text = ["{".to_owned(), "\n".to_owned(), line(2, DELETED, "b", None)].concat();
        assert!(found(folder(&[(FIRST, text)]).path(), 0).is_err());
    }

    #[test]
    fn another_log_is_refused_and_one_without_a_name_is_doubted() {
        let folder = folder(&[(FIRST, line(1, DELETED, "a", None))]);
        assert_eq!(found(folder.path(), 0), Ok(DeletedAgain { arns: vec!["a".to_owned()], doubt: None }));
        let unnamed = LogBackedUp::from(&AuditCheckpoint {
            statement: Vec::new(),
            ..AuditCheckpoint::of_log(0, "log/1")
        });
        let doubt = after(folder.path(), &unnamed).unwrap().doubt.unwrap();
        assert!(doubt.contains("did not note which audit log"), "{doubt}");
        let origin = folder.path().join("origin");
        std::fs::write(&origin, "log/2\n").unwrap();
        let said = refusal(folder.path(), 0);
        assert!(said.contains("it is the audit log log/2") && said.contains("had log/1"), "{said}");
        std::fs::remove_file(origin).unwrap();
        let nameless = found(folder.path(), 0).unwrap();
        assert_eq!(nameless.arns, ["a"]);
        assert!(nameless.doubt.unwrap().contains("no file `origin`"));
    }

    #[test]
    fn folder_without_lines_of_a_log_is_refused() {
        let said = refusal(folder(&[]).path(), 0);
        assert!(said.contains("give the folder `audit`"), "{said}");
        assert!(found(folder(&[(FIRST, String::new())]).path(), 0).is_err());
    }

    #[test]
    fn log_that_lacks_lines_since_the_backup_is_refused() {
        let third = || (THIRD, line(3, DELETED, "c", None));
        // What is missing before the backup's line tells nothing.
        assert_eq!(arns(folder(&[third()]).path(), 2), ["c"]);
        let said = refusal(folder(&[third()]).path(), 1);
        assert!(said.contains("lines 2 to 2 are missing"), "{said}");
        let first = || (FIRST, line(1, DELETED, "a", None));
        assert!(refusal(folder(&[first(), third()]).path(), 0).contains("lines 2 to 2"), "a hole");
        let gap = json!({ "sequence": 3, "kind": "gap", "record": { "reason": "torn", "from": 2 } });
        let gap = format!("{gap}\n{}", line(4, DELETED, "d", None));
        assert_eq!(
            arns(folder(&[first(), (THIRD, gap)]).path(), 0),
            ["a", "d"],
            "the log says what is missing"
        );
        let said = refusal(folder(&[first()]).path(), 2);
        assert!(said.contains("ends with line 1"), "{said}");
    }
}
