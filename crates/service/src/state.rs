//! What the service knows: records in the store, and the compiled snapshot of them that every request reads.

mod allowance;
mod apply;
mod changes;
mod committer;
mod directory;
mod grants;
mod hashed;
mod key_entry;
mod key_policies;
mod key_store;
pub(crate) mod layout;
mod projection;
mod record;
mod snapshot;

pub(crate) use allowance::Taken;
pub(crate) use changes::{ChangeError, Changes};
pub(crate) use committer::{CommitFault, Committer};
pub(crate) use directory::*;
pub(crate) use grants::GrantEntry;
pub(crate) use key_entry::{KeyEntry, Material, binding};
pub(crate) use key_store::{KeyStoreEntry, KeyStorePlace};
pub(crate) use projection::{Projection, ProjectionError};
pub(crate) use record::{
    AccountRecord, AliasRecord, BirthRecord, ClockRecord, Connection, ConnectionError, CountRecord,
    DueRecord, GoneAccountRecord, GrantRecord, KeyPolicyRecord, KeyRecord, KeyStoreRecord, KeyUseRecord,
    KeyringRecord, MaterialRecord, PrincipalName, RestoredRecord, RotationKind, RotationSchedule, UseRecord,
};
pub(crate) use snapshot::{AliasEntry, NotedBirth, RestoredMark, Snapshot};
