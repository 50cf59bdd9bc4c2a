//! DetachRolePolicy: a managed policy speaks for a role no longer.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DetachRolePolicy, DetachRolePolicyInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for DetachRolePolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DetachRolePolicyInput) -> Result<NoOutput, Fault> {
        let role = role::authorized(call, &input.role_name, "iam:DetachRolePolicy", RequestFacts::default())?;
        attachments::detach(call, &*role, &input.policy_arn).await
    }
}
