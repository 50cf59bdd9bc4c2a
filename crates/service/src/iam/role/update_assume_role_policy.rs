//! UpdateAssumeRolePolicy: replaces the whole trust policy; sessions that were made stay.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, attachments, role};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{UpdateAssumeRolePolicy, UpdateAssumeRolePolicyInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for UpdateAssumeRolePolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &UpdateAssumeRolePolicyInput) -> Result<NoOutput, Fault> {
        let action = "iam:UpdateAssumeRolePolicy";
        let found = role::authorized(call, &input.role_name, action, RequestFacts::default())?;
        let trust = role::bound_trust(call, &input.policy_document, Some(&*found))?;
        let changes = attachments::change(&*found, |record| record.trust = trust)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
