//! Row 15: the signature, recomputed and compared.

use crate::canonical::SignedNames;
use crate::{ALGORITHM, AuthError, Claim, RequestHead, canonical};
use aws_lc_rs::{constant_time, hmac};

/// Recomputes the signature of `head` and `body` and compares it with the claimed one in constant time.
///
/// `signing_key` are the 32 bytes derived for the claim's date, Region and service. The body's hash is
/// computed here; an `x-amz-content-sha256` header has to equal it. Every failure is the same error.
pub fn verify(
    head: &RequestHead<'_>,
    body: &[u8],
    claim: &Claim,
    signing_key: &[u8],
) -> Result<(), AuthError> {
    let payload_hash = canonical::sha256_hex(body);
    let computed =
        signature(head, &claim.signed_headers, &payload_hash, &claim.amz_date, claim.scope(), signing_key)
            .ok_or(AuthError::SignatureMismatch)?;
    let claimed = claim.signature.ok_or(AuthError::SignatureMismatch)?;
    constant_time::verify_slices_are_equal(computed.as_ref(), &claimed)
        .map_err(|_| AuthError::SignatureMismatch)?;
    let mut stated = head.values("x-amz-content-sha256");
    if stated.all(|hash| hash.trim_ascii() == payload_hash.as_bytes()) {
        Ok(())
    } else {
        Err(AuthError::SignatureMismatch)
    }
}

/// HMAC of the string to sign; `None` when the request has no canonical form.
pub(crate) fn signature(
    head: &RequestHead<'_>,
    signed_headers: &SignedNames,
    payload_hash: &str,
    amz_date: &str,
    scope: &str,
    signing_key: &[u8],
) -> Option<hmac::Tag> {
    let request = canonical::request(head, signed_headers, payload_hash)?;
    let hash = canonical::sha256_hex(&request);
    let string_to_sign = [ALGORITHM, amz_date, scope, &hash].join("\n");
    let key = hmac::Key::new(hmac::HMAC_SHA256, signing_key);
    Some(hmac::sign(&key, string_to_sign.as_bytes()))
}
