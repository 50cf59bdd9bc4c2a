//! A backup of the running service: every record of the store at one revision, in one file that only the recovery set's
//! shares open (docs/recovery.md). Keys in it stay wrapped; nothing waits for it.

use crate::operator::OperatorError;
use crate::recording;
use crate::service::Service;
use crate::state::{KeyEntry, Taken, layout};
use aws_lc_rs::digest::{SHA256, digest};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::sync::Arc;
use strongroom_audit::{Durability, KeyUses, Purpose};
use strongroom_backup::{
    AuditCheckpoint, BackupError, BackupReader, BackupWriter, ContentError, FILE_KEY_BYTES, FileKey,
    HEADER_BYTES, Manifest, Sample, SealedHeader, StoreFormat, Summary,
};
use strongroom_storage::{FORMAT_KEY, Format, Key, Snapshot};
use strongroom_types::{EncryptionContext, KeyState, Origin};
use strongroom_vault_protocol::VaultError;
use zeroize::Zeroizing;

/// Ciphertexts in a backup that a drill decrypts: of so many keys at most.
const SAMPLES_MAX: usize = 8;

/// Bytes of a sample's plaintext, which is random.
const SAMPLE_BYTES: u16 = 32;

/// What a backup holds.
#[derive(Clone, Debug, Serialize)]
pub struct BackupMade {
    /// The recovery set whose shares open it, in hex.
    pub set: String,
    /// Its id in hex.
    pub backup: String,
    /// The store's revision.
    pub revision: u64,
    /// Records of the store.
    pub records: u64,
    /// Ciphertexts to rehearse with.
    pub samples: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// KMS keys that were born in a token: their material is not in the backup.
    pub token_keys: u64,
}

/// Everything that goes into the file.
struct Content {
    header: SealedHeader,
    key: FileKey,
    manifest: Manifest,
    snapshot: Snapshot,
    checkpoint: AuditCheckpoint,
    samples: Vec<Sample>,
}

impl Service {
    /// Writes a backup into an empty file that is open for reading and writing, syncs it and reads it back. On the record
    /// either way.
    pub async fn back_up(&self, file: File, peer_uid: u32) -> Result<BackupMade, OperatorError> {
        let made = self.write_backup(file).await;
        let parameters = match &made {
            Ok(made) => json!(made),
            Err(error) => json!({ "refused": error.to_string() }),
        };
        self.record_act("OperatorBackup", peer_uid, true, Some(parameters)).await?;
        made
    }

    async fn write_backup(&self, file: File) -> Result<BackupMade, OperatorError> {
        let keyring = self.keyring().filter(|keyring| keyring.recovery.is_some());
        let keyring = keyring.ok_or(OperatorError::NoRecoverySet)?;
        let content = self.backup_content().await?;
        let (header, key) = (content.header.clone(), content.key.clone());
        let token_keys = content.manifest.token_keys;
        let writer = blocking(move || content.write(file)).await?;
        let mac = self.vault().backup_mac(writer.digest()).await?;
        let mac: [u8; 32] = mac.try_into().map_err(|_| VaultError::Internal)?;
        let sealed = header.clone();
        let (summary, bytes) = blocking(move || finish(writer, mac, &sealed, &key)).await?;
        // Key and MAC are of the keyring that the file holds only if that was in force all the time.
        if self.keyring().as_ref() != Some(&keyring) {
            return Err(OperatorError::KeyringChanged);
        }
        Ok(BackupMade {
            set: header.header.set_id().to_string(),
            backup: const_hex::encode(header.header.backup_id),
            revision: header.header.revision,
            records: summary.records,
            samples: summary.samples,
            bytes,
            token_keys,
        })
    }

    async fn backup_content(&self) -> Result<Content, OperatorError> {
        // Where the log stood before the snapshot: whatever the snapshot holds was on the record by then, or follows.
        let newest = self.audit().status().newest;
        let mut samples = self.samples().await;
        let snapshot = self.store().snapshot().await;
        let mut snapshot = snapshot.map_err(|error| OperatorError::Backup(error.to_string()))?;
        // What a restored copy found there it would destroy in the token, where it may have become a key since.
        snapshot.records.retain(|place, _| !layout::is_birth(place));
        let is_there =
            |sample: &Sample| layout::key(&sample.key).is_ok_and(|key| snapshot.records.contains_key(&key));
        samples.retain(is_there);
        let made = self.clock().now();
        let both = self.vault().backup_key(snapshot.revision.get(), made).await?;
        let (header, key) = read_key(both.expose()).map_err(failed)?;
        let manifest = self.manifest(&snapshot)?;
        let checkpoint = AuditCheckpoint::of_log(newest, &self.log_name().await?);
        Ok(Content { header, key, manifest, snapshot, checkpoint, samples })
    }

    /// Which log the position is of: a restored service begins another, whose lines have the same numbers again.
    async fn log_name(&self) -> Result<String, OperatorError> {
        let (log, if_none) = (self.audit().clone(), self.new_log_name());
        let named = tokio::task::spawn_blocking(move || log.origin(|| if_none)).await;
        let named = named.map_err(|error| OperatorError::Backup(error.to_string()))?;
        named.map_err(|error| OperatorError::Backup(error.to_string()))
    }

    fn manifest(&self, snapshot: &Snapshot) -> Result<Manifest, OperatorError> {
        let damaged = || OperatorError::Backup("the store has no format record".to_owned());
        let place = Key::new(FORMAT_KEY).map_err(|_| damaged())?;
        let format = snapshot.records.get(&place).map(|(_, value)| Format::decode(value.as_bytes()));
        let format = match format {
            Some(Ok(format)) => format,
            // An engine that keeps no format has what this release writes.
            None => strongroom_storage::OUR_FORMAT,
            Some(Err(_)) => return Err(damaged()),
        };
        let now = self.snapshot();
        let born_in_a_token = now.keys().filter(|key| key.record.origin == Origin::AwsCloudHsm).count();
        Ok(Manifest {
            made_by: concat!("strongroom ", env!("CARGO_PKG_VERSION")).to_owned(),
            format: StoreFormat { major: format.major, minor: format.minor },
            oldest_reader: StoreFormat { major: format.reader_major, minor: format.reader_minor },
            revision: snapshot.revision.get(),
            chain: snapshot.chain.bytes(),
            records: snapshot.records.len() as u64,
            token_keys: born_in_a_token as u64,
        })
    }

    /// Ciphertexts of a few keys that can be used now; fewer if the vault or the store does not give them.
    async fn samples(&self) -> Vec<Sample> {
        // A key in a token is in no backup: its sample would open with that token only.
        let usable = |key: &&Arc<KeyEntry>| {
            key.record.state == KeyState::Enabled && key.record.origin == Origin::AwsKms
        };
        let keys: Vec<Arc<KeyEntry>> =
            self.snapshot().keys().filter(usable).take(SAMPLES_MAX).cloned().collect();
        let mut samples = Vec::new();
        for key in keys {
            samples.extend(self.sample(&key).await);
        }
        samples
    }

    async fn sample(&self, key: &Arc<KeyEntry>) -> Option<Sample> {
        let material = key.current()?;
        let taken = material.allowance.take(self.message_block());
        if taken == Taken::Nothing && self.allow_more(key, material).await.is_err() {
            return None;
        }
        let pairs = BTreeMap::from([("strongroom".to_owned(), "backup-sample".to_owned())]);
        let context = EncryptionContext::new(pairs).ok()?;
        let plaintext = self.vault().random(SAMPLE_BYTES).await.ok()?;
        let pending = self.room_on_record(Purpose::Use).await.ok()?;
        let canonical = context.canonical();
        let sealed = self.vault().encrypt(key.backing(material), &canonical, plaintext.expose()).await;
        // The vault counts it as a use of the key.
        let mut record = recording::service_event(self, "MakeBackupSample", "strongroom", Some(&key.arn));
        record.read_only = true;
        record.key_uses = uses_of(&sealed);
        self.audit().close(pending, &record, Durability::Kernel).await.ok()?;
        let mut plaintext_sha256 = [0; 32];
        plaintext_sha256.copy_from_slice(digest(&SHA256, plaintext.expose()).as_ref());
        Some(Sample { key: key.arn.clone(), context, plaintext_sha256, ciphertext: sealed.ok()? })
    }
}

/// One use with a result; perhaps one where no answer came.
fn uses_of<T>(outcome: &Result<T, VaultError>) -> KeyUses {
    match outcome {
        Ok(_) => KeyUses { certain: 1, unsure: 0 },
        Err(VaultError::TimedOut | VaultError::Unavailable) => KeyUses { certain: 0, unsure: 1 },
        Err(_) => KeyUses::default(),
    }
}

impl Content {
    /// Writes everything but the end.
    fn write(self, file: File) -> Result<BackupWriter<File>, BackupError> {
        let mut writer = BackupWriter::start(file, &self.header, &self.key, &self.manifest)?;
        for (key, (_, value)) in &self.snapshot.records {
            writer.record(key.as_bytes(), value.as_bytes())?;
        }
        writer.checkpoint(&self.checkpoint)?;
        for sample in &self.samples {
            writer.sample(sample)?;
        }
        Ok(writer)
    }
}

/// Writes the end, syncs, and reads the whole file back: what it holds and how long it is.
fn finish(
    writer: BackupWriter<File>,
    mac: [u8; 32],
    header: &SealedHeader,
    key: &FileKey,
) -> Result<(Summary, u64), BackupError> {
    let (mut file, summary) = writer.finish(mac)?;
    file.sync_all()?;
    let bytes = file.stream_position()?;
    file.seek(SeekFrom::Start(0))?;
    let mut input = BufReader::new(file);
    if SealedHeader::read(&mut input)? != *header {
        return Err(BackupError::HeaderDamaged);
    }
    let mut reader = BackupReader::start(input, header, key)?;
    while reader.next_item()?.is_some() {}
    if reader.summary() != Some(summary) {
        return Err(ContentError::Digest.into());
    }
    Ok((summary, bytes))
}

/// Header and file key, as the vault gives them.
fn read_key(bytes: &[u8]) -> Result<(SealedHeader, FileKey), BackupError> {
    let (mut header, rest) = bytes.split_at_checked(HEADER_BYTES).ok_or(BackupError::HeaderCutOff)?;
    let header = SealedHeader::read(&mut header)?;
    let mut key = Zeroizing::new([0; FILE_KEY_BYTES]);
    if rest.len() != key.len() {
        return Err(BackupError::HeaderDamaged);
    }
    key.copy_from_slice(rest);
    Ok((header, FileKey::new(key)))
}

fn failed(error: BackupError) -> OperatorError {
    OperatorError::Backup(error.to_string())
}

/// Files are written and read beside the requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BackupError> + Send + 'static,
) -> Result<T, OperatorError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| OperatorError::Backup(error.to_string()))?.map_err(failed)
}
