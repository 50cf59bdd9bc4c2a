//! The AWS Encryption SDK message format, as a pure codec: bytes in, bytes out, no IO.
//!
//! Written and read here: version 2, suite 0478 (AES-256-GCM, HKDF-SHA-512, key commitment, no signature),
//! framed. Everything else is recognised and refused by name. `docs/envelope.md` describes the bytes; the
//! source is the AWS Encryption SDK specification.

mod context;
mod cursor;
mod encrypted_data_key;
mod error;
mod frame;
mod geometry;
mod header;
mod keys;
mod recipients;
mod suite;

pub use context::{CONTEXT_BYTES_MAX, Context};
pub use encrypted_data_key::EncryptedDataKey;
pub use error::MessageError;
pub use frame::FrameCipher;
pub(crate) use frame::{FINAL_MARKER, FINAL_OVERHEAD, FRAME_OVERHEAD, IvPrefix};
pub use geometry::{FrameLength, Geometry};
pub use header::{Header, HeaderLimits, NewHeader, SealedHeader};
pub use keys::{DATA_KEY_BYTES, DataKey, MESSAGE_ID_BYTES, MessageId, MessageKeys};
pub(crate) use recipients::with_recipients;
pub use suite::Suite;
