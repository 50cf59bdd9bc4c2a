//! AttachGroupPolicy: a managed policy speaks for a group from now on.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, group};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{AttachGroupPolicy, AttachGroupPolicyInput};
use strongroom_policy::{IamFacts, RequestFacts};

impl QueryBehaviour for AttachGroupPolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &AttachGroupPolicyInput) -> Result<NoOutput, Fault> {
        let iam = IamFacts { policy_arn: Some(&input.policy_arn), ..IamFacts::default() };
        let facts = RequestFacts { iam, ..RequestFacts::default() };
        let group = group::authorized(call, &input.group_name, "iam:AttachGroupPolicy", facts)?;
        attachments::attach(call, &*group, &input.policy_arn).await
    }
}
