//! SigV4: who calls (docs/order-of-checks.md, B: here B12 and B13, the others in the crate `sigv4`).

use crate::fault::Fault;
use crate::forgetful::{Emptied, Forgetful};
use crate::received::Received;
use crate::session::Session;
use crate::state::{AccessKeyEntry, Snapshot};
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU64, Ordering};
use strongroom_policy::Caller;
use strongroom_sigv4::{AuthError, Claim, RequestHead, SessionToken, VerifyingKey};
use strongroom_storage::Revision;
use strongroom_types::{AccountId, PrincipalArn, Region, SecretBytes, Timestamp};
use strongroom_vault_protocol::{AccessKeyBinding, SigningScope, VaultClient, VaultError};

/// The services that a signature may be scoped to.
const SERVICES: [&str; 3] = ["kms", "iam", "sts"];

/// The most signing keys that are kept.
const CACHED_MAX: usize = 10_000;

/// What a request was signed with.
#[derive(Clone, Debug)]
pub(crate) enum Credential {
    /// The access key of a user or root.
    AccessKey(Arc<AccessKeyEntry>),
    /// Temporary credentials.
    Session(Arc<Session>),
}

/// Proof that a request was signed by the holder of credentials. Made by [`Authenticator::authenticate`] only.
#[derive(Debug)]
pub(crate) struct Authenticated {
    credential: Credential,
    caller: Arc<Caller>,
    region: Region,
    service: &'static str,
    at: Timestamp,
    /// The state in which the credentials were checked.
    revision: Revision,
    signature: [u8; 32],
    accepted_until: Timestamp,
}

impl Authenticated {
    /// What signed.
    pub(crate) fn credential(&self) -> &Credential {
        &self.credential
    }

    /// The access key id that signed.
    pub(crate) fn access_key_id(&self) -> &str {
        match &self.credential {
            Credential::AccessKey(key) => &key.id,
            Credential::Session(session) => &session.access_key_id,
        }
    }

    /// The session, if it was not an access key.
    pub(crate) fn session(&self) -> Option<&Session> {
        match &self.credential {
            Credential::AccessKey(_) => None,
            Credential::Session(session) => Some(session),
        }
    }

    /// Who calls, as decisions see it.
    pub(crate) fn caller(&self) -> &Arc<Caller> {
        &self.caller
    }

    /// Who calls, as messages and records show it.
    pub(crate) fn principal(&self) -> &PrincipalArn {
        self.caller.arn()
    }

    /// The caller's account.
    pub(crate) fn account(&self) -> &AccountId {
        self.caller.account()
    }

    /// The Region of the signature's scope, the namespace that the call is about.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// When the signature was checked.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// The service of the signature's scope.
    pub(crate) fn service(&self) -> &'static str {
        self.service
    }

    /// The signature that was checked.
    pub(crate) fn signature(&self) -> &[u8; 32] {
        &self.signature
    }

    /// When the signature is still accepted for the last time.
    pub(crate) fn accepted_until(&self) -> Timestamp {
        self.accepted_until
    }

    /// Whether the credentials are as good in this state as they were when they were checked.
    pub(crate) fn holds(&self, snapshot: &Snapshot) -> bool {
        if snapshot.revision == self.revision {
            return true;
        }
        let directory = &snapshot.directory;
        match &self.credential {
            Credential::AccessKey(key) => {
                let entry = directory.access_key(&key.id);
                let same = entry.is_some_and(|entry| Arc::ptr_eq(entry, key) || entry.is_same_key(key));
                same && directory.knows_caller(&self.caller)
            }
            Credential::Session(session) => session.holds(snapshot) && directory.names(&self.caller),
        }
    }
}

/// Verifies signatures; keeps the day's signing keys, never a secret access key.
pub(crate) struct Authenticator {
    /// By credential (access key, day, Region and service); a session's by its token too.
    kept: Forgetful<Kept>,
    /// While the vault is sealed nobody is authenticated: what is kept must not make up for it. The code of the error that says
    /// why; 0 while it is open.
    sealed: AtomicU16,
    /// When the last of the sessions ends that signed a request, in milliseconds since 1970; 0 before the first.
    sessions_end: AtomicU64,
    /// What the signatures of unknown access keys are computed with.
    nobodys: VerifyingKey,
}

impl Default for Authenticator {
    fn default() -> Self {
        Self {
            kept: Forgetful::new(CACHED_MAX),
            sealed: AtomicU16::new(0),
            sessions_end: AtomicU64::new(0),
            nobodys: VerifyingKey::new(&[0; 32]),
        }
    }
}

/// What is kept of credentials that signed well once.
#[derive(Clone)]
enum Kept {
    AccessKey(KeptKey),
    Session(Arc<Session>, Arc<VerifyingKey>),
}

/// The day's signing key of an access key, and whose that was in one state: while the state is the same, nobody has to be
/// looked up.
#[derive(Clone)]
struct KeptKey {
    signing_key: Arc<VerifyingKey>,
    key: Arc<AccessKeyEntry>,
    caller: Arc<Caller>,
    revision: Revision,
}

/// A caller whose signature is still to be checked.
struct Presumed {
    credential: Credential,
    caller: Arc<Caller>,
    signing_key: Arc<VerifyingKey>,
    /// If it came from the vault now: what had been forgotten before the vault was asked.
    fresh: Option<Emptied>,
}

impl Authenticator {
    /// The vault is sealed: drops every signing key.
    pub(crate) fn seal(&self, why: VaultError) {
        // One that is still being tried has said nothing yet.
        let why = if why.is_closed() && why != VaultError::Opening { why } else { VaultError::Sealed };
        self.sealed.store(why.code().unwrap_or(u16::MAX), Ordering::Release);
        self.kept.forget();
    }

    /// Session tokens of an earlier keyring key are no longer good: those that were kept are not either, nor those that
    /// the vault opened before and that are still to be kept.
    pub(crate) fn forget_kept(&self) {
        self.kept.forget();
    }

    /// The vault is open.
    pub(crate) fn open(&self) {
        self.sealed.store(0, Ordering::Release);
    }

    pub(crate) fn is_sealed(&self) -> bool {
        self.sealed.load(Ordering::Acquire) != 0
    }

    /// When the last of the sessions ends that signed a request since this process was started, in milliseconds since 1970.
    pub(crate) fn sessions_end(&self) -> Option<u64> {
        Some(self.sessions_end.load(Ordering::Relaxed)).filter(|end| *end > 0)
    }

    /// Why the vault is sealed, if it is.
    pub(crate) fn sealed(&self) -> Option<VaultError> {
        match self.sealed.load(Ordering::Acquire) {
            0 => None,
            code => Some(VaultError::from_code(code).unwrap_or(VaultError::Sealed)),
        }
    }

    /// Checks the signature of a request against the principals of the snapshot. Gives the body that was signed: from
    /// here on nobody reads another.
    pub(crate) async fn authenticate<'b>(
        &self,
        received: &Received<'b>,
        snapshot: &Snapshot,
        vault: &VaultClient,
        now: Timestamp,
    ) -> Result<(Authenticated, Cow<'b, [u8]>), Fault> {
        let head = RequestHead {
            method: received.method,
            path: received.path,
            query: received.query,
            headers: &received.headers,
        };
        let claim = strongroom_sigv4::parse(&head, &SERVICES, now)?;
        if let Some(why) = self.sealed() {
            return Err(Fault::Vault(why));
        }
        let presumed = match &claim.session_token {
            Some(token) => self.session(&claim, token, snapshot, vault, now).await?,
            None => match self.access_key(&claim, snapshot, vault).await? {
                Some(presumed) => presumed,
                None => {
                    // The same work as for a known key whose signing key is kept. The first use of a known key in a
                    // scope also asks the vault: that much time tells, and access key ids are not secret.
                    let _ = strongroom_sigv4::verify(&head, received.body, &claim, &self.nobodys);
                    return Err(AuthError::UnknownAccessKey.into());
                }
            },
        };
        let body = strongroom_sigv4::verify(&head, received.body, &claim, &presumed.signing_key)?;
        // Only now: who cannot sign must not be able to fill the cache with Regions.
        if let Some(since) = presumed.fresh {
            self.keep(&claim, &presumed, snapshot.revision, since);
        }
        let Presumed { credential, caller, .. } = presumed;
        let signature = *claim.signature().ok_or(AuthError::SignatureMismatch)?;
        let accepted_until = claim.accepted_until();
        let authenticated = Authenticated {
            credential,
            caller,
            region: claim.region,
            service: claim.service,
            at: now,
            revision: snapshot.revision,
            signature,
            accepted_until,
        };
        Ok((authenticated, body))
    }

    /// The holder of an access key; `None` if there is none that may call.
    async fn access_key(
        &self,
        claim: &Claim<'_>,
        snapshot: &Snapshot,
        vault: &VaultClient,
    ) -> Result<Option<Presumed>, Fault> {
        if let Some(presumed) = self.known_holder(claim, snapshot.revision) {
            return Ok(Some(presumed));
        }
        let directory = &snapshot.directory;
        let Some(key) = directory.access_key(claim.access_key_id()).filter(|key| !key.record.inactive) else {
            return Ok(None);
        };
        let caller = match key.user() {
            Some(user) => directory.user(&key.account, user).map(|user| &user.caller),
            None => directory.root(&key.account),
        };
        let Some(caller) = caller.cloned() else { return Ok(None) };
        let kept = self.kept.with(claim.credential(), |kept| match kept {
            Some(Kept::AccessKey(kept)) => {
                (kept.key, kept.caller, kept.revision) = (key.clone(), caller.clone(), snapshot.revision);
                Some(kept.signing_key.clone())
            }
            _ => None,
        });
        let fresh = kept.is_none().then(|| self.kept.emptied());
        let signing_key = match kept {
            Some(signing_key) => signing_key,
            // Once a day: boxed, so that the other calls have no room for it.
            None => Arc::new(VerifyingKey::new(Box::pin(signing_key_of(claim, key, vault)).await?.expose())),
        };
        Ok(Some(Presumed { credential: Credential::AccessKey(key.clone()), caller, signing_key, fresh }))
    }

    /// The same, if somebody has asked in this state before.
    fn known_holder(&self, claim: &Claim<'_>, revision: Revision) -> Option<Presumed> {
        self.kept.with(claim.credential(), |kept| match kept {
            Some(Kept::AccessKey(kept)) if kept.revision == revision => Some(Presumed {
                credential: Credential::AccessKey(kept.key.clone()),
                caller: kept.caller.clone(),
                signing_key: kept.signing_key.clone(),
                fresh: None,
            }),
            _ => None,
        })
    }

    /// The holder of a session.
    async fn session(
        &self,
        claim: &Claim<'_>,
        token: &SessionToken,
        snapshot: &Snapshot,
        vault: &VaultClient,
        now: Timestamp,
    ) -> Result<Presumed, Fault> {
        let kept = self.kept.with(&session_place(claim, token), |kept| match kept {
            // A user that was renamed meanwhile is read anew: policies may go by the name.
            Some(Kept::Session(session, signing_key)) if snapshot.directory.names(&session.caller) => {
                Some((session.clone(), signing_key.clone()))
            }
            _ => None,
        });
        let fresh = kept.is_none().then(|| self.kept.emptied());
        let (session, signing_key) = match kept {
            Some(kept) => kept,
            None => {
                let scope = scope(claim);
                // Once for each token: boxed as above.
                let opened = Box::pin(vault.open_session(token.as_str(), claim.access_key_id(), &scope));
                let opened = opened.await.map_err(session_fault)?;
                let id = claim.access_key_id();
                let session = Session::open(id, &opened.account, opened.expires_at, &opened.claims, snapshot);
                let session = session.map_err(|_| AuthError::UnknownAccessKey)?;
                (Arc::new(session), Arc::new(VerifyingKey::new(opened.signing_key.expose())))
            }
        };
        if session.expires_at <= now {
            return Err(AuthError::ExpiredToken.into());
        }
        if !session.holds(snapshot) {
            return Err(AuthError::UnknownAccessKey.into());
        }
        let caller = session.caller.clone();
        Ok(Presumed { credential: Credential::Session(session), caller, signing_key, fresh })
    }

    fn keep(&self, claim: &Claim<'_>, presumed: &Presumed, revision: Revision, since: Emptied) {
        if self.is_sealed() {
            return;
        }
        let signing_key = presumed.signing_key.clone();
        let (place, kept) = match (&presumed.credential, &claim.session_token) {
            (Credential::Session(session), Some(token)) => {
                self.sessions_end.fetch_max(session.expires_at.millis(), Ordering::Relaxed);
                (session_place(claim, token), Kept::Session(session.clone(), signing_key))
            }
            (Credential::AccessKey(key), _) => {
                let (key, caller) = (key.clone(), presumed.caller.clone());
                let kept = KeptKey { signing_key, key, caller, revision };
                (claim.credential().to_owned(), Kept::AccessKey(kept))
            }
            // A session has signed with its token.
            (Credential::Session(_), None) => return,
        };
        self.kept.put(place, kept, since);
    }
}

/// A signing key of a session belongs to its token: who holds another token with the same access key id must not use it.
fn session_place(claim: &Claim<'_>, token: &SessionToken) -> String {
    format!("{} {}", claim.credential(), token.as_str())
}

fn scope(claim: &Claim<'_>) -> SigningScope {
    SigningScope {
        date: claim.date().to_owned(),
        region: claim.region.to_string(),
        service: claim.service.to_owned(),
    }
}

async fn signing_key_of(
    claim: &Claim<'_>,
    key: &AccessKeyEntry,
    vault: &VaultClient,
) -> Result<SecretBytes, Fault> {
    let binding = AccessKeyBinding { account: key.account.to_string(), access_key_id: key.id.clone() };
    vault.signing_key(&binding, &key.record.wrapped, &scope(claim)).await.map_err(vault_fault)
}

fn session_fault(error: VaultError) -> Fault {
    match error {
        VaultError::TokenExpired => AuthError::ExpiredToken.into(),
        VaultError::TokenRejected => AuthError::UnknownAccessKey.into(),
        error => vault_fault(error),
    }
}

fn vault_fault(error: VaultError) -> Fault {
    match error {
        // The request's own time was checked: only a vault whose clock is elsewhere says this.
        VaultError::DateOutOfRange => Fault::Internal("The vault's clock disagrees with the request's date."),
        error => Fault::Vault(error),
    }
}
