//! AttachRolePolicy: a managed policy speaks for a role from now on.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{AttachRolePolicy, AttachRolePolicyInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for AttachRolePolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &AttachRolePolicyInput) -> Result<NoOutput, Fault> {
        let role = role::authorized(call, &input.role_name, "iam:AttachRolePolicy", RequestFacts::default())?;
        attachments::attach(call, &*role, &input.policy_arn).await
    }
}
