//! GetRolePolicy: an inline policy as it was put.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetRolePolicy, GetRolePolicyInput, GetRolePolicyOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for GetRolePolicy {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetRolePolicyInput) -> Result<GetRolePolicyOutput, Fault> {
        let role = role::authorized(call, &input.role_name, "iam:GetRolePolicy", RequestFacts::default())?;
        let text = attachments::inline(&*role, &input.policy_name)?;
        Ok(GetRolePolicyOutput {
            role_name: Some(input.role_name.clone()),
            policy_name: Some(input.policy_name.clone()),
            policy_document: Some(text.clone()),
        })
    }
}
