//! DisableKey: idempotent; in force at once.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{DisableKey, DisableKeyInput};
use strongroom_types::KeyState;

impl Behaviour for DisableKey {
    const ACTION: &'static str = "kms:DisableKey";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DisableKeyInput) -> Result<NoOutput, Fault> {
        let key = super::changeable(call, &input.key_id, Self::ACTION, States::NotPendingDeletion)?;
        let mut record = key.key().record.clone();
        if record.state != KeyState::Disabled {
            record.state = KeyState::Disabled;
            call.commit(super::change_record(key.key(), &record)?).await?;
            super::forget(call, key.key()).await;
        }
        Ok(NoOutput)
    }
}
