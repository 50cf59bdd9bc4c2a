//! UntagResource: removes tags; those that are not there are no error.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, lifecycle};
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{UntagResource, UntagResourceInput};

impl Behaviour for UntagResource {
    const ACTION: &'static str = "kms:UntagResource";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UntagResourceInput) -> Result<NoOutput, Fault> {
        let key = lifecycle::changeable(call, &input.key_id, Self::ACTION, States::NotPendingDeletion)?;
        let mut record = key.key().record.clone();
        record.tags.retain(|name, _| !input.tag_keys.contains(name));
        if record.tags.len() != key.key().record.tags.len() {
            call.commit(lifecycle::change_record(key.key(), &record)?).await?;
        }
        Ok(NoOutput)
    }
}
