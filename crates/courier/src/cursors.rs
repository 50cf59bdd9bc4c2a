//! How far each sink is: one small file each in `courier/` of the data directory, replaced after the sink has taken a
//! batch; and `low-water`, which tells the log's retention what required sinks still need.

use crate::log::Position;
use serde::{Deserialize, Serialize};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The suffix of a cursor's file; names of sinks have no other bytes than plain ones.
const SUFFIX: &str = ".cursor";

/// What retention reads: `SEGMENT OFFSET NUMBER`, the segment in twenty digits as in its name, and a newline. Segments
/// before it may go. Without the file there is no required sink.
const LOW_WATER: &str = "low-water";

/// How far a sink is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Cursor {
    /// Behind the last line that it has taken.
    pub(crate) position: Position,
    /// The number of the line that follows; 0 before the first.
    pub(crate) next: u64,
    /// The last number of a batch that is being exported: tried again, it is the same batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) through: Option<u64>,
}

/// The name of the log that the cursors are of, as `audit/origin` has it.
const LOG: &str = "log";

/// Removes cursors of another log than the one with this name, whose numbers begin again. A log has none before its vault was
/// open for the first time; a log that has none any more is another one.
pub(crate) fn forget_another_log(folder: &Path, origin: Option<&str>) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let known = match fs::read_to_string(folder.join(LOG)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        known => Some(known?),
    };
    if known.as_deref() == origin {
        return Ok(());
    }
    if let Some(known) = known {
        tracing::warn!(%known, "the audit log is another one: sinks get it from its beginning");
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.to_str().is_some_and(|path| path.ends_with(SUFFIX)) {
                fs::remove_file(path)?;
            }
        }
        fs::remove_file(folder.join(LOG))?;
    }
    origin.map_or(Ok(()), |origin| replace(folder, LOG, origin.as_bytes()))
}

/// Where cursors are kept.
pub(crate) trait Keep: Send + Sync + 'static {
    /// Returns when it is on the disk.
    fn save(&self, sink: usize, cursor: &Cursor) -> io::Result<()>;
}

/// Cursors in a folder.
#[derive(Debug)]
pub(crate) struct Cursors {
    folder: PathBuf,
    names: Vec<String>,
    state: Mutex<Vec<Needed>>,
}

/// What retention has to know of one sink.
#[derive(Clone, Copy, Debug)]
struct Needed {
    required: bool,
    cursor: Cursor,
}

impl Cursors {
    /// Reads the cursors of these sinks (name, and whether it is required) and writes what retention may not pass. A
    /// sink without a cursor, or with one that cannot be understood, begins with the first line that is there.
    pub(crate) fn open(folder: &Path, sinks: &[(String, bool)]) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let mut state = Vec::new();
        for (name, required) in sinks {
            state
                .push(Needed { required: *required, cursor: read(&folder.join(format!("{name}{SUFFIX}")))? });
        }
        let names = sinks.iter().map(|(name, _)| name.clone()).collect();
        let cursors = Self { folder: folder.to_owned(), names, state: Mutex::new(state) };
        cursors.keep_low_water(&cursors.state.lock().unwrap_or_else(PoisonError::into_inner))?;
        Ok(cursors)
    }

    /// How far a sink is.
    pub(crate) fn of(&self, sink: usize) -> Cursor {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.get(sink).map(|needed| needed.cursor).unwrap_or_default()
    }

    fn keep_low_water(&self, state: &[Needed]) -> io::Result<()> {
        let required = state.iter().filter(|needed| needed.required).map(|needed| needed.cursor);
        match required.min_by_key(|cursor| cursor.position) {
            Some(Cursor { position: Position { segment, offset }, next, .. }) => {
                let text = format!("{segment:020} {offset} {next}\n");
                // A disk that is full must not stop a courier that has nothing new to write.
                if fs::read(self.folder.join(LOW_WATER)).is_ok_and(|there| there == text.as_bytes()) {
                    return Ok(());
                }
                replace(&self.folder, LOW_WATER, text.as_bytes())
            }
            None => match fs::remove_file(self.folder.join(LOW_WATER)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed,
            },
        }
    }
}

impl Keep for Cursors {
    fn save(&self, sink: usize, cursor: &Cursor) -> io::Result<()> {
        let (Some(name), Ok(text)) = (self.names.get(sink), serde_json::to_vec(cursor)) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        replace(&self.folder, &format!("{name}{SUFFIX}"), &text)?;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(needed) = state.get_mut(sink) else { return Err(io::ErrorKind::InvalidInput.into()) };
        needed.cursor = *cursor;
        if needed.required { self.keep_low_water(&state) } else { Ok(()) }
    }
}

fn read(path: &Path) -> io::Result<Cursor> {
    match fs::read(path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).unwrap_or_else(|error| {
            tracing::error!(path = %path.display(), %error, "a sink's cursor cannot be read: it gets every record again");
            Cursor::default()
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Cursor::default()),
        Err(error) => Err(error),
    }
}

/// Replaces a file so that a crash leaves the old one or the new one.
pub(crate) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = folder.join(format!("{name}.new"));
    let renamed = fill(&temporary, bytes).and_then(|()| fs::rename(&temporary, folder.join(name)));
    if renamed.is_err() {
        // Half a file takes room on a disk that may have none. Why it failed counts more than this.
        let _ = fs::remove_file(&temporary);
    }
    renamed?;
    File::open(folder)?.sync_all()
}

fn fill(temporary: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(segment: u64, offset: u64, next: u64) -> Cursor {
        Cursor { position: Position { segment, offset }, next, through: None }
    }

    fn open(folder: &Path, sinks: &[(&str, bool)]) -> Cursors {
        let sinks: Vec<_> = sinks.iter().map(|(name, required)| ((*name).to_owned(), *required)).collect();
        Cursors::open(folder, &sinks).unwrap()
    }

    #[test]
    fn cursors_outlive_the_process_and_follow_the_name() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("courier");
        let cursors = open(&folder, &[("a", false), ("b", false)]);
        assert_eq!(cursors.of(1), Cursor::default());
        let planned = Cursor { through: Some(9), ..at(1, 20, 3) };
        cursors.save(1, &planned).unwrap();
        assert_eq!(cursors.of(1), planned);
        let again = open(&folder, &[("b", false), ("c", false)]);
        assert_eq!((again.of(0), again.of(1)), (planned, Cursor::default()));
        assert!(again.save(2, &planned).is_err());
    }

    #[test]
    fn low_water_is_that_of_the_slowest_required_sink() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path();
        let low_water = || fs::read_to_string(folder.join(LOW_WATER)).ok();
        let sinks = [("a", true), ("b", true), ("c", false)];
        let cursors = open(folder, &sinks);
        assert_eq!(low_water().unwrap(), "00000000000000000000 0 0\n", "before the first batch");
        cursors.save(0, &at(70, 500, 74)).unwrap();
        assert_eq!(low_water().unwrap(), "00000000000000000000 0 0\n");
        cursors.save(1, &at(7, 900, 12)).unwrap();
        assert_eq!(low_water().unwrap(), "00000000000000000007 900 12\n");
        cursors.save(2, &at(1, 0, 1)).unwrap();
        assert_eq!(low_water().unwrap(), "00000000000000000007 900 12\n", "not required");
        drop(cursors);
        open(folder, &[("a", true)]);
        assert_eq!(low_water().unwrap(), "00000000000000000070 500 74\n");
        open(folder, &[("a", false)]);
        assert_eq!(low_water(), None);
    }

    #[test]
    fn cursors_of_another_log_are_forgotten() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("courier");
        let next = |origin: Option<&str>| {
            forget_another_log(&folder, origin).unwrap();
            open(&folder, &[("a", true)]).of(0).next
        };
        assert_eq!(next(None), 0);
        open(&folder, &[("a", true)]).save(0, &at(1, 20, 3)).unwrap();
        assert_eq!(next(Some("one")), 3, "the log has got its name");
        assert_eq!(next(Some("one")), 3);
        assert_eq!(next(Some("other")), 0);
        open(&folder, &[("a", true)]).save(0, &at(1, 20, 3)).unwrap();
        assert_eq!(next(None), 0, "a log without a name is a new one");
    }

    #[test]
    fn a_broken_cursor_means_everything_again() {
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join("a.cursor"), "{").unwrap();
        assert_eq!(open(temporary.path(), &[("a", true)]).of(0), Cursor::default());
    }
}
