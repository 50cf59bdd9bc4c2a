//! GetUserPolicy: an inline policy as it was put.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetUserPolicy, GetUserPolicyInput, GetUserPolicyOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for GetUserPolicy {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetUserPolicyInput) -> Result<GetUserPolicyOutput, Fault> {
        let user = user::authorized(call, &input.user_name, "iam:GetUserPolicy", RequestFacts::default())?;
        let text = attachments::inline(&*user, &input.policy_name)?;
        Ok(GetUserPolicyOutput {
            user_name: Some(input.user_name.clone()),
            policy_name: Some(input.policy_name.clone()),
            policy_document: Some(text.clone()),
        })
    }
}
