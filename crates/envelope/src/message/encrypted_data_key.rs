//! One entry of the header's list of wrapped data keys.

use super::cursor::{Cursor, put_field};
use super::error::MessageError;

/// A wrapped copy of the data key: who can unwrap it, with which key, and the blob. Not secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EncryptedDataKey {
    /// `aws-kms`, or the namespace of a raw keyring.
    pub provider: String,
    /// For `aws-kms` the key ARN; else what the provider needs to find its key.
    pub info: Vec<u8>,
    /// The wrapped data key, opaque here.
    pub blob: Vec<u8>,
}

impl EncryptedDataKey {
    pub(super) fn parse(cursor: &mut Cursor<'_>, index: usize) -> Result<Self, MessageError> {
        let provider =
            String::from_utf8(cursor.field()?.to_vec()).map_err(|_| MessageError::ProviderId(index))?;
        Ok(Self { provider, info: cursor.field()?.to_vec(), blob: cursor.field()?.to_vec() })
    }

    /// How long the entry is in a header, in bytes.
    pub(super) fn bytes(&self) -> usize {
        3 * 2 + self.provider.len() + self.info.len() + self.blob.len()
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), MessageError> {
        put_field(out, self.provider.as_bytes(), "a provider id")?;
        put_field(out, &self.info, "the information of an encrypted data key")?;
        put_field(out, &self.blob, "an encrypted data key")
    }
}
