//! The bytes of items: `u8 kind · u32 length · body`, big-endian. Every item has one form; a body of another form is
//! refused, and one that is too long before there is room made for it.

use crate::ContentError;
use crate::cursor::{Fields, put_bytes};
use crate::item::{AuditCheckpoint, Item, Manifest, Record, Sample, StoreFormat, Summary};
use std::collections::BTreeMap;
use strongroom_types::{EncryptionContext, KeyArn};

/// Bytes in front of a body.
pub(crate) const FRAME_BYTES: usize = 5;

const MADE_BY_BYTES_MAX: usize = 128;
const RECORD_KEY_BYTES_MAX: usize = 512;
const RECORD_VALUE_BYTES_MAX: usize = 1_024 * 1_024;
const STATEMENT_BYTES_MAX: usize = 65_536;
const ARN_BYTES_MAX: usize = 256;
const CONTEXT_BYTES_MAX: usize = 8_192;
const CIPHERTEXT_BYTES_MAX: usize = 6_144;

/// What an item is, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Manifest = 1,
    Record = 2,
    Checkpoint = 3,
    Sample = 4,
    End = 5,
}

impl Kind {
    fn from_byte(byte: u8) -> Result<Self, ContentError> {
        match byte {
            1 => Ok(Self::Manifest),
            2 => Ok(Self::Record),
            3 => Ok(Self::Checkpoint),
            4 => Ok(Self::Sample),
            5 => Ok(Self::End),
            other => Err(ContentError::UnknownKind(other)),
        }
    }

    /// The longest body.
    const fn bytes_max(self) -> usize {
        match self {
            Self::Manifest => 2 + MADE_BY_BYTES_MAX + 8 + 8 + 32 + 8 + 8,
            Self::Record => 2 + RECORD_KEY_BYTES_MAX + RECORD_VALUE_BYTES_MAX,
            Self::Checkpoint => 8 + 32 + STATEMENT_BYTES_MAX,
            Self::Sample => 2 + ARN_BYTES_MAX + 2 + CONTEXT_BYTES_MAX + 32 + CIPHERTEXT_BYTES_MAX,
            Self::End => 8 + 8 + 32 + 32,
        }
    }
}

/// An item's kind and the length of its body, which is allowed for that kind.
pub(crate) fn read_frame(frame: [u8; FRAME_BYTES]) -> Result<(Kind, usize), ContentError> {
    let [kind, a, b, c, d] = frame;
    let kind = Kind::from_byte(kind)?;
    let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).map_err(|_| ContentError::TooLong)?;
    if length > kind.bytes_max() { Err(ContentError::TooLong) } else { Ok((kind, length)) }
}

/// Writes the frame around a body that was written behind room for it.
fn frame(
    kind: Kind,
    body: impl FnOnce(&mut Vec<u8>) -> Result<(), ContentError>,
) -> Result<Vec<u8>, ContentError> {
    let mut out = vec![0; FRAME_BYTES];
    body(&mut out)?;
    let length = out.len() - FRAME_BYTES;
    if length > kind.bytes_max() {
        return Err(ContentError::TooLong);
    }
    let length = u32::try_from(length).map_err(|_| ContentError::TooLong)?;
    out[0] = kind as u8;
    out[1..FRAME_BYTES].copy_from_slice(&length.to_be_bytes());
    Ok(out)
}

fn bounded(bytes: &[u8], bytes_max: usize) -> Result<&[u8], ContentError> {
    if bytes.len() > bytes_max { Err(ContentError::TooLong) } else { Ok(bytes) }
}

pub(crate) fn encode_manifest(manifest: &Manifest) -> Result<Vec<u8>, ContentError> {
    frame(Kind::Manifest, |out| {
        put_bytes(out, bounded(manifest.made_by.as_bytes(), MADE_BY_BYTES_MAX)?)?;
        for StoreFormat { major, minor } in [manifest.format, manifest.oldest_reader] {
            out.extend_from_slice(&major.to_be_bytes());
            out.extend_from_slice(&minor.to_be_bytes());
        }
        out.extend_from_slice(&manifest.revision.to_be_bytes());
        out.extend_from_slice(&manifest.chain);
        out.extend_from_slice(&manifest.records.to_be_bytes());
        out.extend_from_slice(&manifest.token_keys.to_be_bytes());
        Ok(())
    })
}

fn decode_manifest(body: &[u8]) -> Result<Manifest, ContentError> {
    let mut fields = Fields::new(body);
    let made_by = fields.text()?;
    bounded(made_by.as_bytes(), MADE_BY_BYTES_MAX)?;
    let manifest = Manifest {
        made_by: made_by.to_owned(),
        format: StoreFormat { major: fields.u16()?, minor: fields.u16()? },
        oldest_reader: StoreFormat { major: fields.u16()?, minor: fields.u16()? },
        revision: fields.u64()?,
        chain: fields.array()?,
        records: fields.u64()?,
        token_keys: fields.u64()?,
    };
    fields.finish()?;
    Ok(manifest)
}

pub(crate) fn encode_record(key: &[u8], value: &[u8]) -> Result<Vec<u8>, ContentError> {
    check_record(key, value)?;
    frame(Kind::Record, |out| {
        put_bytes(out, key)?;
        out.extend_from_slice(value);
        Ok(())
    })
}

fn decode_record(body: &[u8]) -> Result<Record, ContentError> {
    let mut fields = Fields::new(body);
    let key = fields.bytes()?;
    let value = fields.rest(RECORD_VALUE_BYTES_MAX)?;
    check_record(key, value)?;
    Ok(Record { key: key.to_vec(), value: value.to_vec() })
}

fn check_record(key: &[u8], value: &[u8]) -> Result<(), ContentError> {
    if key.is_empty() {
        return Err(ContentError::Malformed);
    }
    bounded(key, RECORD_KEY_BYTES_MAX)?;
    bounded(value, RECORD_VALUE_BYTES_MAX)?;
    Ok(())
}

pub(crate) fn encode_checkpoint(checkpoint: &AuditCheckpoint) -> Result<Vec<u8>, ContentError> {
    frame(Kind::Checkpoint, |out| {
        out.extend_from_slice(&checkpoint.sequence.to_be_bytes());
        out.extend_from_slice(&checkpoint.root);
        out.extend_from_slice(bounded(&checkpoint.statement, STATEMENT_BYTES_MAX)?);
        Ok(())
    })
}

fn decode_checkpoint(body: &[u8]) -> Result<AuditCheckpoint, ContentError> {
    let mut fields = Fields::new(body);
    let (sequence, root) = (fields.u64()?, fields.array()?);
    let statement = fields.rest(STATEMENT_BYTES_MAX)?.to_vec();
    Ok(AuditCheckpoint { sequence, root, statement })
}

pub(crate) fn encode_sample(sample: &Sample) -> Result<Vec<u8>, ContentError> {
    frame(Kind::Sample, |out| {
        put_bytes(out, bounded(sample.key.to_string().as_bytes(), ARN_BYTES_MAX)?)?;
        put_bytes(out, &sample.context.canonical())?;
        out.extend_from_slice(&sample.plaintext_sha256);
        out.extend_from_slice(bounded(&sample.ciphertext, CIPHERTEXT_BYTES_MAX)?);
        Ok(())
    })
}

fn decode_sample(body: &[u8]) -> Result<Sample, ContentError> {
    let mut fields = Fields::new(body);
    let text = fields.text()?;
    bounded(text.as_bytes(), ARN_BYTES_MAX)?;
    let key = KeyArn::parse(text).map_err(|_| ContentError::Malformed)?;
    if key.to_string() != text {
        return Err(ContentError::Malformed);
    }
    let context = decode_context(fields.bytes()?)?;
    let plaintext_sha256 = fields.array()?;
    let ciphertext = fields.rest(CIPHERTEXT_BYTES_MAX)?.to_vec();
    Ok(Sample { key, context, plaintext_sha256, ciphertext })
}

/// Reads the canonical form of an encryption context, and nothing else.
fn decode_context(canonical: &[u8]) -> Result<EncryptionContext, ContentError> {
    let mut fields = Fields::new(canonical);
    let mut pairs = BTreeMap::new();
    for _ in 0..fields.u16()? {
        let (key, value) = (fields.text()?, fields.text()?);
        pairs.insert(key.to_owned(), value.to_owned());
    }
    fields.finish()?;
    let context = EncryptionContext::new(pairs).map_err(|_| ContentError::TooLong)?;
    if context.canonical() == canonical { Ok(context) } else { Err(ContentError::Malformed) }
}

pub(crate) fn encode_end(summary: &Summary) -> Result<Vec<u8>, ContentError> {
    frame(Kind::End, |out| {
        out.extend_from_slice(&summary.records.to_be_bytes());
        out.extend_from_slice(&summary.samples.to_be_bytes());
        out.extend_from_slice(&summary.digest);
        out.extend_from_slice(&summary.mac);
        Ok(())
    })
}

/// An item, or the end of them.
pub(crate) enum Decoded {
    Item(Item),
    End(Summary),
}

/// Reads a body of a kind.
pub(crate) fn decode(kind: Kind, body: &[u8]) -> Result<Decoded, ContentError> {
    Ok(Decoded::Item(match kind {
        Kind::Manifest => Item::Manifest(decode_manifest(body)?),
        Kind::Record => Item::Record(decode_record(body)?),
        Kind::Checkpoint => Item::Checkpoint(decode_checkpoint(body)?),
        Kind::Sample => Item::Sample(decode_sample(body)?),
        Kind::End => return decode_end(body).map(Decoded::End),
    }))
}

fn decode_end(body: &[u8]) -> Result<Summary, ContentError> {
    let mut fields = Fields::new(body);
    let (records, samples) = (fields.u64()?, fields.u64()?);
    let (digest, mac) = (fields.array()?, fields.array()?);
    fields.finish()?;
    Ok(Summary { records, samples, digest, mac })
}

#[cfg(test)]
#[path = "item_codec_tests.rs"]
mod tests;
