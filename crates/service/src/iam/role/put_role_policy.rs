//! PutRolePolicy: an inline policy of a role.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{PutRolePolicy, PutRolePolicyInput};

impl QueryBehaviour for PutRolePolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &PutRolePolicyInput) -> Result<NoOutput, Fault> {
        let role = role::authorized_within(call, &input.role_name, "iam:PutRolePolicy", None)?;
        attachments::put_inline(call, &*role, &input.policy_name, &input.policy_document).await
    }
}
