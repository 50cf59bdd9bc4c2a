//! What a backup held, as it becomes a state: the keyring opened and wrapped to a new root, a fresh access key for the root
//! principal, a new generation. Wrapped keys go over as they are.

use super::deletions::{DeletedAgain, LogBackedUp};
use super::lane::Lane;
use super::{Read, RestoreError, RestoringVault, deletions, records};
use aws_lc_rs::digest::{SHA256, digest};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;
use strongroom_backup::{Sample, SealedHeader};
use strongroom_storage::{Chain, Key, Revision, Snapshot, Value};
use strongroom_storage_embedded::EmbeddedStore;
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{
    AccessKeyBinding, CustodyAct, Keyring, RecoveryRequest, Request, RootKey, VaultError,
};

/// The root principal's new access key.
#[derive(Debug)]
pub struct NewRootAccessKey {
    /// The account.
    pub account: String,
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretBytes,
}

/// A backup that was read, whose keyring the vault has open.
pub struct Contents<'a> {
    vault: &'a dyn RestoringVault,
    header: SealedHeader,
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    samples: Vec<Sample>,
    chain: [u8; 32],
    log: LogBackedUp,
    token_keys: u64,
}

impl<'a> Contents<'a> {
    /// Has the vault check the MAC and open the keyring.
    pub(super) fn open(
        vault: &'a dyn RestoringVault,
        header: SealedHeader,
        read: Read,
    ) -> Result<Self, RestoreError> {
        let Read { manifest, records, log, samples, summary } = read;
        let keyring = records::keyring(&records)?;
        let request = RecoveryRequest::RestoreKeyring { keyring, digest: summary.digest, mac: summary.mac };
        match Lane(vault.lane()).done(&Request::Recovery(request)) {
            Err(RestoreError::Vault(VaultError::RecordRejected)) => return Err(RestoreError::NotTheClusters),
            outcome => outcome?,
        }
        let (chain, token_keys) = (manifest.chain, manifest.token_keys);
        Ok(Self { vault, header, records, samples, chain, log, token_keys })
    }

    /// Records of the store.
    pub fn records(&self) -> usize {
        self.records.len()
    }

    /// KMS keys that were born in a token: their material is not there.
    pub fn token_keys(&self) -> u64 {
        self.token_keys
    }

    /// Custom key stores, each as `ACCOUNT/REGION/ID`: their passwords have to be given again, for no new keyring key opens
    /// what an old one sealed.
    pub fn key_stores(&self) -> Vec<String> {
        records::key_stores(&self.records)
    }

    /// Deletes keys that were deleted after the backup was made, by the audit log of the service that is gone. Another log,
    /// and one that lacks lines since, is refused.
    pub fn apply_deletions(&mut self, audit_dir: &Path) -> Result<DeletedAgain, RestoreError> {
        let mut deleted = deletions::after(audit_dir, &self.log)?;
        deleted.arns.retain(|arn| records::delete_key(&mut self.records, arn));
        Ok(deleted)
    }

    /// Wraps the keyring to one new root, and to no other. Whoever has an old root opens nothing; sessions, grant tokens and
    /// page markers of the old service end.
    pub fn root(&mut self, key: RootKey, now_ms: u64) -> Result<(), RestoreError> {
        self.vault.present(key).map_err(RestoreError::Refused)?;
        let act = CustodyAct::RestoreRoot { name: "key-file".to_owned(), at_ms: now_ms };
        self.vault.act(act).map_err(RestoreError::Refused)?;
        let lane = Lane(self.vault.lane());
        let keyring: Keyring = lane.keyring(&Request::ProposedKeyring)?;
        lane.done(&Request::Open(keyring.clone()))?;
        records::put_keyring(&mut self.records, &keyring);
        Ok(())
    }

    /// A fresh access key for the root principal of the first account; its old ones go. All others go on working.
    pub fn root_access_key(&mut self, now_ms: u64) -> Result<NewRootAccessKey, RestoreError> {
        let account = records::first_account(&self.records)?;
        let access_key_id = records::new_access_key_id()?;
        let binding = AccessKeyBinding { account: account.clone(), access_key_id: access_key_id.clone() };
        let made = Lane(self.vault.lane()).access_key(&Request::CreateAccessKey(binding))?;
        records::replace_root_access_keys(&mut self.records, &account, &access_key_id, &made.record, now_ms);
        Ok(NewRootAccessKey { account, access_key_id, secret: made.secret })
    }

    /// Decrypts the sample ciphertexts, with the keys as they will be served: how many were decrypted.
    pub fn decrypt_samples(&self) -> Result<usize, RestoreError> {
        let mut decrypted = 0;
        for (number, sample) in self.samples.iter().enumerate() {
            let wrong = || RestoreError::Sample(number + 1);
            // One whose key was deleted since has nothing to say.
            if !self.records.contains_key(&records::key_place(&sample.key)) {
                continue;
            }
            let key = records::backing_key(&self.records, sample).ok_or_else(wrong)?;
            let context = sample.context.canonical();
            let (key, blob) = (key.sent(), &sample.ciphertext);
            let request = Request::Decrypt { key, context: &context, blob, plaintext: true };
            let plaintext = Lane(self.vault.lane()).secret(&request).map_err(|_| wrong())?;
            let found = digest(&SHA256, plaintext.expose());
            if found.as_ref() != &sample.plaintext_sha256[..] {
                return Err(wrong());
            }
            decrypted += 1;
        }
        Ok(decrypted)
    }

    /// Writes the state into a folder that has none: one revision after the backup's, with the mark of a new generation.
    pub fn write_state(mut self, state: &Path, now_ms: u64) -> Result<(), RestoreError> {
        let header = &self.header.header;
        let (revision, backup) = (Revision::new(header.revision).next(), const_hex::encode(header.backup_id));
        let generation = records::generation(&self.records) + 1;
        let mark = json!({
            "generation": generation, "restored_ms": now_ms, "backup": backup, "backup_revision": header.revision,
        });
        records::put(&mut self.records, b"s/restored", &mark);
        // The file is new: nothing that was deleted lies in it.
        self.records.remove(&b"s/scrub"[..]);
        let parts = [&b"restored"[..], &header.backup_id].concat();
        let chain = Chain::new(self.chain).extend(revision, &parts);
        let mut snapshot = Snapshot { revision, chain, records: BTreeMap::new() };
        for (key, value) in &self.records {
            let key = Key::new(key).map_err(|error| RestoreError::Content(error.to_string()))?;
            snapshot.records.insert(key, (revision, Value::new(value)));
        }
        Ok(EmbeddedStore::make(state, &snapshot)?)
    }
}
