//! TagPolicy: adds tags to a managed policy, or changes their values.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, policy};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{TagPolicy, TagPolicyInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for TagPolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &TagPolicyInput) -> Result<NoOutput, Fault> {
        let given = attachments::pairs(&input.tags);
        let facts = RequestFacts { tags: Some(&given), ..RequestFacts::default() };
        let found = policy::changeable(call, &input.policy_arn, "iam:TagPolicy", facts)?;
        let tags = attachments::merged(&found.record.tags, &input.tags)?;
        call.room()?;
        let changes = policy::change(call, &found, |record| record.tags = tags)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
