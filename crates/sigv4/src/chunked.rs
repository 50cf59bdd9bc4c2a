//! Bodies in signed chunks (`aws-chunked`, without trailers), as the S3 documentation "Signature calculations for the
//! Authorization header: transferring payload in multiple chunks" lays them out:
//! `hex-size;chunk-signature=64-hex CR LF data CR LF`, the last one with size 0 and no data.

use crate::canonical::sha256_hex;
use aws_lc_rs::{constant_time, hmac};

/// The longest line that begins a chunk, without its line break.
const CHUNK_HEADER_BYTES_MAX: usize = 96;

/// The most digits of a chunk's size: a body holds at most 256 KiB.
const SIZE_DIGITS_MAX: usize = 8;

const EXTENSION: &str = "chunk-signature=";

/// The hash of nothing, which stands for the headers that a chunk does not have.
const EMPTY_HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// What is wrong with a chunked body. Outside all of it is a signature that does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChunkFault {
    #[error("a chunk's first line is too long, or does not end")]
    HeaderUnended,
    #[error("a chunk's first line is not a size and a signature")]
    HeaderMalformed,
    #[error("a chunk is cut short")]
    Truncated,
    #[error("a chunk does not end with a line break")]
    BreakMissing,
    #[error("there are bytes after the last chunk")]
    BytesLeftOver,
    #[error("the chunks hold more or less than was announced")]
    LengthDiffers,
    #[error("the signature of a chunk does not match")]
    Signature,
}

/// The chain of signatures: each chunk's covers the one before it, the first one that of the request's head.
pub(crate) struct ChunkSigner<'a> {
    /// The signing key.
    pub(crate) key: &'a hmac::Key,
    /// `YYYYMMDDTHHMMSSZ`.
    pub(crate) amz_date: &'a str,
    /// `DATE/REGION/SERVICE/aws4_request`.
    pub(crate) scope: &'a str,
    /// The signature before.
    pub(crate) previous: [u8; 32],
}

impl ChunkSigner<'_> {
    /// The signature of the chunk that comes next.
    pub(crate) fn sign(&self, data: &[u8]) -> [u8; 32] {
        let (previous, hash) = (const_hex::encode(self.previous), sha256_hex(data));
        let text =
            ["AWS4-HMAC-SHA256-PAYLOAD", self.amz_date, self.scope, &previous, EMPTY_HASH, hash.as_str()]
                .join("\n");
        let mut signature = [0; 32];
        signature.copy_from_slice(hmac::sign(self.key, text.as_bytes()).as_ref());
        signature
    }

    /// Checks the next chunk in constant time and moves on.
    fn check(&mut self, data: &[u8], claimed: &[u8; 32]) -> Result<(), ChunkFault> {
        let expected = self.sign(data);
        constant_time::verify_slices_are_equal(&expected, claimed).map_err(|_| ChunkFault::Signature)?;
        self.previous = expected;
        Ok(())
    }
}

/// The body without its chunks, if every signature holds and it is `decoded_bytes` long.
pub(crate) fn decode(
    body: &[u8],
    decoded_bytes: usize,
    mut signer: ChunkSigner<'_>,
) -> Result<Vec<u8>, ChunkFault> {
    let mut decoded = Vec::with_capacity(decoded_bytes.min(body.len()));
    let mut rest = body;
    loop {
        let (header, after) = split_line(rest)?;
        let ChunkHeader { size, signature } = parse_header(header)?;
        if size > decoded_bytes.saturating_sub(decoded.len()) {
            return Err(ChunkFault::LengthDiffers);
        }
        let (data, after) = after.split_at_checked(size).ok_or(ChunkFault::Truncated)?;
        let after = after.strip_prefix(b"\r\n").ok_or(ChunkFault::BreakMissing)?;
        signer.check(data, &signature)?;
        decoded.extend_from_slice(data);
        if size > 0 {
            rest = after;
            continue;
        }
        return match (after.is_empty(), decoded.len() == decoded_bytes) {
            (false, _) => Err(ChunkFault::BytesLeftOver),
            (true, false) => Err(ChunkFault::LengthDiffers),
            (true, true) => Ok(decoded),
        };
    }
}

/// The chunk as it is sent.
pub(crate) fn push_chunk(out: &mut Vec<u8>, data: &[u8], signer: &mut ChunkSigner<'_>) {
    signer.previous = signer.sign(data);
    let header = format!("{:x};{EXTENSION}{}\r\n", data.len(), const_hex::encode(signer.previous));
    out.extend_from_slice(header.as_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n");
}

struct ChunkHeader {
    size: usize,
    signature: [u8; 32],
}

/// A line without its break, and what comes after.
fn split_line(bytes: &[u8]) -> Result<(&[u8], &[u8]), ChunkFault> {
    let window = bytes.get(..CHUNK_HEADER_BYTES_MAX + 2).unwrap_or(bytes);
    let end = window.windows(2).position(|pair| pair == b"\r\n").ok_or(ChunkFault::HeaderUnended)?;
    let (line, after) = bytes.split_at_checked(end).ok_or(ChunkFault::HeaderUnended)?;
    Ok((line, after.get(2..).unwrap_or_default()))
}

/// `hex-size;chunk-signature=64-hex` and nothing else.
fn parse_header(line: &[u8]) -> Result<ChunkHeader, ChunkFault> {
    let malformed = ChunkFault::HeaderMalformed;
    let text = std::str::from_utf8(line).map_err(|_| malformed)?;
    let (size, extension) = text.split_once(';').ok_or(malformed)?;
    let digits = (1..=SIZE_DIGITS_MAX).contains(&size.len()) && size.bytes().all(|b| b.is_ascii_hexdigit());
    let size = if digits { usize::from_str_radix(size, 16).ok() } else { None };
    let signature = extension.strip_prefix(EXTENSION).and_then(crate::parse::decode_signature);
    match (size, signature) {
        (Some(size), Some(signature)) => Ok(ChunkHeader { size, signature }),
        _ => Err(malformed),
    }
}

#[cfg(test)]
#[path = "chunked_tests.rs"]
mod tests;
