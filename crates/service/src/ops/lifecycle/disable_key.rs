//! DisableKey: idempotent; in force at once.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use strongroom_api::NoOutput;
use strongroom_api::operation::{DisableKey, DisableKeyInput};
use strongroom_policy::RequestFacts;
use strongroom_types::KeyState;

impl Behaviour for DisableKey {
    const ACTION: &'static str = "kms:DisableKey";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DisableKeyInput) -> Result<NoOutput, Fault> {
        let key = super::taken_out_of_use(call, &input.key_id, Self::ACTION, RequestFacts::default())?;
        let mut record = key.key().record.clone();
        if record.state != KeyState::Disabled {
            record.state = KeyState::Disabled;
            call.commit(super::change_record(key.key(), &record)?).await?;
            super::forget(call, key.key()).await;
        }
        Ok(NoOutput)
    }
}
