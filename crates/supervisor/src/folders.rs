//! The two folders, what lies where in them, and the lock that makes one service serve them.

use crate::{Config, SupervisorError, checks};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The name of the socket for operators.
pub(crate) const OPERATOR_SOCKET: &str = "operator.sock";

/// The data directory and the secrets folder.
#[derive(Clone, Debug)]
pub struct Folders {
    /// State, audit log, CA certificate, operator socket.
    pub data_dir: PathBuf,
    /// What unlocks.
    pub secrets_dir: PathBuf,
}

impl Folders {
    /// Those that are configured.
    pub(crate) fn of(config: &Config) -> Self {
        Self { data_dir: config.data_dir.clone(), secrets_dir: config.secrets_dir.clone() }
    }

    /// The private CA's certificate, which clients trust. Not secret.
    pub fn ca_certificate(&self) -> PathBuf {
        self.data_dir.join("ca.pem")
    }

    /// The URL of the service that runs, or ran last: one line.
    pub fn endpoint(&self) -> PathBuf {
        self.data_dir.join("endpoint")
    }

    /// The socket for operators.
    pub fn operator_socket(&self) -> PathBuf {
        self.data_dir.join(OPERATOR_SOCKET)
    }

    /// The root principal's access key, JSON.
    pub fn root_credentials(&self) -> PathBuf {
        self.secrets_dir.join("root-credentials.json")
    }

    /// The root key.
    pub fn root_key(&self) -> PathBuf {
        self.secrets_dir.join("root-key")
    }

    /// The root key that a TPM sealed.
    pub fn tpm_root(&self) -> PathBuf {
        self.secrets_dir.join("tpm-root")
    }

    /// How far the state had come: what tells an older copy of the data directory.
    pub(crate) fn rollback_anchor(&self) -> PathBuf {
        self.secret("rollback-anchor")
    }

    /// The public keys of the audit log, one a line. Not secret, and not for whoever writes the log to change.
    pub fn log_keys(&self) -> PathBuf {
        self.secrets_dir.join("audit-public-keys")
    }

    /// A checkpoint of the audit log: what tells a log that was cut together with its own checkpoints.
    pub(crate) fn log_checkpoint(&self) -> PathBuf {
        self.secret("audit-checkpoint")
    }

    /// The same checkpoint, while the log is closed with it: what tells that somebody added to it since.
    pub(crate) fn log_closed(&self) -> PathBuf {
        self.secret("audit-closed")
    }

    /// How far retention has removed the audit log: what tells that somebody else removed more.
    pub(crate) fn log_removed(&self) -> PathBuf {
        self.secret("audit-removed")
    }

    /// The store; the front opens it.
    pub(crate) fn state(&self) -> PathBuf {
        self.data_dir.join("state")
    }

    /// The audit log; the front writes it.
    pub(crate) fn audit(&self) -> PathBuf {
        self.data_dir.join("audit")
    }

    /// How far sinks are in the audit log; the courier keeps it.
    pub(crate) fn courier(&self) -> PathBuf {
        self.data_dir.join("courier")
    }

    /// A file in the secrets folder.
    pub(crate) fn secret(&self, name: &str) -> PathBuf {
        self.secrets_dir.join(name)
    }

    /// Makes the folders that are missing, mode 0700, and makes both paths absolute. Links may show only then that
    /// one lies in the other. Where the audit log is a new one, no sink has got anything of it.
    pub(crate) fn create(&self) -> Result<Self, SupervisorError> {
        for folder in [&self.data_dir, &self.secrets_dir, &self.state(), &self.audit()] {
            let mut builder = DirBuilder::new();
            builder.recursive(true).mode(0o700).create(folder).map_err(SupervisorError::file(folder))?;
        }
        let absolute = |path: &Path| path.canonicalize().map_err(SupervisorError::file(path));
        let folders = Self { data_dir: absolute(&self.data_dir)?, secrets_dir: absolute(&self.secrets_dir)? };
        let nested = folders.secrets_dir.starts_with(&folders.data_dir)
            || folders.data_dir.starts_with(&folders.secrets_dir);
        if nested {
            return Err(SupervisorError::SecretsInsideData(folders.secrets_dir));
        }
        checks::text(&folders.data_dir)?;
        checks::text(&folders.secrets_dir)?;
        folders.forget_sinks_of_another_log()?;
        Ok(folders)
    }

    /// An empty audit log of which no checkpoint is kept is a new one, whose numbers begin again: how far sinks were in
    /// the one before says nothing of it.
    fn forget_sinks_of_another_log(&self) -> Result<(), SupervisorError> {
        let audit = self.audit();
        let empty = fs::read_dir(&audit).map_err(SupervisorError::file(&audit))?.next().is_none();
        if !empty || self.log_checkpoint().exists() {
            return Ok(());
        }
        let courier = self.courier();
        match fs::remove_dir_all(&courier) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            removed => removed.map_err(SupervisorError::file(courier)),
        }
    }

    /// Whether a service has kept anything here.
    pub(crate) fn have_state(&self) -> Result<bool, SupervisorError> {
        let state = self.state();
        let mut entries = fs::read_dir(&state).map_err(SupervisorError::file(state))?;
        Ok(entries.next().is_some())
    }
}

/// Locks the data directory for as long as the result lives; the lock file holds our process id.
pub(crate) fn lock(folders: &Folders) -> Result<File, SupervisorError> {
    let path = folders.data_dir.join("LOCK");
    let failed = || SupervisorError::file(&path);
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(&path)
        .map_err(failed())?;
    match file.try_lock() {
        Ok(()) => {
            if let Err(error) = write_over(&mut file, std::process::id().to_string().as_bytes()) {
                // It is locked all the same; another start only cannot say by whom.
                tracing::warn!(path = %path.display(), %error, "the process id could not be written");
                file.set_len(0).map_err(failed())?;
            }
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let read = (&mut file).take(20).read_to_string(&mut pid);
            let known = read.is_ok() && !pid.is_empty();
            let pid = if known { pid } else { "unknown".to_owned() };
            Err(SupervisorError::AlreadyServed { pid, directory: folders.data_dir.clone() })
        }
        Err(TryLockError::Error(error)) => Err(failed()(error)),
    }
}

/// In place of what is there. It is not cut first: the room that gives back may be somebody else's then.
fn write_over(file: &mut File, bytes: &[u8]) -> std::io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(bytes)?;
    file.set_len(bytes.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_has_the_process_id_and_nothing_of_a_longer_one() {
        let top = tempfile::tempdir().unwrap();
        let given = Folders { data_dir: top.path().join("data"), secrets_dir: top.path().join("secrets") };
        let folders = given.create().unwrap();
        let path = folders.data_dir.join("LOCK");
        fs::write(&path, "99999999999999").unwrap();
        let _held = lock(&folders).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), std::process::id().to_string());
    }

    #[test]
    fn new_log_begins_anew_for_every_sink() {
        let top = tempfile::tempdir().unwrap();
        let given = Folders { data_dir: top.path().join("data"), secrets_dir: top.path().join("secrets") };
        let folders = given.create().unwrap();
        let (segment, cursor) =
            (folders.audit().join("00000000000000000001.jsonl"), folders.courier().join("a.cursor"));
        fs::create_dir(folders.courier()).unwrap();
        fs::write(&cursor, "{}").unwrap();
        fs::write(&segment, "").unwrap();
        given.create().unwrap();
        assert!(cursor.exists(), "the log is the one that was delivered");
        fs::remove_file(&segment).unwrap();
        fs::write(folders.log_checkpoint(), "").unwrap();
        given.create().unwrap();
        assert!(cursor.exists(), "the log is lost, and the start will say so");
        fs::remove_file(folders.log_checkpoint()).unwrap();
        given.create().unwrap();
        assert!(!cursor.exists(), "the log is a new one");
    }
}
