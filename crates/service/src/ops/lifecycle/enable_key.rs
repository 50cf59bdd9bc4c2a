//! EnableKey: idempotent; in force at once.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{EnableKey, EnableKeyInput};
use strongroom_types::KeyState;

impl Behaviour for EnableKey {
    const ACTION: &'static str = "kms:EnableKey";
    const PLANE: Plane = Plane::Addition;

    async fn answer(call: &Call<'_>, input: &EnableKeyInput) -> Result<NoOutput, Fault> {
        let key = super::changeable(call, &input.key_id, Self::ACTION, States::NotPendingDeletion)?;
        let mut record = key.key().record.clone();
        if record.state != KeyState::Enabled {
            call.room()?;
            record.state = KeyState::Enabled;
            call.commit(super::change_record(key.key(), &record)?).await?;
        }
        Ok(NoOutput)
    }
}
