//! RotateKeyOnDemand: a fresh backing key now; what was encrypted before still opens.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, lifecycle};
use crate::state::{RotationKind, layout};
use crate::usable::States;
use strongroom_api::operation::{RotateKeyOnDemand, RotateKeyOnDemandInput, RotateKeyOnDemandOutput};

/// How often a key may be rotated on demand, for life.
const ROTATIONS_MAX: u32 = 25;

/// How long before an automatic rotation none is done on demand.
const BEFORE_AUTOMATIC_MS: u64 = 20 * 60_000;

impl Behaviour for RotateKeyOnDemand {
    const ACTION: &'static str = "kms:RotateKeyOnDemand";
    const PLANE: Plane = Plane::Addition;

    async fn answer(
        call: &Call<'_>,
        input: &RotateKeyOnDemandInput,
    ) -> Result<RotateKeyOnDemandOutput, Fault> {
        let key = lifecycle::changeable(call, &input.key_id, Self::ACTION, States::EnabledOrUnavailable)?;
        super::rotatable(key.key())?;
        if key.key().record.on_demand_rotations >= ROTATIONS_MAX {
            return Err(Fault::Limit(format!(
                "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can \
                 be performed for this key: {}",
                key.arn()
            )));
        }
        call.room()?;
        let next = key.key().record.rotation.map(|rotation| rotation.next_ms);
        if next.is_some_and(|next_ms| next_ms <= call.now.millis().saturating_add(BEFORE_AUTOMATIC_MS)) {
            return Err(Fault::RotationDue);
        }
        let (mut record, material) =
            super::next_material(call.vault(), key.key(), RotationKind::OnDemand, call.now).await?;
        record.on_demand_rotations += 1;
        let mut changes = lifecycle::change_record(key.key(), &record)?;
        changes.put(layout::material(&key.key().arn, record.current), &material).map_err(change_fault)?;
        changes.under_keyring(&call.snapshot).map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(RotateKeyOnDemandOutput { key_id: Some(key.arn()) })
    }
}
