//! Envelope encryption: a document is sealed with a data key of its own, the wrapped data key travels in the header.
//!
//! [`message`] is the format, [`keyring`] where data keys come from, [`seal()`] and [`open()`] the streaming
//! pipelines, [`Input`] and [`Output`] their ends: files appear only when they are whole.

pub mod keyring;
pub mod message;

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
