//! Tokens: sealed under a service key of their kind, bound to the cluster. Nothing of them is kept.

use crate::binding;
use crate::execute::{SEED_BYTES, Worker};
use crate::hierarchy::Hierarchy;
use crate::vault::{Fault, meaning};
use strongroom_crypto::{
    CryptoError, KEY_BYTES, Random, TokenKey, hedged_nonce, labels, open_token, seal_token,
};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{TokenKind, VaultError};

/// One kind of token: its byte and the label of its service key.
#[derive(Clone, Copy)]
pub(crate) struct Sort {
    byte: u8,
    label: &'static [u8],
}

/// Session tokens, which are sealed by their own commands only.
pub(crate) const SESSION: Sort = Sort { byte: 1, label: labels::SESSION_TOKEN };

/// Passwords of custom key stores, which only their own commands seal and open: none comes back to the front.
pub(crate) const KEY_STORE: Sort = Sort { byte: 5, label: labels::KEY_STORE_PASSWORD };

/// The kind's sort, and its name in bindings.
fn sort_of(kind: TokenKind) -> (Sort, &'static str) {
    let (label, name) = match kind {
        TokenKind::Grant => (labels::GRANT_TOKEN, "grant-token"),
        TokenKind::Anchor => (labels::ROLLBACK_ANCHOR, "rollback-anchor"),
    };
    (Sort { byte: kind.byte(), label }, name)
}

fn service_key(hierarchy: &Hierarchy, sort: Sort) -> Result<SecretBytes, CryptoError> {
    hierarchy.service_key(sort.label)
}

fn key_of(secret: &SecretBytes) -> Result<&[u8; KEY_BYTES], CryptoError> {
    secret.expose().try_into().map_err(|_| CryptoError::Primitive)
}

/// Opens a token; `TokenRejected` whatever is wrong with it.
pub(crate) fn open(
    hierarchy: &Hierarchy,
    sort: Sort,
    bound: Result<Vec<u8>, CryptoError>,
    token: &[u8],
) -> Result<SecretBytes, Fault> {
    let opened = bound.and_then(|bound| {
        let secret = service_key(hierarchy, sort)?;
        open_token(TokenKey { key: key_of(&secret)?, kind: sort.byte }, &bound, token)
    });
    opened.map_err(meaning(VaultError::TokenRejected))
}

impl Worker {
    /// Seals a token under a fresh nonce.
    pub(crate) fn seal_token(
        &mut self,
        hierarchy: &Hierarchy,
        sort: Sort,
        bound: Result<Vec<u8>, CryptoError>,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let (bound, failed) =
            (bound.map_err(meaning(VaultError::BadRequest))?, meaning(VaultError::Internal));
        let secret = service_key(hierarchy, sort).map_err(&failed)?;
        let key = TokenKey { key: key_of(&secret).map_err(&failed)?, kind: sort.byte };
        let mut seed = [0; SEED_BYTES];
        self.random.fill(&mut seed).map_err(&failed)?;
        let nonce = hedged_nonce(key.key, &seed, &bound, plaintext);
        self.nonces.check(nonce).map_err(&failed)?;
        seal_token(key, &nonce, &bound, plaintext).map_err(&failed)
    }

    /// The command `SealToken`.
    pub(crate) fn seal_on_request(&mut self, kind: TokenKind, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        if !(1..=kind.bytes_max()).contains(&bytes.len()) {
            return Err(VaultError::BadRequest.into());
        }
        let (sort, name) = sort_of(kind);
        self.seal_token(&hierarchy, sort, binding::token(hierarchy.cluster, name), bytes)
    }

    /// The command `OpenToken`.
    pub(crate) fn open_on_request(&mut self, kind: TokenKind, token: &[u8]) -> Result<SecretBytes, Fault> {
        let hierarchy = self.vault.hierarchy()?;
        let (sort, name) = sort_of(kind);
        open(&hierarchy, sort, binding::token(hierarchy.cluster, name), token)
    }
}
