//! Writing: an envelope as pairs of metadata, on the object or in an instruction file.

use super::content::{Content, Format};
use super::description::{Pairs, description_json};
use super::error::S3FormatError;
use super::metadata::Envelope;
use super::names;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The most user metadata that S3 takes, names and values together, in bytes.
pub const METADATA_BYTES_MAX: usize = 2048;

/// Where the data key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// Into the object's metadata.
    Object,
    /// Into an instruction file.
    InstructionFile,
}

/// An envelope, written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The object's user metadata, names without `x-amz-meta-`.
    pub object: Pairs,
    /// The instruction file's content, JSON.
    pub instruction_file: Option<String>,
}

impl Envelope {
    /// Writes V2 or V3.
    ///
    /// # Errors
    ///
    /// [`S3FormatError::MetadataTooLong`] if S3 would not take the metadata.
    pub fn write(&self, placement: Placement) -> Result<Written, S3FormatError> {
        let (content, key) = (self.content_pairs(), self.key_pairs());
        let written = match (placement, self.format) {
            (Placement::Object, _) => {
                Written { object: content.into_iter().chain(key).collect(), instruction_file: None }
            }
            // V3 keeps on the object what belongs to the content.
            (Placement::InstructionFile, Format::V3) => {
                Written { object: content, instruction_file: Some(description_json(&key)) }
            }
            (Placement::InstructionFile, Format::V1 | Format::V2) => {
                let all = content.into_iter().chain(key).collect();
                Written { object: Pairs::new(), instruction_file: Some(description_json(&all)) }
            }
        };
        let bytes: usize = written.object.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > METADATA_BYTES_MAX { Err(S3FormatError::MetadataTooLong(bytes)) } else { Ok(written) }
    }

    fn content_pairs(&self) -> Pairs {
        let algorithm = self.content.algorithm().to_owned();
        let pair = |name: &str, value: String| (name.to_owned(), value);
        match &self.content {
            Content::Committing(content) => Pairs::from([
                pair(names::CONTENT_V3, algorithm),
                pair(names::COMMITMENT, STANDARD.encode(content.commitment)),
                pair(names::MESSAGE_ID, STANDARD.encode(content.message_id)),
            ]),
            Content::Gcm { iv } => Pairs::from([
                pair(names::CONTENT_V2, algorithm),
                pair(names::IV, STANDARD.encode(iv)),
                pair(names::TAG_BITS, "128".to_owned()),
            ]),
            Content::Cbc { iv } => {
                Pairs::from([pair(names::CONTENT_V2, algorithm), pair(names::IV, STANDARD.encode(iv))])
            }
        }
    }

    fn key_pairs(&self) -> Pairs {
        let (key, wrap, description) = match self.format {
            Format::V1 => (names::KEY_V1, names::WRAP_V2, names::DESCRIPTION_V2),
            Format::V2 => (names::KEY_V2, names::WRAP_V2, names::DESCRIPTION_V2),
            Format::V3 if self.wrap.is_kms() => (names::KEY_V3, names::WRAP_V3, names::DESCRIPTION_KMS_V3),
            Format::V3 => (names::KEY_V3, names::WRAP_V3, names::DESCRIPTION_RAW_V3),
        };
        let pair = |name: &str, value: String| (name.to_owned(), value);
        Pairs::from([
            pair(key, STANDARD.encode(&self.encrypted_data_key)),
            pair(wrap, self.wrap.name_in(self.format).to_owned()),
            pair(description, description_json(&self.description)),
        ])
    }
}
