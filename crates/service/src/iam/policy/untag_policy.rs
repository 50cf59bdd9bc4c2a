//! UntagPolicy: takes tags from a managed policy; those that are not there are no error.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, policy};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{UntagPolicy, UntagPolicyInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for UntagPolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UntagPolicyInput) -> Result<NoOutput, Fault> {
        let keys: Vec<&str> = input.tag_keys.iter().map(String::as_str).collect();
        let facts = RequestFacts { tag_keys: &keys, ..RequestFacts::default() };
        let found = policy::changeable(call, &input.policy_arn, "iam:UntagPolicy", facts)?;
        let mut tags = found.record.tags.clone();
        tags.retain(|known, _| !keys.iter().any(|key| key.eq_ignore_ascii_case(known)));
        if tags.len() != found.record.tags.len() {
            let changes = policy::change(call, &found, |record| record.tags = tags)?;
            call.commit(changes).await?;
        }
        Ok(NoOutput)
    }
}
