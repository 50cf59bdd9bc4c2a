//! Strongroom's own constructions, thin over aws-lc-rs: derivation, committing seal, blobs, records, random bytes.
//!
//! Bytes: `docs/key-hierarchy.md`. No primitive is written here and no key is kept here: every function takes
//! its key by reference for the length of the call.

mod blob;
mod canonical;
mod committed;
mod error;
mod hsm_record;
mod kdf;
pub mod labels;
mod nonce;
mod random;
mod record;
mod service_mac;
mod token;
#[cfg(test)]
mod vectors;

pub use blob::{
    BLOB_OVERHEAD, BlobHeader, BlobKey, RemoteBlob, blob_header, open_blob, seal_blob, seal_watched_blob,
};
pub use canonical::{MapError, canonical_map};
pub use error::CryptoError;
pub use hsm_record::{HsmRecord, hsm_aad, join_hsm_record};
pub use kdf::{KEY_BYTES, derive, material_id, material_id_info};
pub use nonce::{NONCE_BYTES, NonceWatch, hedged_nonce};
pub use random::{DrbgRandom, MixedRandom, Random};
pub use record::{
    RECORD_OVERHEAD, RecordHeader, RemoteRecord, WrappingKey, open_record, record_commitment, record_header,
    seal_record,
};
pub use service_mac::{service_mac, verify_service_mac};
pub use token::{TOKEN_OVERHEAD, TokenKey, open_token, seal_token};
