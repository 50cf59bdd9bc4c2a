//! What users, groups and roles are for `attachments`: holders of policies, and of tags and a permissions boundary.

use crate::state::layout::IamKind;
use crate::state::{GroupEntry, GroupRecord, Pairs, Policies, RoleEntry, RoleRecord, UserEntry, UserRecord};
use serde::{Serialize, de::DeserializeOwned};
use strongroom_storage::Revision;
use strongroom_types::AccountId;

/// Who can have policies: a user, a group, a role.
pub(super) trait Holder: Send + Sync {
    /// Its record in the store.
    type Record: Serialize + DeserializeOwned + Clone + Send + Sync;
    /// What it is in the store.
    const KIND: IamKind;
    /// What it is called in texts: `user`.
    const WORD: &'static str;
    /// What it is called in quotas: `User`.
    const TITLE: &'static str;
    /// The most characters of all inline policies together, white space not counted.
    const INLINE_CHARS_MAX: usize;

    fn account(&self) -> &AccountId;
    fn name(&self) -> &str;
    fn revision(&self) -> Revision;
    fn record(&self) -> &Self::Record;
    fn policies(record: &Self::Record) -> &Policies;
    fn policies_mut(record: &mut Self::Record) -> &mut Policies;
}

/// What can have tags and a permissions boundary: a user, a role.
pub(super) trait Principal: Holder {
    fn tags(record: &Self::Record) -> &Pairs;
    fn tags_mut(record: &mut Self::Record) -> &mut Pairs;
    fn boundary_mut(record: &mut Self::Record) -> &mut Option<String>;
}

/// What every entry has in fields of the same names.
macro_rules! entry_with_policies {
    () => {
        fn name(&self) -> &str {
            &self.name
        }
        fn revision(&self) -> Revision {
            self.revision
        }
        fn record(&self) -> &Self::Record {
            &self.record
        }
        fn policies(record: &Self::Record) -> &Policies {
            &record.policies
        }
        fn policies_mut(record: &mut Self::Record) -> &mut Policies {
            &mut record.policies
        }
    };
}

/// What the records of principals have in fields of the same names.
macro_rules! record_of_principal {
    () => {
        fn tags(record: &<Self as Holder>::Record) -> &Pairs {
            &record.tags
        }
        fn tags_mut(record: &mut <Self as Holder>::Record) -> &mut Pairs {
            &mut record.tags
        }
        fn boundary_mut(record: &mut <Self as Holder>::Record) -> &mut Option<String> {
            &mut record.boundary
        }
    };
}

impl Holder for UserEntry {
    type Record = UserRecord;
    const KIND: IamKind = IamKind::User;
    const WORD: &'static str = "user";
    const TITLE: &'static str = "User";
    const INLINE_CHARS_MAX: usize = 2_048;

    fn account(&self) -> &AccountId {
        self.caller.account()
    }

    entry_with_policies!();
}

impl Principal for UserEntry {
    record_of_principal!();
}

impl Holder for GroupEntry {
    type Record = GroupRecord;
    const KIND: IamKind = IamKind::Group;
    const WORD: &'static str = "group";
    const TITLE: &'static str = "Group";
    const INLINE_CHARS_MAX: usize = 5_120;

    fn account(&self) -> &AccountId {
        &self.account
    }

    entry_with_policies!();
}

impl Holder for RoleEntry {
    type Record = RoleRecord;
    const KIND: IamKind = IamKind::Role;
    const WORD: &'static str = "role";
    const TITLE: &'static str = "Role";
    const INLINE_CHARS_MAX: usize = 10_240;

    fn account(&self) -> &AccountId {
        &self.account
    }

    entry_with_policies!();
}

impl Principal for RoleEntry {
    record_of_principal!();
}
