//! DisableKeyRotation: idempotent.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, lifecycle};
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{DisableKeyRotation, DisableKeyRotationInput};

impl Behaviour for DisableKeyRotation {
    const ACTION: &'static str = "kms:DisableKeyRotation";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DisableKeyRotationInput) -> Result<NoOutput, Fault> {
        let key = lifecycle::changeable(call, &input.key_id, Self::ACTION, States::EnabledOrUnavailable)?;
        super::rotatable(key.key())?;
        let mut record = key.key().record.clone();
        if let Some(rotation) = record.rotation.take() {
            let mut changes = lifecycle::change_record(key.key(), &record)?;
            super::reschedule(&mut changes, &key.key().arn, Some(rotation.next_ms), None)
                .map_err(change_fault)?;
            call.commit(changes).await?;
        }
        Ok(NoOutput)
    }
}
