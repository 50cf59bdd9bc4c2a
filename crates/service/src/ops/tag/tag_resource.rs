//! TagResource: adds tags, or changes their values.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, lifecycle};
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{TagResource, TagResourceInput};
use strongroom_policy::RequestFacts;

impl Behaviour for TagResource {
    const ACTION: &'static str = "kms:TagResource";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &TagResourceInput) -> Result<NoOutput, Fault> {
        let given = super::pairs(&input.tags);
        let facts = RequestFacts { tags: Some(&given), ..RequestFacts::default() };
        let states = States::NotPendingDeletion;
        let key = lifecycle::changeable_by(call, &input.key_id, Self::ACTION, states, facts)?;
        call.room()?;
        let mut record = key.key().record.clone();
        record.tags = super::merge(record.tags, &input.tags)?;
        call.commit(lifecycle::change_record(key.key(), &record)?).await?;
        Ok(NoOutput)
    }
}
