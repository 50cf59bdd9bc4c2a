//! Operations on the life of a key.

mod cancel_key_deletion;
mod create_key;
mod disable_key;
mod enable_key;
mod schedule_key_deletion;
mod update_key_description;

use crate::call::Call;
use crate::fault::Fault;
use crate::selector::Forms;
use crate::state::{Changes, KeyEntry, KeyRecord, layout};
use crate::usable::{States, Usable};
use std::sync::Arc;
use strongroom_policy::RequestFacts;

/// A key that a change is about: located by id or ARN, authorised, in a state that allows the change.
pub(super) fn changeable(
    call: &Call<'_>,
    key_id: &str,
    action: &'static str,
    states: States,
) -> Result<Usable, Fault> {
    changeable_by(call, key_id, action, states, RequestFacts::default())
}

/// The same for a request with parameters that condition keys read.
pub(super) fn changeable_by(
    call: &Call<'_>,
    key_id: &str,
    action: &'static str,
    states: States,
    facts: RequestFacts<'_>,
) -> Result<Usable, Fault> {
    let located = call.locate(key_id, Forms::IdOrArn, action)?;
    let key = call.authorize_request(located, action, facts)?.usable(states)?;
    // Management operations without output log the key they were about.
    call.note_response("keyId", key.arn());
    Ok(key)
}

/// The same for an operation that takes a key out of use: condition keys read how long nobody has used it.
fn taken_out_of_use(
    call: &Call<'_>,
    key_id: &str,
    action: &'static str,
    facts: RequestFacts<'_>,
) -> Result<Usable, Fault> {
    let located = call.locate(key_id, Forms::IdOrArn, action)?;
    let days = call.service.days_unused(located.key(), call.now);
    let facts = RequestFacts { trailing_days_without_usage: Some(days), ..facts };
    let key = call.authorize_request(located, action, facts)?.usable(States::NotPendingDeletion)?;
    call.note_response("keyId", key.arn());
    Ok(key)
}

/// The change of a key's record, resting on the record and the policy as they were read.
pub(super) fn change_record(key: &Arc<KeyEntry>, record: &KeyRecord) -> Result<Changes, Fault> {
    let mut changes = Changes::new();
    changes.unchanged(layout::key(&key.arn), key.revision).map_err(crate::call::change_fault)?;
    rest_on_policy(&mut changes, key)?;
    changes.put(layout::key(&key.arn), record).map_err(crate::call::change_fault)?;
    Ok(changes)
}

/// The policy that authorised the caller must still be in force when the change is committed.
pub(super) fn rest_on_policy(changes: &mut Changes, key: &KeyEntry) -> Result<(), Fault> {
    let policy = layout::policy(&key.arn);
    let rested = match &key.policy_text {
        Some(text) => changes.unchanged(policy, text.revision),
        None => changes.absent(policy),
    };
    rested.map(drop).map_err(crate::call::change_fault)
}

/// Drops unwrapped material of a key from the vault's cache. The key's state is in force already; a vault that
/// cannot be reached has nothing cached for long.
pub(super) async fn forget(call: &Call<'_>, key: &KeyEntry) {
    for material in &key.materials {
        if let Err(error) = call.vault().forget(&material.record.wrapped).await {
            let request_id = call.request_id;
            tracing::warn!(%request_id, %error, "the vault could not be told to forget a key");
        }
    }
}
