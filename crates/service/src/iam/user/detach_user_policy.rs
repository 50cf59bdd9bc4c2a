//! DetachUserPolicy: a managed policy speaks for a user no longer.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DetachUserPolicy, DetachUserPolicyInput};

impl QueryBehaviour for DetachUserPolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DetachUserPolicyInput) -> Result<NoOutput, Fault> {
        let user =
            user::authorized_within(call, &input.user_name, "iam:DetachUserPolicy", Some(&input.policy_arn))?;
        attachments::detach(call, &*user, &input.policy_arn).await
    }
}
