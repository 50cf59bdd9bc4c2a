//! SigV4: who calls (docs/order-of-checks.md, the rules of authentication).

use crate::fault::Fault;
use crate::received::Received;
use crate::state::{AccessKeyEntry, Snapshot};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use strongroom_sigv4::{AuthError, Claim, RequestHead};
use strongroom_types::{AccountId, PrincipalArn, Region, SecretBytes, Timestamp};
use strongroom_vault_protocol::{AccessKeyBinding, SigningScope, VaultClient, VaultError};

/// The services that a signature may be scoped to.
const SERVICES: [&str; 3] = ["kms", "iam", "sts"];

/// The most signing keys that are kept.
const CACHED_MAX: usize = 10_000;

/// Proof that a request was signed by the holder of an access key. Made by [`Authenticator::authenticate`] only.
#[derive(Debug)]
pub(crate) struct Authenticated {
    access_key: Arc<AccessKeyEntry>,
    region: Region,
    service: String,
}

impl Authenticated {
    /// The access key that signed.
    pub(crate) fn access_key(&self) -> &Arc<AccessKeyEntry> {
        &self.access_key
    }

    /// Who calls.
    pub(crate) fn principal(&self) -> &PrincipalArn {
        &self.access_key.principal
    }

    /// The caller's account.
    pub(crate) fn account(&self) -> &AccountId {
        &self.access_key.account
    }

    /// The Region of the signature's scope, the namespace that the call is about.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// The service of the signature's scope.
    pub(crate) fn service(&self) -> &str {
        &self.service
    }
}

/// Verifies signatures; keeps the day's signing keys, never a secret access key.
#[derive(Default)]
pub(crate) struct Authenticator {
    /// By credential: access key, day, Region and service.
    signing_keys: Mutex<HashMap<String, Arc<SecretBytes>>>,
}

impl Authenticator {
    /// Checks the signature of a request against the access keys of the snapshot.
    pub(crate) async fn authenticate(
        &self,
        received: &Received<'_>,
        snapshot: &Snapshot,
        vault: &VaultClient,
        now: Timestamp,
    ) -> Result<Authenticated, Fault> {
        let head = RequestHead {
            method: received.method,
            path: received.path,
            query: received.query,
            headers: &received.headers,
        };
        let claim = strongroom_sigv4::parse(&head, &SERVICES, now)?;
        let Some(access_key) = snapshot.access_key(&claim.access_key_id) else {
            // The same work as for a known key whose signing key is kept. The first use of a known key in a scope
            // also asks the vault: that much time tells, and access key ids are not secret.
            let _ = strongroom_sigv4::verify(&head, received.body, &claim, &[0; 32]);
            return Err(AuthError::UnknownAccessKey.into());
        };
        let (key, fresh) = self.signing_key(&claim, access_key, vault).await?;
        strongroom_sigv4::verify(&head, received.body, &claim, key.expose())?;
        // Only now: who cannot sign must not be able to fill the cache with Regions.
        if fresh {
            self.keep(&claim, key);
        }
        Ok(Authenticated { access_key: access_key.clone(), region: claim.region, service: claim.service })
    }

    /// The day's signing key, and whether it came from the vault now.
    async fn signing_key(
        &self,
        claim: &Claim,
        access_key: &AccessKeyEntry,
        vault: &VaultClient,
    ) -> Result<(Arc<SecretBytes>, bool), Fault> {
        if let Some(key) = self.cached().get(claim.credential()) {
            return Ok((key.clone(), false));
        }
        let binding = AccessKeyBinding {
            account: access_key.account.to_string(),
            access_key_id: access_key.id.clone(),
        };
        let asked = SigningScope {
            date: claim.date.clone(),
            region: claim.region.to_string(),
            service: claim.service.clone(),
        };
        let key =
            vault.signing_key(&binding, &access_key.record.wrapped, &asked).await.map_err(
                |error| match error {
                    // The request's own time was checked: only a vault whose clock is elsewhere says this.
                    VaultError::DateOutOfRange => {
                        Fault::Internal("The vault's clock disagrees with the request's date.")
                    }
                    error => Fault::Vault(error),
                },
            )?;
        Ok((Arc::new(key), true))
    }

    fn keep(&self, claim: &Claim, key: Arc<SecretBytes>) {
        let mut cached = self.cached();
        if cached.len() >= CACHED_MAX {
            cached.clear();
        }
        cached.insert(claim.credential().to_owned(), key);
    }

    fn cached(&self) -> std::sync::MutexGuard<'_, HashMap<String, Arc<SecretBytes>>> {
        self.signing_keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
