//! What each command does.

use crate::access_key::{SERVICES, generate_secret, signing_key};
use crate::arena::Slot;
use crate::cache::{Holds, Wrapped};
use crate::cluster::Cluster;
use crate::hierarchy::Hierarchy;
use crate::random::WorkerRandom;
use crate::stack::wiped_after;
use crate::vault::{Fault, Vault, meaning};
use crate::{binding, dates, store_key};
use std::sync::Arc;
use std::time::Instant;
use strongroom_crypto::{
    BlobHeader, BlobKey, CryptoError, KEY_BYTES, NONCE_BYTES, NonceWatch, Random, labels, material_id,
    open_blob, seal_watched_blob,
};
use strongroom_types::{KeyId, Region, SecretBytes, Timestamp};
use strongroom_vault_protocol::{
    AccessKeyBinding, DataKey, KeyBinding, NewAccessKey, NewBackingKey, Reply, Request, SentKey,
    SigningScope, VaultError,
};
use zeroize::Zeroizing;

/// Limits of the KMS API, in bytes.
const PLAINTEXT_BYTES_MAX: usize = 4_096;
const BLOB_BYTES_MAX: usize = 6_144;
const CONTEXT_BYTES_MAX: usize = 8_192;
const RANDOM_BYTES_MAX: u16 = 1_024;

/// What the nonce of a blob is made from, besides key and message.
pub(crate) const SEED_BYTES: usize = 32;

/// One worker: what it shares and what is its own.
pub(crate) struct Worker {
    pub(crate) vault: Arc<Vault>,
    pub(crate) random: WorkerRandom,
    pub(crate) nonces: NonceWatch,
    now: Instant,
}

/// A backing key that is ready for use.
pub(crate) struct UsableKey {
    /// The key, or the id of the cluster that has it.
    slot: Arc<Slot>,
    key_id: [u8; 16],
    backing_id: [u8; 16],
    /// The token that the key is in, if it is not here.
    cluster: Option<Arc<Cluster>>,
}

impl UsableKey {
    fn blob_key(&self) -> Result<BlobKey<'_>, Fault> {
        let backing_key = self.slot.key().ok_or(VaultError::RecordRejected)?;
        Ok(BlobKey { backing_key, key_id: self.key_id, backing_id: self.backing_id })
    }

    /// What its blobs say of it.
    pub(crate) fn ids(&self) -> BlobHeader {
        BlobHeader { key_id: self.key_id, backing_id: self.backing_id }
    }

    /// The token that it is in.
    pub(crate) fn into_cluster(self) -> Option<Arc<Cluster>> {
        self.cluster
    }
}

impl Worker {
    /// Checks the random sources.
    pub(crate) fn start(vault: Arc<Vault>) -> Result<Self, CryptoError> {
        let random = crate::random::start()?;
        Ok(Self { vault, random, nonces: NonceWatch::default(), now: Instant::now() })
    }

    /// Before each batch: fresh kernel randomness, the time, and old keys dropped.
    pub(crate) fn start_batch(&mut self) -> Result<(), CryptoError> {
        self.now = Instant::now();
        self.vault.cache().drop_old(self.now);
        self.random.start_batch()
    }

    /// Carries one command out.
    pub(crate) fn execute(&mut self, request: Request<'_>) -> Result<Reply, Fault> {
        let uses = uses_of(&request);
        let reply = self.carry_out(request)?;
        if uses > 0 {
            self.vault.count(uses);
        }
        Ok(reply)
    }

    /// The first half of a ReEncrypt whose keys are in two tokens: the plaintext, and the cluster that has to seal it.
    pub(crate) fn opened_for_another(
        &mut self,
        request: &Request<'_>,
    ) -> Result<Option<(SecretBytes, Arc<Cluster>)>, Fault> {
        let Request::ReEncrypt { from, from_context, blob, to, .. } = request else { return Ok(None) };
        // The second key is looked at first, as where one thread does it all.
        let (second, first) = (self.usable(*to)?.into_cluster(), self.usable(*from)?.into_cluster());
        match (first, second) {
            (Some(first), Some(second)) if !Arc::ptr_eq(&first, &second) => {
                self.decrypt(*from, from_context, blob).map(|plaintext| Some((plaintext, second)))
            }
            _ => Ok(None),
        }
    }

    /// The second half.
    pub(crate) fn seal_opened(
        &mut self,
        request: &Request<'_>,
        plaintext: &SecretBytes,
    ) -> Result<Reply, Fault> {
        let Request::ReEncrypt { to, to_context, .. } = request else {
            return Err(VaultError::BadRequest.into());
        };
        let target = self.usable(*to)?;
        let sealed = self.seal(&target, to_context, plaintext.expose())?;
        self.vault.count(uses_of(request));
        Ok(Reply::Blob(sealed))
    }

    fn carry_out(&mut self, request: Request<'_>) -> Result<Reply, Fault> {
        match request {
            Request::Initialise(cluster) => {
                wiped_after(|| self.vault.initialise(&mut self.random, cluster)).map(Reply::Keyring)
            }
            Request::Open(keyring) => wiped_after(|| self.vault.open(keyring)).map(|()| Reply::Done),
            Request::GenerateBackingKey(binding) => wiped_after(|| self.generate_backing_key(&binding)),
            Request::Encrypt { key, context, plaintext } => self.encrypt(key, context, plaintext),
            Request::Decrypt { key, context, blob, plaintext } => {
                let opened = self.decrypt(key, context, blob)?;
                Ok(if plaintext { Reply::Secret(opened) } else { Reply::Done })
            }
            Request::ReEncrypt { from, from_context, blob, to, to_context } => {
                // The second key is looked at first, so that its faults do not depend on the plaintext.
                let target = self.usable(to)?;
                let plaintext = self.decrypt(from, from_context, blob)?;
                self.seal(&target, to_context, plaintext.expose()).map(Reply::Blob)
            }
            Request::GenerateDataKey { key, context, bytes, plaintext } => {
                self.generate_data_key(key, context, bytes, plaintext)
            }
            Request::Random(bytes) => self.random(bytes).map(Reply::Secret),
            Request::CreateAccessKey(binding) => wiped_after(|| self.create_access_key(&binding)),
            Request::SigningKey { binding, record, scope } => self.signing_key(&binding, record, &scope),
            Request::PageMarkerKey => {
                let key = self.vault.hierarchy()?.service_key(labels::PAGE_MARKER);
                key.map(Reply::Secret).map_err(meaning(VaultError::Internal))
            }
            Request::Forget(record) => {
                self.vault.cache().forget(record, self.now);
                Ok(Reply::Done)
            }
            Request::Health => Ok(Reply::Health(self.vault.health())),
            Request::CreateSession { account, expires_at, claims } => {
                self.create_session(account, expires_at, claims).map(Reply::NewSession)
            }
            Request::OpenSession { token, access_key_id, scope } => {
                self.open_session(token, access_key_id, &scope).map(Reply::Session)
            }
            Request::SealToken { kind, bytes } => self.seal_on_request(kind, bytes).map(Reply::Blob),
            Request::OpenToken { kind, token } => self.open_on_request(kind, token).map(Reply::Secret),
            Request::ReWrapBackingKey(key) => wiped_after(|| self.rewrap_backing_key(key)).map(Reply::Blob),
            Request::ReWrapAccessKey { binding, record } => {
                wiped_after(|| self.rewrap_access_key(&binding, record)).map(Reply::Blob)
            }
            Request::ProposedKeyring => self.vault.proposed_keyring().map(Reply::Keyring),
            Request::RetireDomainKeys(version) => self.vault.retire_domain_keys(version).map(Reply::Keyring),
            Request::Standing => self.standing().map(Reply::Standing),
            Request::SignCheckpoint(head) => self.sign_checkpoint(head).map(Reply::Checkpoint),
            Request::Mfa(request) => wiped_after(|| self.mfa(request)),
            Request::Recovery(request) => wiped_after(|| self.recovery(request)),
            Request::Store(request) => self.store(request),
        }
    }

    fn generate_backing_key(&mut self, key: &KeyBinding) -> Result<Reply, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        if !is_symmetric(key) || key.origin != "AWS_KMS" || !names_its_id(key) {
            return Err(VaultError::BadRequest.into());
        }
        let failed = meaning(VaultError::Internal);
        let mut backing_key = Zeroizing::new([0; KEY_BYTES]);
        self.random.fill(&mut *backing_key).map_err(&failed)?;
        let material_id = material_id(&backing_key, &key.key_id).map_err(&failed)?;
        let bound = binding::backing_key(hierarchy.cluster, key, &material_id)
            .map_err(meaning(VaultError::BadRequest))?;
        let record = hierarchy.wrap(&mut self.random, &bound, &*backing_key).map_err(&failed)?;
        Ok(Reply::BackingKey(NewBackingKey { material_id, record }))
    }

    fn encrypt(&mut self, key: SentKey<'_>, context: &[u8], plaintext: &[u8]) -> Result<Reply, Fault> {
        if !(1..=PLAINTEXT_BYTES_MAX).contains(&plaintext.len()) {
            return Err(VaultError::BadRequest.into());
        }
        let key = self.usable(key)?;
        self.seal(&key, context, plaintext).map(Reply::Blob)
    }

    fn decrypt(&mut self, key: SentKey<'_>, context: &[u8], blob: &[u8]) -> Result<SecretBytes, Fault> {
        let key = self.usable(key)?;
        if blob.len() > BLOB_BYTES_MAX || context.len() > CONTEXT_BYTES_MAX {
            return Err(VaultError::InvalidCiphertext.into());
        }
        match &key.cluster {
            Some(cluster) => store_key::open(cluster, key.ids(), context, blob),
            None => open_blob(key.blob_key()?, context, blob).map_err(meaning(VaultError::InvalidCiphertext)),
        }
    }

    fn generate_data_key(
        &mut self,
        key: SentKey<'_>,
        context: &[u8],
        bytes: u16,
        with_plaintext: bool,
    ) -> Result<Reply, Fault> {
        if !(1..=RANDOM_BYTES_MAX).contains(&bytes) {
            return Err(VaultError::BadRequest.into());
        }
        let key = self.usable(key)?;
        // One draw for the data key and for the nonce's seed.
        let mut plaintext = vec![0; usize::from(bytes) + SEED_BYTES];
        self.random.fill(&mut plaintext).map_err(meaning(VaultError::Internal))?;
        let mut seed = [0; SEED_BYTES];
        seed.iter_mut().zip(plaintext.drain(usize::from(bytes)..)).for_each(|(to, from)| *to = from);
        let plaintext = SecretBytes::new(plaintext);
        let blob = self.seal_with(&key, &seed, context, plaintext.expose())?;
        Ok(if with_plaintext { Reply::DataKey(DataKey { plaintext, blob }) } else { Reply::Blob(blob) })
    }

    pub(crate) fn random(&mut self, bytes: u16) -> Result<SecretBytes, Fault> {
        if !(1..=RANDOM_BYTES_MAX).contains(&bytes) {
            return Err(VaultError::BadRequest.into());
        }
        let mut out = vec![0; usize::from(bytes)];
        self.random.fill(&mut out).map_err(meaning(VaultError::Internal))?;
        Ok(SecretBytes::new(out))
    }

    fn create_access_key(&mut self, key: &AccessKeyBinding) -> Result<Reply, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        let failed = meaning(VaultError::Internal);
        let bound = binding::access_key(hierarchy.cluster, key).map_err(meaning(VaultError::BadRequest))?;
        let secret = generate_secret(&mut self.random).map_err(&failed)?;
        let record = hierarchy.wrap(&mut self.random, &bound, secret.expose()).map_err(&failed)?;
        Ok(Reply::AccessKey(NewAccessKey { secret, record }))
    }

    fn signing_key(
        &mut self,
        key: &AccessKeyBinding,
        record: &[u8],
        scope: &SigningScope,
    ) -> Result<Reply, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        check_scope(scope, self.vault.clock().now())?;
        let rejected = meaning(VaultError::RecordRejected);
        let bound = binding::access_key(hierarchy.cluster, key).map_err(&rejected)?;
        let wrapped = Wrapped { holds: Holds::AccessKey, record, facts: &bound };
        let secret = self.vault.unwrapped(&hierarchy, wrapped, self.now, || Ok(bound.clone()))?;
        Ok(Reply::Secret(signing_key(secret.expose(), scope)))
    }

    /// The key a command names, if it may be used to encrypt and decrypt. `RecordRejected` whatever is wrong.
    pub(crate) fn usable(&mut self, key: SentKey<'_>) -> Result<UsableKey, Fault> {
        let hierarchy: Arc<Hierarchy> = self.vault.hierarchy()?;
        let wrapped = Wrapped { holds: Holds::BackingKey, record: key.record, facts: key.facts };
        let binding = || backing_binding(&hierarchy, key);
        let slot = self.vault.unwrapped(&hierarchy, wrapped, self.now, binding)?;
        let (key_id, backing_id) = key.blob_ids().ok_or(VaultError::RecordRejected)?;
        let cluster = if key.is_in_token() {
            let id = std::str::from_utf8(slot.expose()).map_err(|_| VaultError::RecordRejected)?;
            Some(self.vault.cluster(id)?)
        } else {
            None
        };
        Ok(UsableKey { slot, key_id, backing_id, cluster })
    }

    fn seal(&mut self, key: &UsableKey, context: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut seed = [0; SEED_BYTES];
        self.random.fill(&mut seed).map_err(meaning(VaultError::Internal))?;
        self.seal_with(key, &seed, context, plaintext)
    }

    fn seal_with(
        &mut self,
        key: &UsableKey,
        seed: &[u8; SEED_BYTES],
        context: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        if context.len() > CONTEXT_BYTES_MAX {
            return Err(VaultError::BadRequest.into());
        }
        let failed = meaning(VaultError::Internal);
        if let Some(cluster) = &key.cluster {
            let mut nonce = [0; NONCE_BYTES];
            nonce.iter_mut().zip(seed).for_each(|(to, from)| *to = *from);
            self.nonces.check(nonce).map_err(&failed)?;
            return store_key::seal(cluster, key.ids(), &nonce, context, plaintext);
        }
        seal_watched_blob(key.blob_key()?, seed, &mut self.nonces, context, plaintext).map_err(&failed)
    }
}

/// How many uses of callers' keys a command is, once it gives a result: what checkpoints of the audit log count.
fn uses_of(request: &Request<'_>) -> u64 {
    match request {
        Request::Encrypt { .. } | Request::Decrypt { .. } | Request::GenerateDataKey { .. } => 1,
        Request::ReEncrypt { .. } => 2,
        _ => 0,
    }
}

/// What the record of a key is bound to, if the key is one that encrypts and decrypts and its ARN names its id.
pub(crate) fn backing_binding(hierarchy: &Hierarchy, key: SentKey<'_>) -> Result<Vec<u8>, Fault> {
    let (binding, material_id) = key.binding().map_err(|_| VaultError::RecordRejected)?;
    if !is_symmetric(&binding) || !names_its_id(&binding) {
        return Err(VaultError::RecordRejected.into());
    }
    binding::backing_key(hierarchy.cluster, &binding, &material_id)
        .map_err(meaning(VaultError::RecordRejected))
}

/// Whether signing keys are given for this scope now.
pub(crate) fn check_scope(scope: &SigningScope, now: Timestamp) -> Result<(), VaultError> {
    if !SERVICES.contains(&scope.service.as_str()) || Region::parse(&scope.region).is_err() {
        return Err(VaultError::BadRequest);
    }
    if dates::in_range(&scope.date, now) { Ok(()) } else { Err(VaultError::DateOutOfRange) }
}

pub(crate) fn is_symmetric(key: &KeyBinding) -> bool {
    key.spec == "SYMMETRIC_DEFAULT" && key.usage == "ENCRYPT_DECRYPT"
}

/// Whether the ARN, which records are bound to, names the key id that blobs carry.
pub(crate) fn names_its_id(key: &KeyBinding) -> bool {
    let id = key.arn.rsplit_once(":key/").and_then(|(_, id)| KeyId::parse(id).ok());
    id.is_some_and(|id| id.bytes() == key.key_id)
}

#[cfg(test)]
#[path = "execute_tests.rs"]
mod tests;
