//! The embedded engine: one redb file, one process, one thread that commits.
//!
//! `disk` is where the bytes lie (replaced in tests), `engine` the open redb database, `tables` what is in it, `staging`
//! how a group of batches gets there, `overlay` a way to look into a file without touching it, `committer` the commit
//! thread, `store` the [`Store`](strongroom_storage::Store).
//! Why redb and why so: docs/on-disk-format.md.

mod committer;
mod disk;
mod engine;
mod error;
mod overlay;
mod staging;
mod store;
mod tables;

pub use disk::{FileDisk, StateDisk};
pub use error::OpenError;
pub use redb::StorageBackend;
pub use store::{EmbeddedStore, Health, Settings};
