//! GetKeyRotationStatus: in every state; a key that waits for deletion is not rotated.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use strongroom_api::Time;
use strongroom_api::operation::{
    GetKeyRotationStatus, GetKeyRotationStatusInput, GetKeyRotationStatusOutput,
};
use strongroom_types::{KeyState, Timestamp};

impl Behaviour for GetKeyRotationStatus {
    const ACTION: &'static str = "kms:GetKeyRotationStatus";
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &GetKeyRotationStatusInput,
    ) -> Result<GetKeyRotationStatusOutput, Fault> {
        let key = super::readable_anywhere(call, &input.key_id, Self::ACTION)?;
        super::rotatable(&key)?;
        let rotation = key.record.rotation.filter(|_| key.record.state != KeyState::PendingDeletion);
        Ok(GetKeyRotationStatusOutput {
            key_id: Some(key.arn.to_string()),
            key_rotation_enabled: Some(rotation.is_some()),
            rotation_period_in_days: rotation.map(|r| i64::from(r.period_days)),
            next_rotation_date: rotation.map(|r| Time(Timestamp::from_millis(r.next_ms))),
            on_demand_rotation_start_date: None,
        })
    }
}
