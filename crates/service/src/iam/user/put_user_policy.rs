//! PutUserPolicy: an inline policy of a user.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, user};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{PutUserPolicy, PutUserPolicyInput};

impl QueryBehaviour for PutUserPolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &PutUserPolicyInput) -> Result<NoOutput, Fault> {
        let user = user::authorized_within(call, &input.user_name, "iam:PutUserPolicy", None)?;
        attachments::put_inline(call, &*user, &input.policy_name, &input.policy_document).await
    }
}
