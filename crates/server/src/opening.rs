//! The audit log as a front opens it: compared with what the secrets folder keeps, before anything is written to it.

use crate::removal;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use strongroom_audit::{
    AuditError, AuditLog, Checkpoint, Closed, Disk, Opened, RealDisk, Settings, SignedNote, TreeHead,
    beginning, seals,
};
use strongroom_control::{Channel, FromFront, StartFront, ToFront};

/// What the operator is told of a folder that does not forget that the log was closed; the supervisor logs the system's reason.
const STAYS_CLOSED: &str = "audit-closed in the secrets folder says that the log is closed, and could not be removed (the log of \
    the service says why), so that the next start would refuse what this one writes. For a start, make that folder writable";

/// Messages that came before anybody could take them.
pub(crate) type Early = Vec<(ToFront, Vec<OwnedFd>)>;

/// The log, whether the secrets folder says that it had been closed, and what the supervisor has said meanwhile.
pub(crate) struct OpenedLog {
    pub(crate) opened: Opened,
    pub(crate) was_closed: bool,
    pub(crate) early: Early,
}

/// Opens the log. One that was closed has to be as it was then, unless the operator takes it as it is. Blocks.
pub(crate) fn open_log(
    channel: &Channel,
    start: &StartFront,
    settings: Settings,
) -> Result<OpenedLog, AuditError> {
    let mut early = Early::new();
    let unwritable = |fault: std::io::Error| AuditError::Unwritable(fault.to_string());
    let disk = Arc::new(RealDisk::new(&start.data_dir.join("audit")).map_err(unwritable)?);
    let (kept, removed) = (start.log_checkpoint.as_deref(), start.log_removed.as_deref());
    let unknown = check_beginning(&disk, kept, removed, start.accept_rollback)?;
    let closed = closed_size(start.log_closed.as_deref(), kept);
    let known = known_closed(closed, start.log_keys.as_deref(), start.accept_rollback);
    let held_to = known.as_ref();
    let opened = AuditLog::open_closed(settings, disk, held_to, || match &start.log_closed {
        // Also where it is forgotten already: that may not have been on the disk when a front before died.
        Some(_) => forget_closed(channel, &mut early),
        None => Ok(()),
    })?;
    if let Some((origin, begins)) = unknown {
        // A log of which nothing was kept yet, or which the operator takes as it is.
        let handed = channel.send(&FromFront::LogRemoved { text: removal::told(&origin, begins) }, &[]);
        handed.map_err(|error| AuditError::Unwritable(error.to_string()))?;
    }
    Ok(OpenedLog { opened, was_closed: closed.is_some(), early })
}

/// Whether no more of the log is gone than retention has removed, as the secrets folder knows it: up to the checkpoint that it
/// keeps, if that was kept by a version of this program that tells it. Gives the log's name and the number that it begins with
/// where that folder does not know of it.
fn check_beginning(
    disk: &RealDisk,
    kept: Option<&str>,
    removed: Option<&str>,
    accept: bool,
) -> Result<Option<(String, u64)>, AuditError> {
    let unreadable = |fault: std::io::Error| AuditError::Unreadable(fault.to_string());
    let removed = removed.filter(|_| kept.is_some_and(removal::are_kept_beside));
    let note = kept.and_then(|kept| kept.parse::<SignedNote>().ok());
    // Without one it is a new log, or one that nobody has signed.
    let Some(kept) = note.and_then(|note| note.text.parse::<Checkpoint>().ok()) else { return Ok(None) };
    let seals = seals(disk).map_err(unreadable)?;
    let begins = beginning(&seals, &disk.segments().map_err(unreadable)?).next;
    match removed.and_then(|text| removal::removed_before(text, &kept.origin)) {
        Some(removed) if begins <= removed => Ok(None),
        Some(removed) if !accept => Err(AuditError::Unreadable(format!(
            "the records {removed} to {} are missing, and the service did not remove them, says audit-removed in the secrets \
             folder, whatever the log says. Bring their segments back, or start once with --accept-rollback; so too if that \
             folder was put back to an older state, or if an older version of this program removed them and could sign nothing",
            begins.saturating_sub(1)
        ))),
        _ => Ok(Some((kept.origin, begins))),
    }
}

/// How many records a log was closed with. It counts as closed only with the checkpoint that is kept as the last one: an older
/// version of this program keeps a newer one and leaves the other as it is.
fn closed_size(closed: Option<&str>, kept: Option<&str>) -> Option<u64> {
    let closed = closed.filter(|closed| !closed.is_empty() && kept == Some(*closed))?;
    let note = closed.parse::<SignedNote>().ok()?;
    Some(note.text.parse::<Checkpoint>().ok()?.size)
}

/// What a log that was closed with so many records has to be, unless the operator takes it as it is.
fn known_closed(closed: Option<u64>, keys: Option<&str>, accept: bool) -> Option<Closed> {
    let records = closed.filter(|_| !accept)?;
    Some(Closed { records, keys: keys.and_then(|keys| keys.parse().ok()) })
}

/// Has the supervisor forget that the log was closed; returns when the disk of the secrets folder has that.
fn forget_closed(channel: &Channel, early: &mut Early) -> Result<(), AuditError> {
    let failed = |why: &dyn std::fmt::Display| AuditError::Unwritable(format!("the secrets folder: {why}"));
    channel.send(&FromFront::LogOpened, &[]).map_err(|error| failed(&error))?;
    loop {
        match channel.receive::<ToFront>().map_err(|error| failed(&error))? {
            (ToFront::LogOpened(true), _) => return Ok(()),
            (ToFront::LogOpened(false), _) => {
                return Err(AuditError::Unwritable(STAYS_CLOSED.to_owned()));
            }
            (ToFront::Shutdown, _) => return Err(failed(&"the service ends")),
            other => early.push(other),
        }
    }
}

/// Has the supervisor keep again that the log is closed, if a start that was refused has written nothing to it: what is added
/// meanwhile is to be noticed as if there had been no such start.
pub(crate) async fn close_again(channel: &Channel, start: &StartFront, log: &AuditLog, found: TreeHead) {
    let Some(text) = start.log_closed.clone().filter(|text| !text.is_empty()) else { return };
    if log.end().await
        && log.tree_head() == found
        && let Err(error) = channel.send(&FromFront::LogClosed { text }, &[])
    {
        tracing::error!(%error, "that the audit log is closed could not be handed over");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixStream;
    use strongroom_audit::LogKeys;

    const NOTE: &str = "log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} log AAAAAAAA\n";

    #[test]
    fn log_is_closed_only_with_the_checkpoint_that_is_kept() {
        assert_eq!(closed_size(Some(NOTE), Some(NOTE)), Some(7));
        let newer = NOTE.replacen('7', "8", 1);
        for (closed, kept) in [
            (None, Some(NOTE)),
            (Some(""), Some(NOTE)),
            (Some(NOTE), None),
            (Some(NOTE), Some(newer.as_str())),
            (Some("no note"), Some("no note")),
        ] {
            assert_eq!(closed_size(closed, kept), None, "{closed:?} {kept:?}");
        }
    }

    #[test]
    fn closed_log_is_held_to_with_the_keys_that_the_folder_keeps_unless_it_is_taken_as_it_is() {
        let keys = LogKeys::new("log", &[1; 32], &[2; 1_952]).unwrap();
        let held_to = known_closed(Some(7), Some(&keys.to_string()), false).unwrap();
        assert_eq!((held_to.records, held_to.keys), (7, Some(keys)));
        assert_eq!(known_closed(Some(7), Some("damaged"), false).unwrap().keys, None);
        assert!(known_closed(Some(7), None, true).is_none() && known_closed(None, None, false).is_none());
    }

    #[test]
    fn log_that_begins_later_than_retention_has_removed_it_is_refused_whatever_it_says() {
        let dir = tempfile::tempdir().unwrap();
        let disk = RealDisk::new(dir.path()).unwrap();
        let hash = "5a".repeat(32);
        let seal = format!(
            r#"{{"first":1,"next":2,"size":1,"root":"{hash}","peaks":["{hash}"],"certain":0,"told":0,"bytes":9,"sealedAt":0,"open":[]}}"#
        );
        std::fs::write(dir.path().join("seals"), format!("{seal}\n")).unwrap();
        std::fs::write(dir.path().join(format!("{:020}.jsonl", 2)), "").unwrap();
        let kept = removal::kept_text(NOTE);
        let begins =
            |removed: Option<String>, accept| check_beginning(&disk, Some(&kept), removed.as_deref(), accept);
        assert_eq!(begins(Some(removal::told("log", 2)), false), Ok(None), "the control");
        let refused = begins(Some(removal::told("log", 1)), false).unwrap_err();
        assert!(refused.to_string().contains("records 1 to 1 are missing"), "{refused}");
        let as_it_is = Ok(Some(("log".to_owned(), 2)));
        assert_eq!(begins(Some(removal::told("log", 1)), true), as_it_is);
        assert_eq!(begins(None, false), as_it_is, "the folder could not keep it");
        assert_eq!(begins(Some(removal::told("other", 1)), false), as_it_is, "of another log");
        let older = check_beginning(&disk, Some(NOTE), Some(&removal::told("log", 1)), false);
        assert_eq!(
            older, as_it_is,
            "an older version kept the checkpoint, and tells no folder what it removes"
        );
        assert_eq!(check_beginning(&disk, None, None, false), Ok(None));
    }

    #[test]
    fn nothing_is_begun_before_the_folder_has_forgotten_that_the_log_was_closed() {
        for (answer, begins) in
            [(ToFront::LogOpened(true), true), (ToFront::LogOpened(false), false), (ToFront::Shutdown, false)]
        {
            let (here, there) = UnixStream::pair().unwrap();
            let (here, there) = (Channel::new(here), Channel::new(there));
            there.send(&ToFront::Processes(Vec::new()), &[]).unwrap();
            there.send(&answer, &[]).unwrap();
            let mut early = Early::new();
            let said = forget_closed(&here, &mut early);
            assert_eq!(said.is_ok(), begins, "{answer:?}");
            let names_the_file =
                said.is_err_and(|error| error.to_string().contains("audit-closed in the secrets folder"));
            assert_eq!(names_the_file, matches!(answer, ToFront::LogOpened(false)), "{answer:?}");
            assert!(matches!(early.as_slice(), [(ToFront::Processes(_), _)]), "{early:?}");
            assert!(matches!(there.receive::<FromFront>().unwrap(), (FromFront::LogOpened, _)));
        }
    }
}
