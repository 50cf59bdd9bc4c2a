//! UntagResource: removes tags; those that are not there are no error.

use crate::call::Call;
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane, lifecycle};
use crate::usable::States;
use strongroom_api::NoOutput;
use strongroom_api::operation::{UntagResource, UntagResourceInput};
use strongroom_policy::RequestFacts;

impl Behaviour for UntagResource {
    const ACTION: &'static str = "kms:UntagResource";
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UntagResourceInput) -> Result<NoOutput, Fault> {
        let names: Vec<&str> = input.tag_keys.iter().map(String::as_str).collect();
        let facts = RequestFacts { tag_keys: &names, ..RequestFacts::default() };
        let states = States::NotPendingDeletion;
        let key = lifecycle::changeable_by(call, &input.key_id, Self::ACTION, states, facts)?;
        let mut record = key.key().record.clone();
        record.tags.retain(|name, _| !input.tag_keys.contains(name));
        if record.tags.len() != key.key().record.tags.len() {
            call.commit(lifecycle::change_record(key.key(), &record)?).await?;
        }
        Ok(NoOutput)
    }
}
