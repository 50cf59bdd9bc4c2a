//! Another key for an object whose data key is in an instruction file: only that small file is written again.
//!
//! Nothing of the object is authenticated over the wrapped data key, so unlike the header of a message this costs
//! nothing: content, commitment and tag stay as they are. Whoever could open the object could have kept its data key.

use super::error::StoreError;
use super::objects::WriteIf;
use super::session::Session;
use super::url::ObjectUrl;
use crate::error::EnvelopeError;
use crate::s3::{
    Content, Envelope, Found, Pairs, Placement, Reading, S3FormatError, WrapAlgorithm, WrappingKey,
    check_commitment, parse_instruction_file, parse_object,
};

/// What to rewrap.
#[derive(Clone, Copy)]
pub struct RewrapInstructionFile<'a> {
    /// The object.
    pub url: &'a ObjectUrl,
    /// Unwraps the data key.
    pub old: &'a WrappingKey,
    /// Wraps it anew.
    pub new: &'a WrappingKey,
    /// The encryption context that was given when the object was sealed.
    pub context: &'a Pairs,
    /// The encryption context of the new wrap; with KMS only.
    pub new_context: &'a Pairs,
    /// What is read.
    pub reading: Reading,
    /// What is behind the object's key for its instruction file.
    pub instruction_suffix: &'a str,
}

/// What was rewrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rewrapped {
    /// How the data key was wrapped.
    pub from: WrapAlgorithm,
    /// How it is wrapped now.
    pub to: WrapAlgorithm,
}

/// Writes the instruction file again, if nobody else wrote it meanwhile. An object with its data key in its metadata is
/// refused, and V1 is.
pub fn rewrap_instruction_file(
    session: &Session,
    options: RewrapInstructionFile<'_>,
) -> Result<Rewrapped, EnvelopeError> {
    let head = session.head(options.url)?;
    let found = parse_object(&head.metadata)?;
    if matches!(found, Found::Whole(_)) {
        return Err(StoreError::KeyOnObject(options.url.to_string()).into());
    }
    let (json, e_tag) = session.instruction_file(options.url, options.instruction_suffix, &found)?;
    let old = parse_instruction_file(found, &json)?;
    options.reading.allows(old.format, &old.content)?;
    let key = options.old.unwrap(&old, options.context, options.reading.legacy)?;
    if let Content::Committing(content) = &old.content {
        check_commitment(content, &key)?;
    }
    let wrapped = options.new.wrap_anew(&key, &old, options.new_context)?;
    drop(key);
    let rewrapped = Rewrapped { from: old.wrap, to: wrapped.algorithm };
    let new = Envelope {
        wrap: wrapped.algorithm,
        encrypted_data_key: wrapped.encrypted_data_key,
        description: wrapped.description,
        ..old
    };
    let json = new
        .write(Placement::InstructionFile)?
        .instruction_file
        .ok_or(S3FormatError::InstructionFile("was not written"))?;
    let condition = e_tag.as_deref().map_or(WriteIf::Always, WriteIf::Unchanged);
    let file = options.url.with_suffix(options.instruction_suffix);
    session.put_instruction_file(&file, json.into_bytes(), condition)?;
    Ok(rewrapped)
}
