//! GetPolicy: one managed policy, without its documents.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::policy_usage::usage;
use crate::iam::{QueryBehaviour, policy};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetPolicy, GetPolicyInput, GetPolicyOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for GetPolicy {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetPolicyInput) -> Result<GetPolicyOutput, Fault> {
        let found = policy::authorized(call, &input.policy_arn, "iam:GetPolicy", RequestFacts::default())?;
        let usage = usage(call).get(found.arn()).copied().unwrap_or_default();
        Ok(GetPolicyOutput { policy: Some(found.shown(usage, true)) })
    }
}
