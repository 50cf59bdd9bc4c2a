//! The formats of the Amazon S3 Encryption Clients, as a pure codec: metadata, keys and content in, bytes out, no IO.
//!
//! An object is `ciphertext || tag(16)`; everything else stands in its user metadata or in an instruction file.
//! Three formats are read: V3 (suite 0073, key commitment), V2 (suite 0072, AES-GCM) and V1; V3 and V2 are written.
//! `docs/s3.md` has the bytes; the source is the S3 Encryption Client specification.
//!
//! [`Found`] is what an object's metadata says, [`Envelope`] all that is needed to open it, [`WrappingKey`] who wraps
//! data keys, [`ContentSealer`] and [`ContentOpener`] the content in pieces.

mod cbc;
mod content;
mod description;
mod error;
mod metadata;
mod names;
mod policy;
mod range;
mod rfc2047;
mod wrap;
mod wrapping;
mod write;

pub(crate) use content::check_commitment;
pub use content::{Content, ContentKey, ContentOpener, ContentSealer, Format};
pub use description::{Pairs, description_json, parse_description};
pub use error::S3FormatError;
pub use metadata::{CommittedContent, Envelope, Found, parse_instruction_file, parse_object};
pub use names::{INSTRUCTION_FILE_MARK, INSTRUCTION_FILE_SUFFIX};
pub use policy::{CommitmentPolicy, Reading};
pub use range::{PlaintextRange, RangeCipher};
pub use rfc2047::decode_metadata_value;
pub use wrap::WrapAlgorithm;
pub use wrapping::{
    AesWrappingKey, KmsWrapCalls, KmsWrappingKey, MayUnwrap, RsaWrappingKey, Wrapped, WrappingKey,
};
pub use write::{METADATA_BYTES_MAX, Placement, Written};

#[cfg(test)]
mod tests;
