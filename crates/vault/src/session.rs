//! Temporary credentials. A session token holds the secret, the account, the end and the front's claims; it is bound to
//! the access key's id, and nothing of it is kept here: it comes back with each use, and its end is checked each time.

use crate::access_key::{SECRET_CHARACTERS, generate_secret, generate_session_id, signing_key};
use crate::execute::{Worker, check_scope};
use crate::vault::{Fault, meaning};
use crate::{binding, token};
use strongroom_types::{AccountId, SecretBytes, Timestamp};
use strongroom_vault_protocol::{
    OpenedSession, SESSION_CLAIMS_BYTES_MAX, SESSION_TOKEN_BYTES_MAX, SealedSession, SigningScope, VaultError,
};

/// The longest life of a session: 36 hours (GetSessionToken), and 5 minutes between the clocks of front and vault.
const LIFE_MS_MAX: u64 = (36 * 60 + 5) * 60 * 1_000;

const EXPIRES_BYTES: usize = 8;
const ACCOUNT_BYTES: usize = 12;

/// What stands in a session token before the claims.
const FIXED_BYTES: usize = EXPIRES_BYTES + ACCOUNT_BYTES + SECRET_CHARACTERS;

/// The inside of a session token: `u64 expires, ms · account 12 · secret 40 · claims`, big-endian.
struct Inside<'a> {
    expires_at: Timestamp,
    account: &'a str,
    secret: &'a [u8],
    claims: &'a [u8],
}

impl<'a> Inside<'a> {
    fn write(&self) -> SecretBytes {
        let mut out = Vec::with_capacity(FIXED_BYTES + self.claims.len());
        out.extend_from_slice(&self.expires_at.millis().to_be_bytes());
        out.extend_from_slice(self.account.as_bytes());
        out.extend_from_slice(self.secret);
        out.extend_from_slice(self.claims);
        SecretBytes::new(out)
    }

    /// `None` when the vault did not write it.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (expires, rest) = bytes.split_first_chunk::<EXPIRES_BYTES>()?;
        let (account, rest) = rest.split_at_checked(ACCOUNT_BYTES)?;
        let (secret, claims) = rest.split_at_checked(SECRET_CHARACTERS)?;
        let expires_at = Timestamp::from_millis(u64::from_be_bytes(*expires));
        Some(Self { expires_at, account: std::str::from_utf8(account).ok()?, secret, claims })
    }
}

impl Worker {
    /// The command `CreateSession`.
    pub(crate) fn create_session(
        &mut self,
        account: &str,
        expires_at: Timestamp,
        claims: &[u8],
    ) -> Result<SealedSession, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        let life_ms = expires_at.millis().checked_sub(self.vault.clock().now().millis());
        let lives = life_ms.is_some_and(|life_ms| (1..=LIFE_MS_MAX).contains(&life_ms));
        if !lives || claims.len() > SESSION_CLAIMS_BYTES_MAX || AccountId::parse(account).is_err() {
            return Err(VaultError::BadRequest.into());
        }
        let failed = meaning(VaultError::Internal);
        let access_key_id = generate_session_id(&mut self.random).map_err(&failed)?;
        let secret = generate_secret(&mut self.random).map_err(&failed)?;
        let inside = Inside { expires_at, account, secret: secret.expose(), claims }.write();
        let bound = binding::session_token(hierarchy.cluster, &access_key_id);
        let token = self.seal_token(&hierarchy, token::SESSION, bound, inside.expose())?;
        Ok(SealedSession { access_key_id, secret, token })
    }

    /// The command `OpenSession`.
    pub(crate) fn open_session(
        &mut self,
        token: &[u8],
        access_key_id: &str,
        scope: &SigningScope,
    ) -> Result<OpenedSession, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        let now = self.vault.clock().now();
        check_scope(scope, now)?;
        if token.len() > SESSION_TOKEN_BYTES_MAX {
            return Err(VaultError::TokenRejected.into());
        }
        let bound = binding::session_token(hierarchy.cluster, access_key_id);
        let opened = token::open(&hierarchy, token::SESSION, bound, token)?;
        let inside = Inside::read(opened.expose()).ok_or(VaultError::TokenRejected)?;
        if now >= inside.expires_at {
            return Err(VaultError::TokenExpired.into());
        }
        Ok(OpenedSession {
            account: inside.account.to_owned(),
            expires_at: inside.expires_at,
            claims: inside.claims.to_vec(),
            signing_key: signing_key(inside.secret, scope),
        })
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
