//! SetDefaultPolicyVersion: which version is in force, at once and for everybody.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, policy};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{SetDefaultPolicyVersion, SetDefaultPolicyVersionInput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for SetDefaultPolicyVersion {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &SetDefaultPolicyVersionInput) -> Result<NoOutput, Fault> {
        let action = "iam:SetDefaultPolicyVersion";
        let found = policy::changeable(call, &input.policy_arn, action, RequestFacts::default())?;
        let number = policy::version_number(&found, &input.version_id)?;
        let changes = policy::change(call, &found, |record| {
            record.default_version = number;
            record.updated_ms = call.now.millis();
        })?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
