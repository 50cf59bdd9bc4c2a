//! DetachRolePolicy: a managed policy speaks for a role no longer.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DetachRolePolicy, DetachRolePolicyInput};

impl QueryBehaviour for DetachRolePolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DetachRolePolicyInput) -> Result<NoOutput, Fault> {
        let role =
            role::authorized_within(call, &input.role_name, "iam:DetachRolePolicy", Some(&input.policy_arn))?;
        attachments::detach(call, &*role, &input.policy_arn).await
    }
}
