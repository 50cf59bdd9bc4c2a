//! Records in a folder: one JSON file for each branch key, replaced as a whole.
//!
//! The file has all records of its key, so a create and a new version are one rename each. Writers take a lock; the file is
//! named by the SHA-256 of the id, because an id may be any text.

use super::KeyringError;
use super::record::{ACTIVE, BranchKeyRecord, BranchKeyRecords};
use crate::durable::{sync_file, sync_folder};
use crate::temporary::temporary_name;
use aws_lc_rs::digest::{SHA256, digest};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::PathBuf;

/// A folder that nobody else writes to but by this type.
pub struct FolderRecords {
    folder: PathBuf,
}

impl FolderRecords {
    /// The folder must exist.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn path(&self, id: &str) -> PathBuf {
        let name: String =
            digest(&SHA256, id.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
        self.folder.join(name + ".json")
    }

    fn load(&self, id: &str) -> Result<Vec<BranchKeyRecord>, KeyringError> {
        match fs::read(self.path(id)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(failed(id, "cannot be read", &error)),
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|error| failed(id, "has a file that does not parse", &error)),
        }
    }

    /// Written beside, synced, renamed, and the folder synced.
    fn save(&self, id: &str, records: &[BranchKeyRecord]) -> Result<(), KeyringError> {
        let write = || -> io::Result<()> {
            let name = temporary_name()?;
            let mut file = tempfile::Builder::new().prefix(&name).rand_bytes(0).tempfile_in(&self.folder)?;
            file.write_all(&serde_json::to_vec_pretty(records)?)?;
            sync_file(file.as_file())?;
            file.persist(self.path(id)).map_err(|error| error.error)?;
            sync_folder(&self.folder)
        };
        write().map_err(|error| failed(id, "cannot be written", &error))
    }

    /// One writer at a time; released when the file is closed.
    fn locked(&self, id: &str) -> Result<File, KeyringError> {
        let lock = || -> io::Result<File> {
            let file = File::options().create(true).append(true).open(self.folder.join(".lock"))?;
            rustix::fs::flock(&file, rustix::fs::FlockOperation::LockExclusive)?;
            Ok(file)
        };
        lock().map_err(|error| failed(id, "cannot be locked", &error))
    }
}

fn failed(id: &str, what: &str, error: &dyn std::fmt::Display) -> KeyringError {
    KeyringError::BranchKey { id: id.to_owned(), what: format!("{what}: {error}") }
}

impl BranchKeyRecords for FolderRecords {
    fn get(&self, branch_key_id: &str, kind: &str) -> Result<Option<BranchKeyRecord>, KeyringError> {
        Ok(self.load(branch_key_id)?.into_iter().find(|record| record.kind == kind))
    }

    fn create(&self, records: &[BranchKeyRecord]) -> Result<(), KeyringError> {
        let id = records.first().map(|record| record.branch_key_id.clone()).unwrap_or_default();
        let _lock = self.locked(&id)?;
        if !self.load(&id)?.is_empty() {
            return Err(KeyringError::BranchKey { id, what: "exists already".into() });
        }
        self.save(&id, records)
    }

    fn replace_active(
        &self,
        old_enc: &str,
        version: &BranchKeyRecord,
        active: &BranchKeyRecord,
    ) -> Result<(), KeyringError> {
        let id = &active.branch_key_id;
        let _lock = self.locked(id)?;
        let mut records = self.load(id)?;
        let current = records.iter_mut().find(|record| record.kind == ACTIVE);
        match current.filter(|record| record.enc == old_enc) {
            Some(record) => *record = active.clone(),
            None => {
                let what = "was given a new version by somebody else meanwhile".into();
                return Err(KeyringError::BranchKey { id: id.clone(), what });
            }
        }
        records.push(version.clone());
        self.save(id, &records)
    }
}
