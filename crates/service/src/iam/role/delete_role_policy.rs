//! DeleteRolePolicy: takes an inline policy away.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteRolePolicy, DeleteRolePolicyInput};

impl QueryBehaviour for DeleteRolePolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteRolePolicyInput) -> Result<NoOutput, Fault> {
        let role = role::authorized_within(call, &input.role_name, "iam:DeleteRolePolicy", None)?;
        attachments::delete_inline(call, &*role, &input.policy_name).await
    }
}
