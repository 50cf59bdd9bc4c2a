//! Envelope encryption: a document is sealed with a data key of its own, the wrapped data key travels in the header.
//!
//! [`message`] is the format, [`keyring`] where data keys come from, [`seal()`] and [`open()`] the streaming
//! pipelines, [`Input`] and [`Output`] their ends: files appear only when they are whole. [`s3`] is the formats of the S3
//! Encryption Clients, [`s3_store`] what seals into and opens from a bucket.

pub mod keyring;
pub mod message;
pub mod s3;
pub mod s3_store;

mod attributes;
mod error;
mod input;
mod output;
mod stream;

pub use error::EnvelopeError;
pub use input::Input;
pub use output::{Output, StagedFile};
#[doc(hidden)]
pub use stream::copy;
pub use stream::{
    DocumentRange, OpenOptions, Opened, OpenedRange, Progress, Resealed, ResumableOptions, SealOptions,
    Sealed, SealedResumably, default_threads, open, open_range, read_header, reseal, seal, seal_resumable,
};

#[cfg(test)]
mod tests;
