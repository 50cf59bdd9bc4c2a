//! UpdateKeyDescription.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{UpdateKeyDescription, UpdateKeyDescriptionInput};

impl Behaviour for UpdateKeyDescription {
    const ACTION: &'static str = "kms:UpdateKeyDescription";
    const PLANE: Plane = Plane::Addition;

    async fn answer(call: &Call<'_>, input: &UpdateKeyDescriptionInput) -> Result<NoOutput, Fault> {
        let key = super::changeable(call, &input.key_id, Self::ACTION, States::NotPendingDeletion)?;
        call.room()?;
        let mut record = key.key().record.clone();
        record.description.clone_from(&input.description);
        call.commit(super::change_record(key.key(), &record)?).await?;
        Ok(NoOutput)
    }
}
