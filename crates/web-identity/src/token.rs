//! A token as it came: its parts, read and not believed, until its signature is checked.

use crate::TokenError;
use crate::claims::{Expected, VerifiedClaims, judge};
use crate::json::{self, Json, Object};
use crate::jwks::{Algorithm, Jwks};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The longest token, in characters (the service model of STS).
pub const TOKEN_CHARACTERS_MAX: usize = 20_000;

/// A token whose signature has not been checked.
#[derive(Debug)]
pub struct Token<'a> {
    /// What is signed: header and payload as they came, with the dot between.
    signed: &'a str,
    algorithm: Algorithm,
    key_id: Option<String>,
    claims: Object,
    signature: Vec<u8>,
}

impl<'a> Token<'a> {
    /// Reads the compact form (RFC 7515 section 7.1). What the header says of keys (`jku`, `jwk`, `x5c`, `x5u`) is never
    /// looked at.
    pub fn parse(text: &'a str) -> Result<Self, TokenError> {
        // Every character that is allowed is one byte.
        if text.len() > TOKEN_CHARACTERS_MAX {
            return Err(TokenError::TooLong);
        }
        let parts = TokenError::Malformed("not three parts");
        let (signed, signature) = text.rsplit_once('.').ok_or(parts.clone())?;
        let (header, payload) = signed.split_once('.').ok_or(parts)?;
        let part =
            |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Malformed("not Base64url"));
        let header =
            json::object(&part(header)?).ok_or(TokenError::Malformed("the header is no JSON object"))?;
        let (algorithm, key_id) = read_header(&header)?;
        let claims =
            json::object(&part(payload)?).ok_or(TokenError::Malformed("the claims are no JSON object"))?;
        Ok(Self { signed, algorithm, key_id, claims, signature: part(signature)? })
    }

    /// The issuer that the token says it is of: which key set to ask for, and nothing more.
    pub fn unverified_issuer(&self) -> Result<&str, TokenError> {
        self.claims
            .get("iss")
            .ok_or(TokenError::Missing("iss"))?
            .text()
            .ok_or(TokenError::Malformed("iss is no text"))
    }

    /// Checks the signature, then judges the claims.
    pub fn verify(&self, keys: &Jwks, expected: &Expected<'_>) -> Result<VerifiedClaims, TokenError> {
        let candidates = keys.find(self.algorithm, self.key_id.as_deref());
        if candidates.is_empty() {
            return Err(TokenError::UnknownKey);
        }
        if !candidates.iter().any(|key| key.verifies(self.signed.as_bytes(), &self.signature)) {
            return Err(TokenError::Signature);
        }
        judge(&self.claims, expected)
    }
}

fn read_header(header: &Object) -> Result<(Algorithm, Option<String>), TokenError> {
    let algorithm = header.get("alg").and_then(Json::text).and_then(Algorithm::from_name);
    let algorithm = algorithm.ok_or(TokenError::Algorithm)?;
    if header.contains_key("crit") {
        return Err(TokenError::Critical);
    }
    let key_id = match header.get("kid") {
        None => None,
        Some(id) => Some(id.text().ok_or(TokenError::Malformed("kid is no text"))?.to_owned()),
    };
    Ok((algorithm, key_id))
}
