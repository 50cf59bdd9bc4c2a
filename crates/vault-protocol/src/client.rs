//! The front's client: one method per command.

use crate::lane::ClientLane;
use crate::{
    AccessKeyBinding, BackingKey, ClusterId, DataKey, Health, KeyBinding, Keyring, Lane, LogHead, MfaBinding,
    MfaCodes, MfaRequest, MfaStanding, NewAccessKey, NewBackingKey, NewMfaSeed, NewSession, OpenedSession,
    RecoveryRequest, Reply, Request, SessionRequest, SignedHead, SigningScope, StoreRequest, StoreState,
    TokenKind, TokenText, VaultError, VaultStanding,
};
use arc_swap::ArcSwapOption;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;
use strongroom_types::{SecretBytes, Timestamp};

/// How long a call may take, unless [`VaultClient::with_deadline`] says otherwise.
pub const DEADLINE_DEFAULT: Duration = Duration::from_secs(5);

/// Calls in flight on the fast lane; beyond that a call answers `Busy`.
const FAST_IN_FLIGHT_MAX: usize = 1_024;

/// Calls in flight on the slow lane.
const SLOW_IN_FLIGHT_MAX: usize = 64;

struct Lanes {
    fast: ClientLane,
    slow: ClientLane,
}

/// How often a vault is asked to open that does not answer in time: with the deadline of a service, for a minute. It may be
/// slow, and there is no other one; a dead one's lane ends.
const OPENING_TRIES: usize = 12;

async fn open_in_time(lane: &ClientLane, keyring: &Keyring) -> Result<(), VaultError> {
    for _ in 1..OPENING_TRIES {
        match lane.call(&Request::Open(keyring.clone())).await {
            Err(VaultError::TimedOut) => {}
            answered => return answered.map(drop),
        }
    }
    lane.call(&Request::Open(keyring.clone())).await.map(drop)
}

/// Calls that the vault has not answered yet, by lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InFlight {
    /// On the fast lane, which takes 1,024 at once.
    pub fast: usize,
    /// On the slow lane, which takes 64 at once.
    pub slow: usize,
}

/// A handle to the vault, cheap to clone. Its lanes are replaced when the vault was started again.
///
/// Every call fails with [`VaultError::Unavailable`] at once while there is no vault, with
/// [`VaultError::Busy`] when too many are in flight and with [`VaultError::TimedOut`] past the deadline.
#[derive(Clone)]
pub struct VaultClient {
    lanes: Arc<ArcSwapOption<Lanes>>,
    deadline: Duration,
}

impl Default for VaultClient {
    fn default() -> Self {
        Self::new()
    }
}

impl VaultClient {
    /// A client without a vault.
    pub fn new() -> Self {
        Self::with_deadline(DEADLINE_DEFAULT)
    }

    /// A client whose calls fail once they have taken `deadline`, or up to an eighth longer.
    pub fn with_deadline(deadline: Duration) -> Self {
        Self { lanes: Arc::new(ArcSwapOption::empty()), deadline }
    }

    /// Swaps new lanes in; calls in flight on the old ones fail. With a keyring the vault is opened first, so
    /// that no call meets a vault that could have been opened; if that fails the old lanes stay. With a vault that is
    /// sealed (`Sealed`, `Opening`) the new lanes are in place all the same. Needs a tokio runtime.
    pub async fn connect(
        &self,
        fast: UnixStream,
        slow: UnixStream,
        keyring: Option<&Keyring>,
    ) -> Result<(), VaultError> {
        let start = |socket, limit| {
            ClientLane::start(socket, limit, self.deadline).map_err(|_| VaultError::Unavailable)
        };
        let lanes = Lanes { fast: start(fast, FAST_IN_FLIGHT_MAX)?, slow: start(slow, SLOW_IN_FLIGHT_MAX)? };
        let opened = match keyring {
            Some(keyring) => open_in_time(&lanes.fast, keyring).await,
            None => Ok(()),
        };
        if opened.is_err_and(|error| !error.is_closed()) {
            return opened;
        }
        if let Some(old) = self.lanes.swap(Some(Arc::new(lanes))) {
            old.fast.close();
            old.slow.close();
        }
        opened
    }

    /// How many calls wait for an answer now.
    pub fn in_flight(&self) -> InFlight {
        let waiting =
            |lanes: Arc<Lanes>| InFlight { fast: lanes.fast.in_flight(), slow: lanes.slow.in_flight() };
        self.lanes.load_full().map(waiting).unwrap_or_default()
    }

    async fn call(&self, request: Request<'_>) -> Result<Reply, VaultError> {
        let lanes = self.lanes.load_full().ok_or(VaultError::Unavailable)?;
        let lane = match request.command().lane() {
            Lane::Fast => &lanes.fast,
            Lane::Slow => &lanes.slow,
        };
        lane.call(&request).await
    }

    async fn call_for_keyring(&self, request: Request<'_>) -> Result<Keyring, VaultError> {
        match self.call(request).await? {
            Reply::Keyring(keyring) => Ok(keyring),
            _ => Err(VaultError::Internal),
        }
    }

    async fn call_for_blob(&self, request: Request<'_>) -> Result<Vec<u8>, VaultError> {
        match self.call(request).await? {
            Reply::Blob(blob) => Ok(blob),
            _ => Err(VaultError::Internal),
        }
    }

    async fn call_for_secret(&self, request: Request<'_>) -> Result<SecretBytes, VaultError> {
        match self.call(request).await? {
            Reply::Secret(secret) => Ok(secret),
            _ => Err(VaultError::Internal),
        }
    }

    /// First start: the vault makes the keyring key and the first domain key, opens itself with them and gives
    /// them back wrapped. `AlreadyOpen` if the vault is open.
    pub async fn initialise(&self, cluster: ClusterId) -> Result<Keyring, VaultError> {
        self.call_for_keyring(Request::Initialise(cluster)).await
    }

    /// Opens the vault. Opening it again with the same keyring is fine, and the proposed one takes the place of the
    /// one in force; with another one it is `AlreadyOpen`; a keyring that its own root does not open is `RecordRejected`.
    /// `Sealed` when no root was presented, `StartRootNotEnrolled` when it was one that the keyring does not list, `Opening`
    /// while a passphrase or a token is tried, `Pkcs11Away` and its kin when a token was tried and is tried again with each call.
    pub async fn open(&self, keyring: &Keyring) -> Result<(), VaultError> {
        self.call(Request::Open(keyring.clone())).await.map(|_| ())
    }

    /// Makes a backing key. `BadRequest` for a spec or usage that is not built.
    pub async fn generate_backing_key(&self, binding: &KeyBinding) -> Result<NewBackingKey, VaultError> {
        match self.call(Request::GenerateBackingKey(binding.clone())).await? {
            Reply::BackingKey(key) => Ok(key),
            _ => Err(VaultError::Internal),
        }
    }

    /// Encrypts 1 to 4,096 bytes; `context` is the canonical encryption context. Gives the ciphertext blob.
    pub async fn encrypt(
        &self,
        key: &BackingKey,
        context: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        self.call_for_blob(Request::Encrypt { key: key.sent(), context, plaintext }).await
    }

    /// Decrypts a blob; `InvalidCiphertext` whatever is wrong with it.
    pub async fn decrypt(
        &self,
        key: &BackingKey,
        context: &[u8],
        blob: &[u8],
    ) -> Result<SecretBytes, VaultError> {
        self.call_for_secret(Request::Decrypt { key: key.sent(), context, blob, plaintext: true }).await
    }

    /// Whether a blob opens: the errors of [`Self::decrypt`], and no plaintext leaves the vault.
    pub async fn check_blob(&self, key: &BackingKey, context: &[u8], blob: &[u8]) -> Result<(), VaultError> {
        match self.call(Request::Decrypt { key: key.sent(), context, blob, plaintext: false }).await? {
            Reply::Done => Ok(()),
            _ => Err(VaultError::Internal),
        }
    }

    /// Decrypts a blob and encrypts its plaintext anew, without the plaintext leaving the vault.
    pub async fn reencrypt(
        &self,
        from: &BackingKey,
        from_context: &[u8],
        blob: &[u8],
        to: &BackingKey,
        to_context: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        let (from, to) = (from.sent(), to.sent());
        self.call_for_blob(Request::ReEncrypt { from, from_context, blob, to, to_context }).await
    }

    /// Makes a data key of 1 to 1,024 bytes.
    pub async fn generate_data_key(
        &self,
        key: &BackingKey,
        context: &[u8],
        bytes: u16,
    ) -> Result<DataKey, VaultError> {
        let key = key.sent();
        match self.call(Request::GenerateDataKey { key, context, bytes, plaintext: true }).await? {
            Reply::DataKey(data_key) => Ok(data_key),
            _ => Err(VaultError::Internal),
        }
    }

    /// Makes a data key and gives its blob alone.
    pub async fn generate_data_key_without_plaintext(
        &self,
        key: &BackingKey,
        context: &[u8],
        bytes: u16,
    ) -> Result<Vec<u8>, VaultError> {
        let key = key.sent();
        self.call_for_blob(Request::GenerateDataKey { key, context, bytes, plaintext: false }).await
    }

    /// 1 to 1,024 random bytes.
    pub async fn random(&self, bytes: u16) -> Result<SecretBytes, VaultError> {
        self.call_for_secret(Request::Random(bytes)).await
    }

    /// Makes a secret access key: 40 characters, and the record that holds it wrapped.
    pub async fn create_access_key(&self, binding: &AccessKeyBinding) -> Result<NewAccessKey, VaultError> {
        match self.call(Request::CreateAccessKey(binding.clone())).await? {
            Reply::AccessKey(key) => Ok(key),
            _ => Err(VaultError::Internal),
        }
    }

    /// The SigV4 signing key (32 bytes) of a secret access key for one date, Region and service.
    /// `DateOutOfRange` unless the date is that of some moment from 20 minutes ago to 5 minutes ahead.
    pub async fn signing_key(
        &self,
        binding: &AccessKeyBinding,
        record: &[u8],
        scope: &SigningScope,
    ) -> Result<SecretBytes, VaultError> {
        let (binding, scope) = (binding.clone(), scope.clone());
        self.call_for_secret(Request::SigningKey { binding, record, scope }).await
    }

    /// The service key (32 bytes) that page markers are sealed with.
    pub async fn page_marker_key(&self) -> Result<SecretBytes, VaultError> {
        self.call_for_secret(Request::PageMarkerKey).await
    }

    /// Makes temporary credentials. `BadRequest` unless the account is twelve digits, the claims are at most
    /// [`crate::SESSION_CLAIMS_BYTES_MAX`] bytes, and the end is ahead, by at most 36 hours (and 5 minutes between clocks).
    pub async fn create_session(&self, session: SessionRequest<'_>) -> Result<NewSession, VaultError> {
        let SessionRequest { account, expires_at, claims } = session;
        match self.call(Request::CreateSession { account, expires_at, claims }).await? {
            Reply::NewSession(session) => Ok(session.into()),
            _ => Err(VaultError::Internal),
        }
    }

    /// Opens a session token and derives the signing key of one date, Region and service from the secret in it.
    ///
    /// `TokenRejected` for whatever is wrong with the token, or when `access_key_id` is not the one it was made with;
    /// `TokenExpired` when its time is over by the vault's clock; about the scope as [`Self::signing_key`].
    pub async fn open_session(
        &self,
        token: &str,
        access_key_id: &str,
        scope: &SigningScope,
    ) -> Result<OpenedSession, VaultError> {
        let token = TokenText::Session.decode(token)?;
        let request = Request::OpenSession { token: &token, access_key_id, scope: scope.clone() };
        match self.call(request).await? {
            Reply::Session(session) => Ok(session),
            _ => Err(VaultError::Internal),
        }
    }

    /// Seals 1 to [`TokenKind::bytes_max`] bytes into the text of a token, another one on each call.
    pub async fn seal_token(&self, kind: TokenKind, bytes: &[u8]) -> Result<String, VaultError> {
        let token = self.call_for_blob(Request::SealToken { kind, bytes }).await?;
        Ok(TokenText::Sealed(kind).encode(&token))
    }

    /// Opens the text of a token of that kind; `TokenRejected` whatever is wrong with it.
    pub async fn open_token(&self, kind: TokenKind, text: &str) -> Result<SecretBytes, VaultError> {
        let token = TokenText::Sealed(kind).decode(text)?;
        self.call_for_secret(Request::OpenToken { kind, token: &token }).await
    }

    /// Drops a cached unwrapped key: a key that is disabled or deleted does not stay in the vault's memory.
    pub async fn forget(&self, record: &[u8]) -> Result<(), VaultError> {
        self.call(Request::Forget(record)).await.map(|_| ())
    }

    /// Wraps a backing key under the newest domain key: the new record.
    pub async fn rewrap_backing_key(&self, key: &BackingKey) -> Result<Vec<u8>, VaultError> {
        self.call_for_blob(Request::ReWrapBackingKey(key.sent())).await
    }

    /// Wraps a secret access key under the newest domain key: the new record.
    pub async fn rewrap_access_key(
        &self,
        binding: &AccessKeyBinding,
        record: &[u8],
    ) -> Result<Vec<u8>, VaultError> {
        self.call_for_blob(Request::ReWrapAccessKey { binding: binding.clone(), record }).await
    }

    /// Makes the seed of a virtual MFA device, and the record that holds it wrapped.
    pub async fn create_mfa_seed(&self, binding: &MfaBinding) -> Result<NewMfaSeed, VaultError> {
        match self.call(Request::Mfa(MfaRequest::CreateSeed(binding.clone()))).await? {
            Reply::MfaSeed(made) => Ok(made),
            _ => Err(VaultError::Internal),
        }
    }

    /// Checks codes of a virtual MFA device by the vault's clock: how the device stands after them, which the caller stores
    /// before it believes them. `CodeRejected` or `CodeLocks` whatever is wrong with them; `CodesLocked` and `CodesCrowded` if
    /// they are not looked at.
    pub async fn check_mfa_codes(
        &self,
        binding: &MfaBinding,
        record: &[u8],
        codes: MfaCodes,
        standing: MfaStanding,
    ) -> Result<MfaStanding, VaultError> {
        let request = MfaRequest::CheckCodes { binding: binding.clone(), record, codes, standing };
        match self.call(Request::Mfa(request)).await? {
            Reply::MfaStanding(standing) => Ok(standing),
            _ => Err(VaultError::Internal),
        }
    }

    /// Wraps the seed of a virtual MFA device under the newest domain key: the new record.
    pub async fn rewrap_mfa_seed(&self, binding: &MfaBinding, record: &[u8]) -> Result<Vec<u8>, VaultError> {
        let binding = binding.clone();
        self.call_for_blob(Request::Mfa(MfaRequest::ReWrapSeed { binding, record })).await
    }

    /// The keyring that an operator's act has made; it comes into force when it is stored and opened. `BadRequest` if
    /// there is none.
    pub async fn proposed_keyring(&self) -> Result<Keyring, VaultError> {
        self.call_for_keyring(Request::ProposedKeyring).await
    }

    /// Proposes the keyring without the domain keys below `version`. `BadRequest` unless the newest stays and
    /// something goes.
    pub async fn retire_domain_keys(&self, version: u32) -> Result<Keyring, VaultError> {
        self.call_for_keyring(Request::RetireDomainKeys(version)).await
    }

    /// Which vault process this is, its count of key uses, and the public keys of checkpoints.
    pub async fn standing(&self) -> Result<VaultStanding, VaultError> {
        match self.call(Request::Standing).await? {
            Reply::Standing(standing) => Ok(standing),
            _ => Err(VaultError::Internal),
        }
    }

    /// Signs a checkpoint of the audit log. `BadRequest` if the head is meant for another vault process, names no log, or
    /// is not ahead of what this vault has signed.
    pub async fn sign_checkpoint(&self, head: LogHead<'_>) -> Result<SignedHead, VaultError> {
        match self.call(Request::SignCheckpoint(head)).await? {
            Reply::Checkpoint(signed) => Ok(signed),
            _ => Err(VaultError::Internal),
        }
    }

    /// The header of a new backup, encrypted to the recovery set, and its file key of 64 bytes: one behind the other.
    /// `BadRequest` without a recovery set.
    pub async fn backup_key(&self, revision: u64, made: Timestamp) -> Result<SecretBytes, VaultError> {
        self.call_for_secret(Request::Recovery(RecoveryRequest::BackupKey { revision, made })).await
    }

    /// The vault's MAC of a backup's digest: 32 bytes.
    pub async fn backup_mac(&self, digest: [u8; 32]) -> Result<Vec<u8>, VaultError> {
        self.call_for_blob(Request::Recovery(RecoveryRequest::BackupMac(digest))).await
    }

    /// Seals the password of a key store to its cluster; only the vault opens it again.
    pub async fn seal_store_password(&self, cluster: &str, password: &[u8]) -> Result<Vec<u8>, VaultError> {
        self.call_for_blob(Request::Store(StoreRequest::SealPassword { cluster, password })).await
    }

    /// Whether a cluster's token works and the sealed password is its PIN: `StoreUnknown` without such a cluster,
    /// `StoreAway`, `StorePinRefused`, `StorePinLocked`, `StoreFailed`.
    pub async fn check_store(&self, cluster: &str, sealed: &[u8]) -> Result<(), VaultError> {
        self.call(Request::Store(StoreRequest::Check { cluster, sealed })).await.map(drop)
    }

    /// Makes a backing key in a cluster's token, where it stays. Errors as of [`Self::check_store`]; `BadRequest` for a spec
    /// or usage that such keys have not.
    pub async fn generate_store_key(
        &self,
        cluster: &str,
        binding: &KeyBinding,
    ) -> Result<NewBackingKey, VaultError> {
        let request = StoreRequest::GenerateKey { cluster, binding: binding.clone() };
        match self.call(Request::Store(request)).await? {
            Reply::BackingKey(key) => Ok(key),
            _ => Err(VaultError::Internal),
        }
    }

    /// Destroys a backing key in its token, for good. One that is gone is a success.
    pub async fn destroy_store_key(&self, key: &BackingKey) -> Result<(), VaultError> {
        self.call(Request::Store(StoreRequest::DestroyKey(key.sent()))).await.map(drop)
    }

    /// 1 to 1,024 random bytes to which a cluster's token gives its part, and the vault its own. Errors as of
    /// [`Self::check_store`].
    pub async fn random_of_store(&self, cluster: &str, bytes: u16) -> Result<SecretBytes, VaultError> {
        self.call_for_secret(Request::Store(StoreRequest::Random { cluster, bytes })).await
    }

    /// How the token of every cluster is.
    pub async fn store_states(&self) -> Result<Vec<StoreState>, VaultError> {
        match self.call(Request::Store(StoreRequest::States)).await? {
            Reply::Stores(states) => Ok(states),
            _ => Err(VaultError::Internal),
        }
    }

    /// A record by which [`Self::destroy_store_key`] finds the key that [`Self::generate_store_key`] will make, with a material id
    /// of zeros. It needs no token.
    pub async fn announce_store_key(
        &self,
        cluster: &str,
        binding: &KeyBinding,
    ) -> Result<Vec<u8>, VaultError> {
        let request = StoreRequest::Announce { cluster, binding: binding.clone() };
        self.call_for_blob(Request::Store(request)).await
    }

    /// How the vault is.
    pub async fn health(&self) -> Result<Health, VaultError> {
        match self.call(Request::Health).await? {
            Reply::Health(health) => Ok(health),
            _ => Err(VaultError::Internal),
        }
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
