//! Restoring a backup on a bare machine (docs/recovery.md). The vault takes the shares and opens the keyring; here the file
//! is read, verified and made into a state. Nothing is put into place: the caller renames what was made.

mod contents;
mod deletions;
mod lane;
mod records;

pub use contents::{Contents, NewRootAccessKey};
pub use deletions::DeletedAgain;

use crate::restore::deletions::LogBackedUp;
use crate::restore::lane::Lane;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use strongroom_backup::{
    BackupError, BackupReader, FILE_KEY_BYTES, FileKey, Item, Manifest, SealedHeader, StoreFormat,
};
use strongroom_recovery::{Share, ShareError};
use strongroom_storage::OUR_FORMAT;
use strongroom_storage_embedded::OpenError;
use strongroom_vault_protocol::{
    CustodyAct, MalformedFrame, Passphrase, RecoveryRequest, Request, RootKey, RootSecret, VaultError,
};
use zeroize::Zeroizing;

/// A vault without a root that was started for this.
pub trait RestoringVault {
    /// Has an act carried out: what the vault says, or why it refuses.
    fn act(&self, act: CustodyAct) -> Result<String, String>;

    /// Presents a root for the act that follows.
    fn present(&self, key: RootKey) -> Result<(), String>;

    /// Our end of a lane.
    fn lane(&self) -> &UnixStream;
}

/// A backup is not restored. The text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A file or folder could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
    /// The backup is damaged, or of something else.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A share cannot be read.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The vault refuses; its own words.
    #[error("{0}")]
    Refused(String),
    /// The vault gave an error.
    #[error("the vault: {0}")]
    Vault(#[from] VaultError),
    /// The line to the vault broke.
    #[error("the vault did not answer: {0}")]
    Lane(String),
    /// The backup's MAC is not the cluster's, or its keyring is not the recovery set's.
    #[error(
        "the backup was not made by this cluster: its MAC, or the keyring in it, is not what the shares open"
    )]
    NotTheClusters,
    /// Written by a newer release.
    #[error(
        "the backup holds state of format {major}.{minor}, newer than this release: run the one that made it"
    )]
    NewerFormat {
        /// Its major version.
        major: u16,
        /// Its minor version.
        minor: u16,
    },
    /// What is inside is not a whole state.
    #[error("the state in the backup is not whole: {0}")]
    Content(String),
    /// A sample does not decrypt to what it was.
    #[error("sample ciphertext {0} does not decrypt to what was encrypted")]
    Sample(usize),
    /// The folder given for deletions is not the log of the service that was backed up, or lacks lines of it.
    #[error("{}: {why}", path.display())]
    NotTheLog {
        /// The folder.
        path: PathBuf,
        /// What it is instead.
        why: String,
    },
    /// The new state could not be written.
    #[error(transparent)]
    State(#[from] OpenError),
}

impl From<MalformedFrame> for RestoreError {
    fn from(error: MalformedFrame) -> Self {
        Self::Lane(error.to_string())
    }
}

/// How many shares are there, and how many it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shares {
    /// How many the vault has taken.
    pub have: u8,
    /// How many it takes.
    pub need: u8,
}

/// A restore that has begun: the vault has the backup's header and waits for shares.
pub struct Restore<'a> {
    vault: &'a dyn RestoringVault,
    path: PathBuf,
    header: SealedHeader,
    have: u8,
}

impl<'a> Restore<'a> {
    /// Reads the header of the file and hands it to the vault.
    pub fn begin(vault: &'a dyn RestoringVault, from: &Path) -> Result<Self, RestoreError> {
        let header = SealedHeader::read(&mut open(from)?)?;
        let bytes = header.to_bytes();
        Lane(vault.lane()).done(&Request::Recovery(RecoveryRequest::RestoreBackup(&bytes)))?;
        Ok(Self { vault, path: from.to_owned(), header, have: 0 })
    }

    /// What the backup says about itself; believed only once everything was read.
    pub fn header(&self) -> &SealedHeader {
        &self.header
    }

    /// Takes a share's text, or its whole sheet.
    pub fn share(&mut self, text: &str) -> Result<Shares, RestoreError> {
        let share = Share::parse(text)?;
        let bytes = Zeroizing::new(share.to_bytes().to_vec());
        let bytes = Passphrase::new(bytes).ok_or(ShareError::Malformed)?;
        let act = CustodyAct::Share(RootSecret::Passphrase(bytes));
        self.vault.act(act).map_err(RestoreError::Refused)?;
        self.have = self.have.saturating_add(1);
        Ok(Shares { have: self.have, need: share.threshold() })
    }

    /// Makes the file key of the shares, reads and verifies the whole file, and has the vault check its MAC and open its
    /// keyring.
    pub fn read(&self) -> Result<Contents<'a>, RestoreError> {
        self.vault.act(CustodyAct::Combine).map_err(RestoreError::Refused)?;
        let lane = Lane(self.vault.lane());
        let given = lane.secret(&Request::Recovery(RecoveryRequest::RestoreFileKey))?;
        let mut key = Zeroizing::new([0; FILE_KEY_BYTES]);
        if given.len() != key.len() {
            return Err(RestoreError::Lane("no file key".to_owned()));
        }
        key.copy_from_slice(given.expose());
        let mut input = open(&self.path)?;
        if SealedHeader::read(&mut input)? != self.header {
            return Err(BackupError::HeaderDamaged.into());
        }
        let reader = BackupReader::start(input, &self.header, &FileKey::new(key))?;
        let read = read_items(reader)?;
        Contents::open(self.vault, self.header.clone(), read)
    }
}

/// Everything in a backup, verified but for the vault's MAC.
struct Read {
    manifest: Manifest,
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    log: LogBackedUp,
    samples: Vec<strongroom_backup::Sample>,
    summary: strongroom_backup::Summary,
}

fn read_items(mut reader: BackupReader<BufReader<File>>) -> Result<Read, RestoreError> {
    let (mut manifest, mut records, mut samples) = (None, BTreeMap::new(), Vec::new());
    let mut log = LogBackedUp::default();
    while let Some(item) = reader.next_item()? {
        match item {
            Item::Manifest(found) => {
                check_format(found.format, found.oldest_reader)?;
                manifest = Some(found);
            }
            Item::Record(record) => drop(records.insert(record.key, record.value)),
            Item::Checkpoint(checkpoint) => log = LogBackedUp::from(&checkpoint),
            Item::Sample(sample) => samples.push(sample),
        }
    }
    let missing = || RestoreError::Content("no manifest".to_owned());
    let (manifest, summary) = (manifest.ok_or_else(missing)?, reader.summary().ok_or_else(missing)?);
    Ok(Read { manifest, records, log, samples, summary })
}

/// The rule by which a release opens a store (docs/on-disk-format.md).
fn check_format(format: StoreFormat, oldest_reader: StoreFormat) -> Result<(), RestoreError> {
    let ours = StoreFormat { major: OUR_FORMAT.major, minor: OUR_FORMAT.minor };
    if format.major <= ours.major && oldest_reader <= ours {
        return Ok(());
    }
    Err(RestoreError::NewerFormat { major: format.major, minor: format.minor })
}

fn open(path: &Path) -> Result<BufReader<File>, RestoreError> {
    File::open(path).map(BufReader::new).map_err(|error| RestoreError::File { path: path.to_owned(), error })
}

#[cfg(test)]
#[path = "restore_tests.rs"]
mod tests;
