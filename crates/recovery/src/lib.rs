//! Recovery that decrypts: a key pair whose private half exists as shares only, and what is encrypted to its public half
//! (`docs/recovery.md`, `reference/vault.md` section 5).
//!
//! Pure: no process, no files. The vault makes sets and takes shares in; the tool at the operator's side prints and reads
//! them. The backup file itself is `strongroom-backup`; here its file key is made.

mod backup_key;
mod field;
mod gathering;
mod pair;
mod scheme;
mod set;
mod share;
mod share_text;
#[cfg(test)]
mod vectors;

pub use backup_key::{AboutBackup, BackupKeyError, open_backup, seal_backup};
pub use gathering::{CombineError, Gathering};
pub use pair::{
    ENCAPSULATION_BYTES, Encapsulated, PUBLIC_KEY_BYTES, PublicKey, PublicKeyError, RecoveryPair, SEED_BYTES,
    Secret,
};
pub use scheme::{Scheme, SchemeError, split};
pub use set::{RecoverySet, SetError};
pub use share::{SHARE_BYTES, Share, ShareError};
pub use strongroom_backup::{PublicKeyHash, SetId};
