//! EnableKeyRotation: a fresh backing key every so many days; a repeated call changes the period.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, lifecycle};
use crate::state::RotationSchedule;
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{EnableKeyRotation, EnableKeyRotationInput};
use strongroom_policy::RequestFacts;

/// The period when none is given, in days.
const PERIOD_DAYS_DEFAULT: i64 = 365;

impl Behaviour for EnableKeyRotation {
    const ACTION: &'static str = "kms:EnableKeyRotation";
    const PLANE: Plane = Plane::Addition;

    fn complete(input: &mut EnableKeyRotationInput) {
        input.rotation_period_in_days.get_or_insert(PERIOD_DAYS_DEFAULT);
    }

    async fn answer(call: &Call<'_>, input: &EnableKeyRotationInput) -> Result<NoOutput, Fault> {
        // Within 90 and 2560: the constraints of the model were checked.
        let period_days = input.rotation_period_in_days.unwrap_or(PERIOD_DAYS_DEFAULT) as u32;
        let facts = RequestFacts { rotation_period_days: Some(period_days), ..RequestFacts::default() };
        let key =
            lifecycle::changeable_by(call, &input.key_id, Self::ACTION, States::EnabledOrUnavailable, facts)?;
        super::rotatable(key.key())?;
        let mut record = key.key().record.clone();
        let before = record.rotation;
        if before.is_some_and(|rotation| rotation.period_days == period_days) {
            return Ok(NoOutput);
        }
        call.room()?;
        let next_ms = call.now.plus_days(period_days).millis();
        record.rotation = Some(RotationSchedule { period_days, next_ms });
        let mut changes = lifecycle::change_record(key.key(), &record)?;
        super::reschedule(&mut changes, &key.key().arn, before.map(|r| r.next_ms), Some(next_ms))
            .map_err(change_fault)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
