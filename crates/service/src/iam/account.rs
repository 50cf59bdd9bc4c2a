//! Operations on the account as a whole. Its alias is a name to be read by people: there is no sign-in page to name.

mod create_account_alias;
mod delete_account_alias;
mod get_account_authorization_details;
mod get_account_summary;
mod list_account_aliases;

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{Entry, entry};
use crate::state::{AccountRecord, Changes, layout};
use strongroom_api::iam::operation as api;

/// The operations of this family.
pub(super) const TABLE: &[Entry] = &[
    entry::<api::CreateAccountAlias>(),
    entry::<api::DeleteAccountAlias>(),
    entry::<api::GetAccountAuthorizationDetails>(),
    entry::<api::GetAccountSummary>(),
    entry::<api::ListAccountAliases>(),
];

/// The account's alias, if it has one.
fn alias<'a>(call: &'a Call<'_>) -> Option<&'a String> {
    call.snapshot.account(call.account())?.record.alias.as_ref()
}

/// The change of the account's record, resting on it as it was read.
fn change(call: &Call<'_>, edit: impl FnOnce(&mut AccountRecord)) -> Result<Changes, Fault> {
    let found = call.snapshot.account(call.account()).ok_or(Fault::Internal("The account is gone."))?;
    let mut record = found.record.clone();
    edit(&mut record);
    let place = || layout::account(call.account());
    let mut changes = Changes::new();
    let built = changes.unchanged(place(), found.revision).and_then(|changes| changes.put(place(), &record));
    built.map_err(change_fault)?;
    Ok(changes)
}
