//! Reading: which format an object has, and everything that is needed to open it.
//!
//! Metadata comes from whoever can write the bucket. Pairs of two formats together, or pairs in an instruction file
//! that belong on the object, are refused rather than chosen between.

use super::content::{COMMITMENT_BYTES, Content, Format, MESSAGE_ID_BYTES};
use super::description::{Pairs, parse_description, parse_pairs};
use super::error::S3FormatError;
use super::names;
use super::wrap::{WrapAlgorithm, shortened};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// All that is needed to open an object, but a key. Nothing in it is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The format it was written in.
    pub format: Format,
    /// How the content is encrypted.
    pub content: Content,
    /// How the data key is wrapped.
    pub wrap: WrapAlgorithm,
    /// The wrapped data key.
    pub encrypted_data_key: Vec<u8>,
    /// The material description; with KMS, the encryption context.
    pub description: Pairs,
}

/// What V3 stores about the content, always on the object itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommittedContent {
    /// Random: makes two contents under one data key different.
    pub message_id: [u8; MESSAGE_ID_BYTES],
    /// Derived from data key and message id.
    pub commitment: [u8; COMMITMENT_BYTES],
}

/// What the metadata of an object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Everything.
    Whole(Envelope),
    /// V3 with its data key in the instruction file.
    ContentOnly(CommittedContent),
    /// Nothing: V1 and V2 may have all of it in an instruction file; or the object is not encrypted.
    Nothing,
}

/// Reads an object's user metadata: names without `x-amz-meta-`, values decoded by
/// [`decode_metadata_value`](super::decode_metadata_value). Pairs of others are ignored.
pub fn parse_object(pairs: &Pairs) -> Result<Found, S3FormatError> {
    if pairs.contains_key(names::INSTRUCTION_FILE_MARK) {
        return Err(S3FormatError::IsInstructionFile);
    }
    refuse_several_formats(pairs)?;
    if pairs.contains_key(names::KEY_V3) {
        return envelope_v3(committed(pairs)?, pairs).map(Found::Whole);
    }
    if pairs.contains_key(names::KEY_V2) || pairs.contains_key(names::KEY_V1) {
        return envelope_v1_v2(pairs).map(Found::Whole);
    }
    if pairs.contains_key(names::COMMITMENT) || pairs.contains_key(names::MESSAGE_ID) {
        return committed(pairs).map(Found::ContentOnly);
    }
    Ok(Found::Nothing)
}

/// Reads an instruction file's JSON for an object whose metadata lacks the data key.
///
/// # Errors
///
/// [`S3FormatError::InstructionFile`] also for what only a forger writes: pairs that V3 keeps on the object, or a V3
/// data key for an object that has no V3 content.
pub fn parse_instruction_file(found: Found, json: &[u8]) -> Result<Envelope, S3FormatError> {
    let pairs = parse_pairs(json)
        .ok_or(S3FormatError::InstructionFile("is no JSON object of strings with different keys"))?;
    if pairs.keys().any(|name| !names::ALL.contains(&name.as_str())) {
        return Err(S3FormatError::InstructionFile("holds pairs that no encryption client writes"));
    }
    refuse_several_formats(&pairs)?;
    let has = |name: &str| pairs.contains_key(name);
    match found {
        Found::Whole(_) => Err(S3FormatError::InstructionFile("is not needed: the object has its data key")),
        Found::ContentOnly(_)
            if [names::CONTENT_V3, names::COMMITMENT, names::MESSAGE_ID].map(has).contains(&true) =>
        {
            Err(S3FormatError::InstructionFile("holds pairs that belong on the object"))
        }
        Found::ContentOnly(content) => envelope_v3(content, &pairs),
        Found::Nothing if has(names::KEY_V3) => {
            Err(S3FormatError::InstructionFile("is of format V3, and the object has no such content"))
        }
        Found::Nothing => envelope_v1_v2(&pairs),
    }
}

/// At most one of the data keys, and no pair of V3's content beside an older key.
fn refuse_several_formats(pairs: &Pairs) -> Result<(), S3FormatError> {
    let older = [names::KEY_V1, names::KEY_V2];
    let present = |name: &&str| pairs.contains_key(*name);
    let [first, second] = older;
    if pairs.contains_key(first) && pairs.contains_key(second) {
        return Err(S3FormatError::SeveralFormats(first, second));
    }
    let newer = [names::KEY_V3, names::COMMITMENT, names::MESSAGE_ID];
    match (older.into_iter().find(present), newer.into_iter().find(present)) {
        (Some(older), Some(newer)) => Err(S3FormatError::SeveralFormats(older, newer)),
        _ => Ok(()),
    }
}

fn value<'a>(pairs: &'a Pairs, name: &'static str) -> Result<&'a str, S3FormatError> {
    pairs.get(name).map(String::as_str).ok_or(S3FormatError::Missing(name))
}

fn bytes(pairs: &Pairs, name: &'static str) -> Result<Vec<u8>, S3FormatError> {
    let decoded = STANDARD.decode(value(pairs, name)?);
    decoded.map_err(|_| S3FormatError::Malformed { name, what: "is not Base64" })
}

fn array<const N: usize>(pairs: &Pairs, name: &'static str) -> Result<[u8; N], S3FormatError> {
    let bytes = bytes(pairs, name)?;
    bytes
        .try_into()
        .map_err(|_| S3FormatError::Malformed { name, what: "has another length than the format says" })
}

fn data_key(pairs: &Pairs, name: &'static str) -> Result<Vec<u8>, S3FormatError> {
    let bytes = bytes(pairs, name)?;
    if bytes.is_empty() { Err(S3FormatError::Malformed { name, what: "is empty" }) } else { Ok(bytes) }
}

/// A description that is not there is an empty one.
fn description(pairs: &Pairs, name: &'static str) -> Result<Pairs, S3FormatError> {
    pairs.get(name).map_or_else(|| Ok(Pairs::new()), |json| parse_description(name, json))
}

fn committed(pairs: &Pairs) -> Result<CommittedContent, S3FormatError> {
    let algorithm = value(pairs, names::CONTENT_V3)?;
    if algorithm != "115" {
        let value = shortened(algorithm);
        return Err(S3FormatError::UnknownAlgorithm { name: names::CONTENT_V3, value });
    }
    Ok(CommittedContent {
        message_id: array(pairs, names::MESSAGE_ID)?,
        commitment: array(pairs, names::COMMITMENT)?,
    })
}

fn envelope_v3(content: CommittedContent, pairs: &Pairs) -> Result<Envelope, S3FormatError> {
    let wrap = WrapAlgorithm::parse(Format::V3, pairs.get(names::WRAP_V3).map(String::as_str))?;
    let described = if wrap.is_kms() { names::DESCRIPTION_KMS_V3 } else { names::DESCRIPTION_RAW_V3 };
    Ok(Envelope {
        format: Format::V3,
        content: Content::Committing(content),
        wrap,
        encrypted_data_key: data_key(pairs, names::KEY_V3)?,
        description: description(pairs, described)?,
    })
}

fn envelope_v1_v2(pairs: &Pairs) -> Result<Envelope, S3FormatError> {
    let newer = pairs.contains_key(names::KEY_V2);
    let (format, key) = if newer { (Format::V2, names::KEY_V2) } else { (Format::V1, names::KEY_V1) };
    Ok(Envelope {
        format,
        content: content_v1_v2(format, pairs)?,
        wrap: WrapAlgorithm::parse(format, pairs.get(names::WRAP_V2).map(String::as_str))?,
        encrypted_data_key: data_key(pairs, key)?,
        description: description(pairs, names::DESCRIPTION_V2)?,
    })
}

fn content_v1_v2(format: Format, pairs: &Pairs) -> Result<Content, S3FormatError> {
    match (format, pairs.get(names::CONTENT_V2).map(String::as_str)) {
        (_, Some("AES/GCM/NoPadding")) => {
            if pairs.get(names::TAG_BITS).is_some_and(|bits| bits != "128") {
                return Err(S3FormatError::Malformed { name: names::TAG_BITS, what: "is not 128" });
            }
            Ok(Content::Gcm { iv: array(pairs, names::IV)? })
        }
        (_, Some("AES/CBC/PKCS5Padding")) | (Format::V1, None) => {
            Ok(Content::Cbc { iv: array(pairs, names::IV)? })
        }
        (_, None) => Err(S3FormatError::Missing(names::CONTENT_V2)),
        (_, Some(other)) => {
            let value = shortened(other);
            Err(S3FormatError::UnknownAlgorithm { name: names::CONTENT_V2, value })
        }
    }
}
