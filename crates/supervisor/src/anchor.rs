//! What the front has the secrets folder keep, so that it is out of reach of whoever writes the data directory: the
//! rollback anchor (how far the state had come), and of the audit log its public keys, a checkpoint and whether it was closed.
//! What is in them is the front's matter.

use crate::{Folders, SupervisorError, files};

/// The anchor that was kept last. A file that is there and cannot be read is not the same as none.
pub(crate) fn read(folders: &Folders) -> Result<Option<String>, SupervisorError> {
    let bytes = files::read(&folders.rollback_anchor())?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Keeps a new one; whether it is kept. Without it the state is ahead of its anchor, which is no rollback: no reason to end.
pub(crate) fn keep(folders: &Folders, text: &str) -> bool {
    let kept = files::write(&folders.rollback_anchor(), text.as_bytes(), 0o600);
    if let Err(error) = &kept {
        tracing::error!(%error, "the rollback anchor could not be kept");
    }
    kept.is_ok()
}

/// The checkpoint of the audit log that was kept last.
pub(crate) fn read_log_checkpoint(folders: &Folders) -> Result<Option<String>, SupervisorError> {
    let bytes = files::read(&folders.log_checkpoint())?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Keeps a newer one. Without it a log that lacks its end together with its own checkpoints is not noticed.
pub(crate) fn keep_log_checkpoint(folders: &Folders, text: &str) {
    if let Err(error) = files::write(&folders.log_checkpoint(), text.as_bytes(), 0o600) {
        tracing::error!(%error, "the checkpoint of the audit log could not be kept");
    }
}

/// The checkpoint with which the log was closed; none once a front has opened it.
pub(crate) fn read_log_closed(folders: &Folders) -> Result<Option<String>, SupervisorError> {
    let bytes = files::read(&folders.log_closed())?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Keeps that the log is closed, or with an empty text that it is not; whether it is kept. Without the first a next start does
/// not notice what is added meanwhile; without the second it would refuse what this one writes.
pub(crate) fn keep_log_closed(folders: &Folders, text: &str) -> bool {
    let path = folders.log_closed();
    let kept = match text {
        "" => files::remove_durably(&path),
        text => files::write_if_changed(&path, text.as_bytes(), 0o600),
    };
    if let Err(error) = &kept {
        tracing::error!(%error, "whether the audit log is closed could not be kept");
    }
    kept.is_ok()
}

/// How far retention has removed the log at the most.
pub(crate) fn read_log_removed(folders: &Folders) -> Result<Option<String>, SupervisorError> {
    let bytes = files::read(&folders.log_removed())?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Keeps how far it removes from now on; whether a start will not be told less. It needs no room but the first time, when a
/// start is told nothing without it: what is removed may have to make some.
pub(crate) fn keep_log_removed(folders: &Folders, text: &str) -> bool {
    let kept = files::write_over(&folders.log_removed(), text.as_bytes(), 0o600);
    if let Err(error) = &kept {
        tracing::error!(%error, "how far the audit log is removed could not be kept");
    }
    kept.is_ok() || !folders.log_removed().exists()
}

/// The public keys of the audit log that were kept last. The front lists new ones behind them.
pub(crate) fn read_log_keys(folders: &Folders) -> Result<Option<String>, SupervisorError> {
    let bytes = files::read(&folders.log_keys())?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

/// Keeps the public keys of the audit log, with those that were its keys before. That there are others than were there is
/// told; where none of the old ones is left, it is another log.
pub(crate) fn keep_log_keys(folders: &Folders, text: &str) {
    let path = folders.log_keys();
    match files::read(&path) {
        Ok(Some(kept)) if kept == text.as_bytes() => return,
        Ok(Some(kept)) if has_all_lines(text, &kept) => {
            tracing::warn!(
                "the audit log has new public keys beside the old ones: the keyring key was replaced"
            );
        }
        Ok(Some(_)) => tracing::warn!("the audit log has other public keys than before: it is another log"),
        Ok(None) | Err(_) => {}
    }
    if let Err(error) = files::write(&path, text.as_bytes(), 0o600) {
        tracing::error!(%error, "the public keys of the audit log could not be kept");
    }
}

fn has_all_lines(text: &str, kept: &[u8]) -> bool {
    String::from_utf8_lossy(kept).lines().all(|kept| text.lines().any(|line| line == kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn anchor_is_kept_beside_the_secrets_and_one_that_cannot_be_read_is_not_missing() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path();
        let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
        assert_eq!(read(&folders).unwrap(), None);
        for text in ["one", "two"] {
            assert!(keep(&folders, text));
            assert_eq!(read(&folders).unwrap().as_deref(), Some(text));
        }
        let file = folders.secrets_dir.join("rollback-anchor");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert!(read(&folders).is_err());
        assert!(!keep(&folders, "three"), "a folder is in its place");
    }

    #[test]
    fn keys_of_the_log_are_kept_with_the_older_ones() {
        let temporary = tempfile::tempdir().unwrap();
        let base = temporary.path();
        let folders = Folders { data_dir: base.join("d"), secrets_dir: base.join("s") }.create().unwrap();
        assert_eq!(read_log_keys(&folders).unwrap(), None);
        for text in ["a\n", "a\nb\n", "c\n"] {
            keep_log_keys(&folders, text);
            assert_eq!(read_log_keys(&folders).unwrap().as_deref(), Some(text));
        }
        assert!(has_all_lines("a\nx\nb\n", b"a\nb\n") && !has_all_lines("a\nx\n", b"a\nb\n"));
    }
}
