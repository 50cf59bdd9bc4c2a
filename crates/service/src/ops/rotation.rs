//! Operations that rotate key material.

mod disable_key_rotation;
mod enable_key_rotation;
mod get_key_rotation_status;
mod list_key_rotations;
mod rotate_key_on_demand;

use crate::call::Call;
use crate::fault::Fault;
use crate::selector::Forms;
use crate::state::layout::{self, DueKind};
use crate::state::{
    ChangeError, Changes, DueRecord, KeyEntry, KeyRecord, MaterialRecord, RotationKind, binding,
};
use crate::usable::States;
use std::sync::Arc;
use strongroom_types::{KeyArn, Origin, Timestamp};
use strongroom_vault_protocol::VaultClient;

/// Only keys whose material is made in the vault are rotated: of a key in a token there is one.
fn rotatable(key: &KeyEntry) -> Result<(), Fault> {
    match key.record.origin {
        Origin::AwsKms => Ok(()),
        origin => Err(Fault::Unsupported(Some(format!(
            "{} origin is {origin} which is not valid for this operation.",
            key.arn
        )))),
    }
}

/// A fresh backing key for a KMS key, and the key's record that makes it the current one.
pub(crate) async fn next_material(
    vault: &VaultClient,
    key: &Arc<KeyEntry>,
    kind: RotationKind,
    now: Timestamp,
) -> Result<(KeyRecord, MaterialRecord), Fault> {
    rotatable(key)?;
    let made = vault.generate_backing_key(&binding(&key.arn, &key.record)).await?;
    let mut record = key.record.clone();
    record.current =
        record.current.checked_add(1).ok_or(Fault::Internal("The key was rotated too often."))?;
    let material = MaterialRecord {
        material_id: made.material_id,
        wrapped: made.record,
        created_ms: now.millis(),
        rotation: Some(kind),
        unknown: serde_json::Map::new(),
    };
    Ok((record, material))
}

/// Moves the due record of a key's automatic rotation.
pub(crate) fn reschedule(
    changes: &mut Changes,
    arn: &KeyArn,
    from_ms: Option<u64>,
    to_ms: Option<u64>,
) -> Result<(), ChangeError> {
    let due = |ms: u64| layout::due(Timestamp::from_millis(ms), DueKind::Rotate, arn);
    if let Some(from) = from_ms
        && from_ms.map(|ms| ms / 1_000) != to_ms.map(|ms| ms / 1_000)
    {
        changes.delete(due(from))?;
    }
    if let Some(to) = to_ms {
        changes.put(due(to), &DueRecord::default())?;
    }
    Ok(())
}

/// The key of a rotation operation, whatever its state.
fn readable(call: &Call<'_>, key_id: &str, action: &'static str) -> Result<Arc<KeyEntry>, Fault> {
    let located = call.locate(key_id, Forms::IdOrArn, action)?;
    Ok(call.authorize(located, action)?.usable(States::Any)?.key().clone())
}

/// The same in whatever account.
fn readable_anywhere(call: &Call<'_>, key_id: &str, action: &'static str) -> Result<Arc<KeyEntry>, Fault> {
    let located = call.locate_anywhere(key_id, Forms::IdOrArn, action)?;
    Ok(call.authorize(located, action)?.usable(States::Any)?.key().clone())
}
