//! AttachUserPolicy: a managed policy speaks for a user from now on.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{AttachUserPolicy, AttachUserPolicyInput};

impl QueryBehaviour for AttachUserPolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &AttachUserPolicyInput) -> Result<NoOutput, Fault> {
        let user =
            user::authorized_within(call, &input.user_name, "iam:AttachUserPolicy", Some(&input.policy_arn))?;
        attachments::attach(call, &*user, &input.policy_arn).await
    }
}
