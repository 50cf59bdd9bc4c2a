//! AttachRolePolicy: a managed policy speaks for a role from now on.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{AttachRolePolicy, AttachRolePolicyInput};

impl QueryBehaviour for AttachRolePolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &AttachRolePolicyInput) -> Result<NoOutput, Fault> {
        let role =
            role::authorized_within(call, &input.role_name, "iam:AttachRolePolicy", Some(&input.policy_arn))?;
        attachments::attach(call, &*role, &input.policy_arn).await
    }
}
