//! What the service knows: records in the store, and the compiled snapshot of them that every request reads.

mod allowance;
mod changes;
mod committer;
pub(crate) mod layout;
mod projection;
mod record;
mod snapshot;

pub(crate) use changes::{ChangeError, Changes};
pub(crate) use committer::{CommitFault, Committer};
pub(crate) use projection::{Projection, ProjectionError};
pub(crate) use record::{
    AccessKeyRecord, AccountRecord, AliasRecord, ClockRecord, CountRecord, DueRecord, KeyRecord,
    KeyringRecord, MaterialRecord, Owner, RotationKind, RotationSchedule, UserRecord,
};
pub(crate) use snapshot::{AccessKeyEntry, AliasEntry, KeyEntry, Material, Snapshot, binding};
