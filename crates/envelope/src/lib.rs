//! Envelope encryption: a document is sealed with a data key of its own, the wrapped data key travels in the header.
//!
//! [`message`] is the format, [`keyring`] where data keys come from, [`materials`] who decides what a message is sealed
//! with, [`seal()`] and [`open()`] the streaming pipelines, [`Input`] and [`Output`] their ends: files appear only when
//! they are whole. [`seal_bytes`] and [`open_bytes`], [`seal_many`] and [`open_many`] are for small values in memory,
//! [`column`] is for those of a database's columns.
//!
//! Everything here waits: for KMS, for S3, for files. In an async program call it from `tokio::task::spawn_blocking`; on a
//! thread that drives other tasks it works too and holds them up.
//!
//! [`s3`] is the formats of the S3 Encryption Clients, [`s3_store`] what seals into and opens from a bucket.

pub mod column;
pub mod keyring;
pub mod materials;
pub mod message;
pub mod s3;
pub mod s3_store;

mod attributes;
mod call_runtime;
mod causes;
mod durable;
mod error;
mod file_identity;
mod held_folder;
mod input;
mod many;
mod naming;
mod output;
mod rsa_pem;
mod sdk_config;
mod small;
mod stream;
mod temporary;

pub use durable::sync_folder;
pub use error::EnvelopeError;
pub use held_folder::{hold_folder, remove_empty_folder};
pub use input::Input;
pub use many::{open_many, seal_many};
pub use output::{Output, StagedFile};
pub use small::{OpenedBytes, open_bytes, seal_bytes};
pub use stream::{
    DocumentRange, OpenOptions, Opened, OpenedRange, Progress, Recipients, Resealed, ResumableOptions,
    Rewrapped, SealOptions, Sealed, SealedResumably, default_threads, forget_sealed, is_sealed, open,
    open_range, open_with, read_header, reseal, resign, rewrap_header, seal, seal_resumable, seal_with,
};
#[doc(hidden)]
pub use stream::{copy, reread_resume_state};
pub use temporary::{is_temporary_name, remove_temporary_files_on_signals};

#[cfg(test)]
mod tests;
