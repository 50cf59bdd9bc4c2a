//! Operations on aliases.

mod create_alias;
mod delete_alias;
mod list_aliases;
mod update_alias;

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::lifecycle::rest_on_policy;
use crate::selector::Forms;
use crate::state::{AliasEntry, Changes, KeyEntry, layout};
use crate::usable::{States, Usable};
use std::sync::Arc;
use strongroom_policy::RequestFacts;
use strongroom_types::{AliasArn, AliasName, PARTITION};

/// The most aliases of one key.
const ALIASES_MAX: usize = 50;

/// The name of an alias that is to be made, completed with the caller's account and Region.
fn new_alias(call: &Call<'_>, name: &str) -> Result<AliasArn, Fault> {
    if !name.starts_with("alias/") {
        let text = "Alias must start with the prefix \"alias/\". Please see \
                    https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
        return Err(Fault::Invalid(text.to_owned()));
    }
    let alias = AliasName::parse(name).map_err(|_| Fault::InvalidAliasName)?;
    if alias.is_reserved() {
        return Err(Fault::ReservedAlias);
    }
    Ok(completed(call, alias))
}

fn completed(call: &Call<'_>, alias: AliasName) -> AliasArn {
    AliasArn { region: call.region().clone(), account: call.account().clone(), alias }
}

/// An alias that is changed or deleted, for who may do that to it. What no alias is called is refused like one that is not there.
fn existing(call: &Call<'_>, name: &str, action: &'static str) -> Result<(AliasArn, Arc<AliasEntry>), Fault> {
    let Ok(alias) = AliasName::parse(name) else {
        let arn = format!("arn:{PARTITION}:kms:{}:{}:{name}", call.region(), call.account());
        call.authorize_resource(&arn, action, RequestFacts::default(), None)?;
        return Err(Fault::NotFound(format!("Alias {arn} is not found.")));
    };
    let alias = completed(call, alias);
    call.authorize_alias(&alias, action)?;
    match call.snapshot.alias(&alias).cloned() {
        Some(entry) => Ok((alias, entry)),
        None => Err(Fault::AliasNotFound(alias)),
    }
}

/// The key that an alias is to point at.
fn target(call: &Call<'_>, key_id: &str, action: &'static str) -> Result<Usable, Fault> {
    if key_id.starts_with("alias/") || key_id.contains(":alias/") {
        return Err(Fault::Invalid("Aliases must refer to keys. Not aliases".to_owned()));
    }
    let located = call.locate(key_id, Forms::IdOrArn, action)?;
    call.authorize(located, action)?.usable(States::NotPendingDeletion)
}

/// Refuses one more alias for a key that has as many as it may.
fn within_limit(key: &KeyEntry) -> Result<(), Fault> {
    if key.aliases.len() < ALIASES_MAX {
        return Ok(());
    }
    Err(Fault::Limit(format!("The limit of {ALIASES_MAX} aliases for {} has been reached.", key.arn_text())))
}

/// The change rests on the key as it was read, its state and its policy, and writes its record anew as it is: whoever decided
/// by the key's aliases (`kms:ResourceAliases`, their number) and has not committed yet has to look again.
fn renew_key(changes: &mut Changes, key: &KeyEntry) -> Result<(), Fault> {
    changes.unchanged(layout::key(&key.arn), key.revision).map_err(change_fault)?;
    changes.put(layout::key(&key.arn), &key.record).map_err(change_fault)?;
    rest_on_policy(changes, key)
}
