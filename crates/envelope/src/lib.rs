//! Envelope encryption: a document is sealed with a data key of its own, the wrapped data key travels in the header.
//!
//! [`message`] is the format, [`keyring`] where data keys come from, [`seal()`] and [`open()`] the streaming
//! pipelines, [`output`] how files appear only when they are whole.

pub mod keyring;
pub mod message;

mod error;
pub use error::EnvelopeError;
