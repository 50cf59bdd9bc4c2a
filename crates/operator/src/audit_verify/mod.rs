//! What an auditor does with the files of an audit log, while the service runs or not: verify all of it, prove one
//! record, compare two checkpoints, take what witnesses signed, verify what a sink has received. Nothing here asks the service.

mod delivered;
mod prove;
mod witness;

pub use delivered::DeliveredLog;
pub use prove::{Consistency, ProveError, RecordName};
pub use witness::WitnessShown;

use prove::NEWEST;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use strongroom_audit::verify::{Finding, KeptCheckpoint, Verified, verify, verify_with};
use strongroom_audit::{
    Disk, FilesBeside, Hold, HoldError, LogKeys, NOTE_BYTES_MAX, RealDisk, add_hold, holds, remove_hold,
};

/// Why a log cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum AuditFilesError {
    /// There is no log.
    #[error("there is no audit log in {0}")]
    NoLog(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {error}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file of public keys is none.
    #[error("{path}: {error}")]
    Keys {
        /// The file.
        path: PathBuf,
        /// Why.
        error: strongroom_audit::NoteError,
    },
    /// A hold cannot be made or ended.
    #[error(transparent)]
    Hold(#[from] HoldError),
}

/// The public keys of a log, from a file with one a line.
pub fn log_keys(path: &Path) -> Result<LogKeys, AuditFilesError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| AuditFilesError::File { path: path.to_owned(), error })?;
    text.parse().map_err(|error| AuditFilesError::Keys { path: path.to_owned(), error })
}

/// The files of one log.
#[derive(Debug)]
pub struct AuditFiles {
    folder: PathBuf,
    disk: Arc<RealDisk>,
}

impl AuditFiles {
    /// The log of a data directory, or of an export: a folder that has the segments itself or in `audit`.
    pub fn open(folder: &Path) -> Result<Self, AuditFilesError> {
        let inner = folder.join("audit");
        let folder = if inner.is_dir() { inner } else { folder.to_owned() };
        if !folder.is_dir() {
            return Err(AuditFilesError::NoLog(folder));
        }
        let disk =
            RealDisk::new(&folder).map_err(|error| AuditFilesError::File { path: folder.clone(), error })?;
        let segments =
            disk.segments().map_err(|error| AuditFilesError::File { path: folder.clone(), error })?;
        if segments.is_empty() {
            return Err(AuditFilesError::NoLog(folder));
        }
        Ok(Self { folder, disk: Arc::new(disk) })
    }

    /// Verifies everything; the first thing that is wrong is the error.
    pub fn verify(&self, keys: &LogKeys) -> Result<Verified, Finding> {
        verify(&*self.disk, keys)
    }

    /// The same of a log where it was written: it has to have all that its newest checkpoint says, and the one that the
    /// secrets folder keeps, if that is given; and no more, if that folder says that the log is `closed` with it. It has to
    /// have been read before.
    pub fn verify_in_place(
        &self,
        keys: &LogKeys,
        secret: Option<&str>,
        closed: bool,
    ) -> Result<Verified, Finding> {
        let kept = |name: &str, text: &str, closed: bool| KeptCheckpoint {
            name: name.to_owned(),
            text: text.to_owned(),
            closed,
        };
        let newest = self.disk.read_part(NEWEST, 0, NOTE_BYTES_MAX)?;
        let newest = String::from_utf8_lossy(&newest);
        let mut all = Vec::new();
        all.extend(secret.map(|text| kept("audit-checkpoint in the secrets folder", text, closed)));
        if !newest.is_empty() {
            all.push(kept("audit/checkpoint", &newest, false));
        }
        verify_with(&*self.disk, keys, &all)
    }

    /// The legal holds that stand.
    pub fn holds(&self) -> Result<Vec<Hold>, AuditFilesError> {
        holds(&*self.disk).map_err(self.failed())
    }

    /// Makes a hold: no segment is removed while it stands.
    pub fn add_hold(&self, name: &str, reason: &str) -> Result<(), AuditFilesError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        Ok(add_hold(&*self.disk, name, reason, since)?)
    }

    /// Ends a hold.
    pub fn remove_hold(&self, name: &str) -> Result<(), AuditFilesError> {
        Ok(remove_hold(&*self.disk, name)?)
    }

    fn failed(&self) -> impl Fn(std::io::Error) -> AuditFilesError + '_ {
        move |error| AuditFilesError::File { path: self.folder.clone(), error }
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
