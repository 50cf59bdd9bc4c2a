//! Objects in S3: documents sealed into a bucket and opened from it, in the formats of the S3 Encryption Clients.
//!
//! [`Session`] is the connection to S3 and KMS by the SDK's default chain. [`seal_object`] uploads in parts,
//! [`open_object`] gives nothing its name before the tag is good, [`open_object_range`] reads a part of a document
//! without that, [`rewrap_instruction_file`] changes who may open without touching the object.

mod attempts;
mod download;
mod error;
#[cfg(test)]
mod fake_s3;
mod interrupt;
mod kms;
mod last_step;
mod multipart;
mod objects;
mod range;
mod rewrap;
mod session;
#[cfg(test)]
mod tests;
mod under_way;
mod upload;
mod url;

pub use download::{OpenObject, OpenedObject, open_object};
pub use error::StoreError;
pub use range::open_object_range;
pub use rewrap::{RewrapInstructionFile, Rewrapped, rewrap_instruction_file};
pub use session::Session;
pub use upload::{SealObject, SealedObject, seal_object};
pub use url::{ObjectUrl, ObjectUrlError};
