//! DeleteGroupPolicy: takes an inline policy away.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteGroupPolicy, DeleteGroupPolicyInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for DeleteGroupPolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteGroupPolicyInput) -> Result<NoOutput, Fault> {
        let group =
            group::authorized(call, &input.group_name, "iam:DeleteGroupPolicy", RequestFacts::default())?;
        attachments::delete_inline(call, &*group, &input.policy_name).await
    }
}
