//! What the signature says of the body: its hash, or that it comes in signed chunks.

use crate::{AuthError, RequestHead};

/// The value of `x-amz-content-sha256` for a body in chunks that are signed one by one, without trailers.
pub(crate) const CHUNKED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";

/// The most bytes that a chunked body may hold (docs/order-of-checks.md, A4).
pub(crate) const DECODED_BYTES_MAX: usize = 262_144;

pub(crate) const HASH_HEADER: &str = "x-amz-content-sha256";
const DECODED_LENGTH_HEADER: &str = "x-amz-decoded-content-length";

/// How a body is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    /// By the hash of all of it.
    Whole,
    /// Chunk by chunk.
    Chunked {
        /// Its length once decoded, as announced.
        decoded_bytes: usize,
    },
}

/// Reads the headers. Every other name that begins with `STREAMING-` is refused by its name; whatever else stands there
/// has to be the body's hash, which is for [`crate::verify`] to say.
pub(crate) fn of(head: &RequestHead<'_>, is_presigned: bool) -> Result<Payload, AuthError> {
    let mut names = head.values(HASH_HEADER).map(<[u8]>::trim_ascii);
    let Some(name) = names.find(|name| name.starts_with(b"STREAMING-")) else { return Ok(Payload::Whole) };
    if name != CHUNKED.as_bytes() || is_presigned || head.values(HASH_HEADER).count() > 1 {
        return Err(AuthError::UnsupportedPayload(String::from_utf8_lossy(name).into_owned()));
    }
    let mut lengths = head.values(DECODED_LENGTH_HEADER);
    let text = String::from_utf8_lossy(lengths.next().unwrap_or_default()).trim().to_owned();
    let digits = text.len() <= 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let length = if digits && lengths.next().is_none() { text.parse().ok() } else { None };
    match length.filter(|bytes| *bytes <= DECODED_BYTES_MAX) {
        Some(decoded_bytes) => Ok(Payload::Chunked { decoded_bytes }),
        None => Err(AuthError::BadDecodedLength(text)),
    }
}
