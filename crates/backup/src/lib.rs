//! The backup file: one encrypted stream of a store's records, made while the service runs (`docs/recovery.md`).
//!
//! Pure: it writes to [`std::io::Write`], reads from [`std::io::Read`] and opens nothing itself. The keys inside a
//! backup stay wrapped; the file key, which the vault makes, opens metadata only. So the process that faces the network
//! may write backups, and this crate knows neither recovery keys nor derivation.

mod chunk;
mod chunk_reader;
mod chunk_writer;
mod cursor;
mod error;
mod file_key;
mod header;
mod ids;
mod item;
mod item_codec;
mod ledger;
mod reader;
#[cfg(test)]
mod samples;
mod writer;

pub use chunk::{CHUNK_BYTES, TAG_BYTES};
pub use chunk_reader::ChunkReader;
pub use chunk_writer::ChunkWriter;
pub use error::{BackupError, ContentError};
pub use file_key::{FILE_KEY_BYTES, FileKey};
pub use header::{COMMITMENT_BYTES, ENCAPSULATION_BYTES, HEADER_BYTES, Header, SealedHeader, VERSION};
pub use ids::{PublicKeyHash, SetId};
pub use item::{AuditCheckpoint, Item, Manifest, Record, Sample, StoreFormat, Summary};
pub use reader::{BackupReader, Expected};
pub use writer::BackupWriter;
