//! The AWS Encryption SDK message format, as a pure codec: bytes in, bytes out, no IO.
//!
//! Read: all eleven suites in versions 1 and 2, with frames and without. Written: all eleven, with frames.
//! `docs/envelope.md` describes the bytes; the source is the AWS Encryption SDK specification.

mod block;
mod committing;
mod context;
mod cursor;
mod data_key;
mod encrypted_data_key;
mod error;
mod frame;
mod geometry;
mod header;
mod header_check;
mod keys;
mod message_id;
mod recipients;
mod signature;
mod suite;

pub use block::BlockCipher;
pub(crate) use block::{BLOCK_HEAD_BYTES, BLOCK_OVERHEAD};
pub use context::{CONTEXT_BYTES_MAX, Context};
pub use data_key::{DATA_KEY_BYTES, DataKey};
pub use encrypted_data_key::EncryptedDataKey;
pub use error::MessageError;
pub use frame::FrameCipher;
pub(crate) use frame::{FINAL_MARKER, FINAL_OVERHEAD, FRAME_OVERHEAD, IvPrefix};
pub use geometry::{FrameLength, Geometry};
pub(crate) use header::begins_message;
pub use header::{Content, Header, HeaderLimits, NewHeader, SealedHeader};
pub use header_check::HeaderCheck;
pub use keys::{BodyCipher, MessageKeys, Writer};
pub use message_id::MessageId;
pub(crate) use recipients::with_recipients;
pub use signature::SigningKey;
pub use suite::{CommitmentPolicy, Suite};
