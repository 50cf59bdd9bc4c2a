//! DeleteUserPolicy: takes an inline policy away.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeleteUserPolicy, DeleteUserPolicyInput};

impl QueryBehaviour for DeleteUserPolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeleteUserPolicyInput) -> Result<NoOutput, Fault> {
        let user = user::authorized_within(call, &input.user_name, "iam:DeleteUserPolicy", None)?;
        attachments::delete_inline(call, &*user, &input.policy_name).await
    }
}
