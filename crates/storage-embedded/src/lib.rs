//! The embedded engine: one redb file, one process, one thread that commits.
//!
//! `disk` is where the bytes lie (replaced in tests), `engine` every call of redb, `overlay` a way to look into a
//! file without touching it, `committer` the commit thread, `store` the [`Store`](strongroom_storage::Store).
//! Why redb and why so: docs/on-disk-format.md.

mod committer;
mod disk;
mod engine;
mod overlay;
mod store;

pub use disk::{FileDisk, StateDisk};
pub use engine::OpenError;
pub use redb::StorageBackend;
pub use store::{EmbeddedStore, Health, Settings};
