//! PutGroupPolicy: an inline policy of a group.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{PutGroupPolicy, PutGroupPolicyInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for PutGroupPolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &PutGroupPolicyInput) -> Result<NoOutput, Fault> {
        let group =
            group::authorized(call, &input.group_name, "iam:PutGroupPolicy", RequestFacts::default())?;
        attachments::put_inline(call, &*group, &input.policy_name, &input.policy_document).await
    }
}
