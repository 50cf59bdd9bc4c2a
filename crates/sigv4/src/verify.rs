//! Row 15: the signature, recomputed and compared.

use crate::canonical::SignedNames;
use crate::chunked::{self, ChunkSigner};
use crate::parse::Form;
use crate::payload::{self, Payload};
use crate::presigned::{SIGNATURE_NAME, TOKEN_NAME};
use crate::{ALGORITHM, AuthError, Claim, RequestHead, canonical};
use aws_lc_rs::{constant_time, hmac};
use std::borrow::Cow;
use std::fmt;

/// A signing key, the 32 bytes derived for one date, Region and service, made ready for many requests.
pub struct VerifyingKey(hmac::Key);

impl VerifyingKey {
    /// From the derived bytes, which are not kept as such.
    pub fn new(signing_key: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, signing_key))
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyingKey")
    }
}

/// Recomputes the signature of `head` and `body` and compares it with the claimed one in constant time. Gives the body
/// that was signed: as it came, or, of a body in signed chunks, what the chunks hold.
///
/// `key` is that of the claim's date, Region and service. The body's hash is computed here; an `x-amz-content-sha256` header has to equal it. Every failure is the same error.
pub fn verify<'b>(
    head: &RequestHead<'_>,
    body: &'b [u8],
    claim: &Claim<'_>,
    key: &VerifyingKey,
) -> Result<Cow<'b, [u8]>, AuthError> {
    let key = &key.0;
    match claim.payload {
        Payload::Whole => {
            let hash = canonical::sha256_hex(body);
            check_head(head, hash.as_str(), claim, key)?;
            let mut stated = head.values(payload::HASH_HEADER);
            let same = stated.all(|stated| stated.trim_ascii() == hash.as_bytes());
            if same { Ok(Cow::Borrowed(body)) } else { Err(AuthError::SignatureMismatch) }
        }
        Payload::Chunked { decoded_bytes } => {
            let previous = check_head(head, payload::CHUNKED, claim, key)?;
            let signer = ChunkSigner { key, amz_date: &claim.amz_date, scope: claim.scope(), previous };
            let decoded = chunked::decode(body, decoded_bytes, signer);
            decoded.map(Cow::Owned).map_err(|_| AuthError::SignatureMismatch)
        }
    }
}

/// The signature over everything but the body itself, if it is the claimed one.
fn check_head(
    head: &RequestHead<'_>,
    payload_hash: &str,
    claim: &Claim<'_>,
    key: &hmac::Key,
) -> Result<[u8; 32], AuthError> {
    let claimed = claim.signature.ok_or(AuthError::SignatureMismatch);
    let matches = |omitted: &[&str]| {
        let parts = SignedParts {
            omitted,
            names: &claim.signed_headers,
            payload_hash,
            amz_date: &claim.amz_date,
            scope: claim.scope(),
        };
        let computed = signature(head, &parts, key);
        match (computed, &claimed) {
            (Some(computed), Ok(claimed)) => {
                constant_time::verify_slices_are_equal(computed.as_ref(), claimed).is_ok()
            }
            _ => false,
        }
    };
    let matched = match claim.form {
        Form::Header => matches(&[]),
        // Some signers add the token to the query when they have signed it. The token's own secret has signed, so another
        // token in its place fails.
        Form::Query { .. } => matches(&[SIGNATURE_NAME]) || matches(&[SIGNATURE_NAME, TOKEN_NAME]),
    };
    if matched { claimed } else { Err(AuthError::SignatureMismatch) }
}

/// What a signature covers besides method, path, query and headers, and which of them.
pub(crate) struct SignedParts<'a> {
    /// Query parameters that are not covered.
    pub(crate) omitted: &'a [&'a str],
    /// The headers that are covered.
    pub(crate) names: &'a SignedNames<'a>,
    /// The last line of the canonical request.
    pub(crate) payload_hash: &'a str,
    /// `YYYYMMDDTHHMMSSZ`.
    pub(crate) amz_date: &'a str,
    /// `DATE/REGION/SERVICE/aws4_request`.
    pub(crate) scope: &'a str,
}

/// HMAC of the string to sign; `None` when the request has no canonical form.
pub(crate) fn signature(
    head: &RequestHead<'_>,
    parts: &SignedParts<'_>,
    key: &hmac::Key,
) -> Option<hmac::Tag> {
    let mut text = canonical::request(head, parts.omitted, parts.names, parts.payload_hash)?;
    let hash = canonical::sha256_hex(&text);
    // The string to sign, in the place of the canonical request.
    text.clear();
    for part in [ALGORITHM, parts.amz_date, parts.scope] {
        text.extend_from_slice(part.as_bytes());
        text.push(b'\n');
    }
    text.extend_from_slice(hash.as_bytes());
    Some(hmac::sign(key, &text))
}
