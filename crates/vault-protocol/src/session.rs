//! Temporary credentials as they cross the process line.

use crate::cursor::{Reader, put_bytes};
use crate::{MalformedFrame, TokenText};
use strongroom_types::{SecretBytes, Timestamp};

/// The most bytes of claims that a session token holds: with them its text stays within 4,096 characters.
pub const SESSION_CLAIMS_BYTES_MAX: usize = 2_900;

/// Which session is asked for.
#[derive(Clone, Copy, Debug)]
pub struct SessionRequest<'a> {
    /// The account, twelve digits.
    pub account: &'a str,
    /// When the session ends.
    pub expires_at: Timestamp,
    /// What the front wants to know about it again; opaque to the vault.
    pub claims: &'a [u8],
}

/// Temporary credentials that were just made. Nothing of them is kept: the token holds it all.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// `ASIA` and sixteen Base32 characters.
    pub access_key_id: String,
    /// The secret access key: 40 ASCII characters.
    pub secret: SecretBytes,
    /// The session token, at most 4,096 characters.
    pub token: String,
}

/// The same as the vault gives them: the token in bytes.
#[derive(Clone, Debug)]
pub struct SealedSession {
    /// `ASIA` and sixteen Base32 characters.
    pub access_key_id: String,
    /// The secret access key.
    pub secret: SecretBytes,
    /// The token's bytes.
    pub token: Vec<u8>,
}

impl From<SealedSession> for NewSession {
    fn from(session: SealedSession) -> Self {
        let token = TokenText::Session.encode(&session.token);
        Self { access_key_id: session.access_key_id, secret: session.secret, token }
    }
}

/// What a session token says, and the day's signing key; the secret itself stays in the vault.
#[derive(Clone, Debug)]
pub struct OpenedSession {
    /// The account, twelve digits.
    pub account: String,
    /// When the session ends: whoever keeps the signing key checks it at each use.
    pub expires_at: Timestamp,
    /// The claims as they were given.
    pub claims: Vec<u8>,
    /// The SigV4 signing key, 32 bytes.
    pub signing_key: SecretBytes,
}

impl SealedSession {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        for bytes in [self.access_key_id.as_bytes(), self.secret.expose(), &self.token] {
            put_bytes(out, bytes);
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        Ok(Self {
            access_key_id: reader.text()?.to_owned(),
            secret: SecretBytes::new(reader.bytes()?.to_vec()),
            token: reader.bytes()?.to_vec(),
        })
    }
}

impl OpenedSession {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.expires_at.millis().to_le_bytes());
        for bytes in [self.account.as_bytes(), &self.claims, self.signing_key.expose()] {
            put_bytes(out, bytes);
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let expires_at = Timestamp::from_millis(reader.u64()?);
        Ok(Self {
            expires_at,
            account: reader.text()?.to_owned(),
            claims: reader.bytes()?.to_vec(),
            signing_key: SecretBytes::new(reader.bytes()?.to_vec()),
        })
    }
}
