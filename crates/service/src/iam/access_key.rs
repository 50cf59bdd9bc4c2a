//! Operations on access keys, of users and of the root.

mod create_access_key;
mod delete_access_key;
mod get_access_key_last_used;
mod list_access_keys;
mod update_access_key;

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{Entry, entry, user};
use crate::service::Service;
use crate::state::layout::{self, IamKind};
use crate::state::{AccessKeyEntry, AccessKeyRecord, Changes, Owner, UserEntry};
use std::sync::Arc;
use strongroom_api::iam::operation as api;
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::{CallerKind, RequestFacts};
use strongroom_types::PrincipalArn;

/// The operations of this family.
pub(super) const TABLE: &[Entry] = &[
    entry::<api::CreateAccessKey>(),
    entry::<api::DeleteAccessKey>(),
    entry::<api::GetAccessKeyLastUsed>(),
    entry::<api::ListAccessKeys>(),
    entry::<api::UpdateAccessKey>(),
];

/// Whose access keys, or MFA devices, a request is about.
pub(super) enum Whose {
    Root,
    User(Arc<UserEntry>),
}

impl Whose {
    /// The user's name; the root has none.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Root => None,
            Self::User(user) => Some(&user.name),
        }
    }

    fn owner(&self) -> Owner {
        match self {
            Self::Root => Owner::Root,
            Self::User(user) => Owner::User(user.name.clone()),
        }
    }

    /// The access keys that there are.
    fn keys<'a>(&self, call: &'a Call<'_>) -> impl Iterator<Item = &'a Arc<AccessKeyEntry>> + use<'a> {
        call.snapshot.directory.access_keys_of(call.account(), self.name())
    }
}

impl Service {
    /// Drops the secret of an access key that signs nothing any more from the vault's cache. A vault that cannot be reached
    /// has nothing cached for long.
    pub(crate) async fn forget_secret(&self, key: &AccessKeyEntry) {
        if let Err(error) = self.vault().forget(&key.record.wrapped).await {
            tracing::warn!(access_key_id = %key.id, %error, "the vault could not be told to forget a secret access key");
        }
    }
}

/// Authority over the access keys (or MFA devices) of the user named, or of the caller.
pub(super) fn authorized(
    call: &Call<'_>,
    name: Option<&String>,
    action: &'static str,
) -> Result<Whose, Fault> {
    if name.is_none() && *call.caller.caller().kind() == CallerKind::Root {
        let root = PrincipalArn::Root(call.account().clone()).to_string();
        call.authorize_resource(&root, action, RequestFacts::default(), None)?;
        return Ok(Whose::Root);
    }
    let name = user::name_or_own(call, name)?;
    user::authorized(call, name, action, RequestFacts::default()).map(Whose::User)
}

/// One access key of theirs.
fn find(call: &Call<'_>, whose: &Whose, id: &str) -> Result<Arc<AccessKeyEntry>, Fault> {
    whose.keys(call).find(|key| key.id == id).cloned().ok_or_else(|| no_such(id))
}

fn no_such(id: &str) -> Fault {
    Fault::Query(QueryErrorCode::NoSuchEntity, format!("The Access Key with id {id} cannot be found."))
}

/// `Active` or `Inactive`.
fn status(record: &AccessKeyRecord) -> String {
    let status = if record.inactive { "Inactive" } else { "Active" };
    status.to_owned()
}

/// Writes the owner's record again as it is: of two access keys (or MFA devices) that the owner gets at once, or of one and
/// the deletion of the owner, one loses.
pub(super) fn touch(call: &Call<'_>, whose: &Whose, changes: &mut Changes) -> Result<(), Fault> {
    match whose {
        Whose::User(user) => {
            let place = || layout::iam(call.account(), IamKind::User, &user.name);
            let built = changes.unchanged(place(), user.revision);
            built.and_then(|changes| changes.put(place(), &user.record)).map(drop).map_err(change_fault)
        }
        Whose::Root => {
            let account = call.snapshot.accounts().find(|(account, _)| *account == call.account());
            let (account, entry) = account.ok_or(Fault::Internal("The caller's account is gone."))?;
            let place = || layout::account(account);
            let built = changes.unchanged(place(), entry.revision);
            built.and_then(|changes| changes.put(place(), &entry.record)).map(drop).map_err(change_fault)
        }
    }
}
