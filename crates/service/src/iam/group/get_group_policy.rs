//! GetGroupPolicy: an inline policy as it was put.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetGroupPolicy, GetGroupPolicyInput, GetGroupPolicyOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for GetGroupPolicy {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetGroupPolicyInput) -> Result<GetGroupPolicyOutput, Fault> {
        let group =
            group::authorized(call, &input.group_name, "iam:GetGroupPolicy", RequestFacts::default())?;
        let text = attachments::inline(&*group, &input.policy_name)?;
        Ok(GetGroupPolicyOutput {
            group_name: Some(input.group_name.clone()),
            policy_name: Some(input.policy_name.clone()),
            policy_document: Some(text.clone()),
        })
    }
}
