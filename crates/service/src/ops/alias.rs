//! Operations on aliases.

mod create_alias;
mod delete_alias;
mod list_aliases;
mod update_alias;

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::lifecycle::rest_on_policy;
use crate::selector::Forms;
use crate::state::{Changes, KeyEntry, layout};
use crate::usable::{States, Usable};
use strongroom_types::{AliasArn, AliasName};

/// An alias name as Create-, Update- and DeleteAlias take it, completed with the caller's account and Region.
fn own_alias(call: &Call<'_>, name: &str) -> Result<AliasArn, Fault> {
    if !name.starts_with("alias/") {
        let text = "Alias must start with the prefix \"alias/\". Please see \
                    https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
        return Err(Fault::Invalid(text.to_owned()));
    }
    let alias = AliasName::parse(name).map_err(|_| Fault::InvalidAliasName)?;
    if alias.is_reserved() {
        return Err(Fault::ReservedAlias);
    }
    Ok(AliasArn { region: call.region().clone(), account: call.account().clone(), alias })
}

/// The key that an alias is to point at.
fn target(call: &Call<'_>, key_id: &str, action: &'static str) -> Result<Usable, Fault> {
    if key_id.starts_with("alias/") || key_id.contains(":alias/") {
        return Err(Fault::Invalid("Aliases must refer to keys. Not aliases".to_owned()));
    }
    let located = call.locate(key_id, Forms::IdOrArn, action)?;
    call.authorize(located, action)?.usable(States::NotPendingDeletion)
}

/// The change rests on the key as it was read, its state and its policy, and writes its record anew as it is: whoever decided
/// by the key's aliases (`kms:ResourceAliases`, their number) and has not committed yet has to look again.
fn renew_key(changes: &mut Changes, key: &KeyEntry) -> Result<(), Fault> {
    changes.unchanged(layout::key(&key.arn), key.revision).map_err(change_fault)?;
    changes.put(layout::key(&key.arn), &key.record).map_err(change_fault)?;
    rest_on_policy(changes, key)
}
