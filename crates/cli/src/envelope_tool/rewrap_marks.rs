//! Which messages had their header rewrapped: a second time costs more than the first, and the format has no field for
//! a count. So it is a file for each message id, in the user's state folder.

use super::{Failure, hex};
use std::env;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::PathBuf;

/// The marks of this user.
pub(crate) struct RewrapMarks(Option<PathBuf>);

impl RewrapMarks {
    /// In `XDG_STATE_HOME`, else in `~/.local/state`.
    pub(crate) fn of_user() -> Self {
        let set = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = set("XDG_STATE_HOME").or_else(|| set("HOME").map(|home| home.join(".local/state")));
        Self(state.map(|state| state.join("strongroom/header-rewraps")))
    }

    /// Refuses a message that has its mark already, or cannot get one.
    pub(crate) fn check(&self, message_id: &[u8]) -> Result<(), Failure> {
        let named = |error: &dyn std::fmt::Display| {
            Failure::Usage(format!(
                "cannot note that the header was rewrapped ({error}): set XDG_STATE_HOME, rewrap without --header-only, \
                 or give --force"
            ))
        };
        let mark = self.mark(message_id).map_err(|error| named(&error))?;
        match mark.try_exists() {
            Ok(false) => Ok(()),
            Ok(true) => Err(Self::once_more()),
            Err(error) => Err(named(&error)),
        }
    }

    /// Why a message that has its mark is refused.
    pub(crate) fn once_more() -> Failure {
        Failure::Usage(
            "the header of this message was rewrapped before: each further time makes it easier to forge. \
             Rewrap without --header-only, or give --force"
                .into(),
        )
    }

    /// Sets the mark of a message, before its header is written. Says whether it is a new one.
    pub(crate) fn set(&self, message_id: &[u8]) -> io::Result<bool> {
        let mark = self.mark(message_id)?;
        match OpenOptions::new().write(true).create_new(true).open(mark) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes a mark back whose header never got its name. One that stays is harmless.
    pub(crate) fn take_back(&self, message_id: &[u8]) {
        if let Ok(mark) = self.mark(message_id) {
            let _ = fs::remove_file(mark);
        }
    }

    /// The file that is the mark, in a folder that exists.
    fn mark(&self, message_id: &[u8]) -> io::Result<PathBuf> {
        let folder = self.0.as_deref().ok_or_else(|| io::Error::other("there is no home folder"))?;
        fs::create_dir_all(folder)?;
        Ok(folder.join(hex(message_id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_time_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let marks = RewrapMarks(Some(folder.path().join("a/b")));
        assert!(marks.check(&[1; 32]).is_ok());
        assert!(marks.check(&[1; 32]).is_ok(), "a look leaves no mark");
        assert!(marks.set(&[1; 32]).unwrap());
        assert!(matches!(marks.check(&[1; 32]), Err(Failure::Usage(text)) if text.contains("before")));
        assert!(!marks.set(&[1; 32]).unwrap(), "it is there already");
        assert!(marks.check(&[2; 32]).is_ok());
        marks.take_back(&[1; 32]);
        assert!(marks.check(&[1; 32]).is_ok());
    }

    #[test]
    fn without_a_place_for_marks_it_is_refused() {
        assert!(matches!(RewrapMarks(None).check(&[1; 32]), Err(Failure::Usage(_))));
        assert!(RewrapMarks(None).set(&[1; 32]).is_err());
    }
}
