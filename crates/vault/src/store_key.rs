//! Keys that are born in the token of a custom key store and never leave it (`reference/vault.md` section 1, strict HSM mode).
//! What comes out is one derived key for each message; the rest of a blob is done here, as with every other key.
//!
//! The wrapped record of such a key holds the cluster's id in place of a key, bound to the same facts: so it cannot be moved
//! to another key or account, and goes along when domain keys are rotated. In the token the key is found by its KMS key's id.

use crate::cluster::{Cluster, meaning};
use crate::execute::{Worker, is_symmetric, names_its_id};
use crate::hierarchy::Hierarchy;
use crate::vault::{Fault, meaning as crypto_meaning};
use crate::{binding, token};
use strongroom_crypto::{BlobHeader, CryptoError, NONCE_BYTES, RemoteBlob, material_id_info};
use strongroom_token_protocol::{Blocks, KeyFacts, KeyKind, KeyLabel, TokenError};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{KeyBinding, NewBackingKey, SentKey, TOKEN_ORIGIN, VaultError};

/// The longest password of a store, in bytes: 32 characters.
const PASSWORD_BYTES_MAX: usize = 128;

/// In place of the material id of a key that is only announced.
const ANNOUNCED: [u8; 32] = [0; 32];

/// Whether keys of tokens are made like this.
fn is_of_a_token(key: &KeyBinding) -> bool {
    is_symmetric(key) && key.origin == TOKEN_ORIGIN && names_its_id(key)
}

/// Has the token derive the key of one message.
fn derive(cluster: &Cluster, key_id: [u8; 16], info: &[u8]) -> Result<Blocks, Fault> {
    let derived = cluster.client().hmac(KeyLabel::Key(key_id), info);
    derived.map_err(|error| meaning(&error).into())
}

/// Makes a blob. The nonce has to be random: the key is not here to hedge it.
pub(crate) fn seal(
    cluster: &Cluster,
    ids: BlobHeader,
    nonce: &[u8; NONCE_BYTES],
    context: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, Fault> {
    let blob = RemoteBlob::to_seal(ids, nonce, context);
    let blocks = derive(cluster, ids.key_id, &blob.info())?;
    blob.seal(blocks.expose(), plaintext).map_err(crypto_meaning(VaultError::Internal))
}

/// Opens a blob; `InvalidCiphertext` whatever is wrong with it.
pub(crate) fn open(
    cluster: &Cluster,
    ids: BlobHeader,
    context: &[u8],
    blob: &[u8],
) -> Result<SecretBytes, Fault> {
    let invalid = crypto_meaning(VaultError::InvalidCiphertext);
    let opening = RemoteBlob::to_open(ids, blob, context).map_err(&invalid)?;
    let blocks = derive(cluster, ids.key_id, &opening.info())?;
    opening.open(blocks.expose(), blob).map_err(invalid)
}

impl Worker {
    /// A key of the token's making, its id, and the record that says where it is. What fails half way leaves no key behind,
    /// if the token still answers.
    pub(crate) fn generate_store_key(
        &mut self,
        cluster: &str,
        key: &KeyBinding,
    ) -> Result<NewBackingKey, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        if !is_of_a_token(key) {
            return Err(VaultError::BadRequest.into());
        }
        let cluster = self.vault.cluster(cluster)?;
        let label = KeyLabel::Key(key.key_id);
        let facts = cluster.client().generate_key(label).map_err(|error| Fault::from(meaning(&error)))?;
        let made = self.take_in(&hierarchy, &cluster, key, facts);
        if made.is_err() {
            let _ = cluster.client().destroy_key(label);
        }
        made
    }

    fn take_in(
        &mut self,
        hierarchy: &Hierarchy,
        cluster: &Cluster,
        key: &KeyBinding,
        facts: KeyFacts,
    ) -> Result<NewBackingKey, Fault> {
        if !facts.guarded || facts.kind != KeyKind::Secret {
            return Err(VaultError::StoreFailed.into());
        }
        // The first block is the whole id.
        let blocks = derive(cluster, key.key_id, &material_id_info(&key.key_id))?;
        let material_id: [u8; 32] = *blocks.expose().first_chunk().ok_or(VaultError::Internal)?;
        let record = self.place_record(hierarchy, cluster, key, &material_id)?;
        Ok(NewBackingKey { material_id, record })
    }

    /// The record that says where a key is: the cluster's id in place of a key.
    fn place_record(
        &mut self,
        hierarchy: &Hierarchy,
        cluster: &Cluster,
        key: &KeyBinding,
        material_id: &[u8; 32],
    ) -> Result<Vec<u8>, Fault> {
        let bound = binding::backing_key(hierarchy.cluster, key, material_id)
            .map_err(crypto_meaning(VaultError::BadRequest))?;
        let record = hierarchy.wrap(&mut self.random, &bound, cluster.id().as_bytes());
        record.map_err(crypto_meaning(VaultError::Internal))
    }

    /// The record of a key that is about to be made: by it the key can be destroyed, whatever became of who had it made.
    pub(crate) fn announce_store_key(&mut self, cluster: &str, key: &KeyBinding) -> Result<Vec<u8>, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        if !is_of_a_token(key) {
            return Err(VaultError::BadRequest.into());
        }
        let cluster = self.vault.cluster(cluster)?;
        self.place_record(&hierarchy, &cluster, key, &ANNOUNCED)
    }

    /// Destroys the key in its token. One that is gone is a success.
    pub(crate) fn destroy_store_key(&mut self, key: SentKey<'_>) -> Result<(), Fault> {
        let key = self.usable(key)?;
        let ids = key.ids();
        let cluster = key.into_cluster().ok_or(VaultError::BadRequest)?;
        match cluster.client().destroy_key(KeyLabel::Key(ids.key_id)) {
            Ok(()) | Err(TokenError::KeyNotFound) => Ok(()),
            Err(error) => Err(meaning(&error).into()),
        }
    }

    /// Seals a store's password to its cluster.
    pub(crate) fn seal_store_password(&mut self, cluster: &str, password: &[u8]) -> Result<Vec<u8>, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        if !(1..=PASSWORD_BYTES_MAX).contains(&password.len()) {
            return Err(VaultError::BadRequest.into());
        }
        let bound = binding::key_store(hierarchy.cluster, cluster);
        self.seal_token(&hierarchy, token::KEY_STORE, bound, password)
    }

    /// Opens it again; `TokenRejected` when it is another cluster's, or an older keyring key sealed it.
    pub(crate) fn open_store_password(&self, cluster: &str, sealed: &[u8]) -> Result<SecretBytes, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        let bound: Result<Vec<u8>, CryptoError> = binding::key_store(hierarchy.cluster, cluster);
        token::open(&hierarchy, token::KEY_STORE, bound, sealed)
    }
}
