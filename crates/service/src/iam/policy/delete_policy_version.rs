//! DeletePolicyVersion: any version but the one in force.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{QueryBehaviour, policy};
use crate::ops::Plane;
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeletePolicyVersion, DeletePolicyVersionInput};
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::RequestFacts;

impl QueryBehaviour for DeletePolicyVersion {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeletePolicyVersionInput) -> Result<NoOutput, Fault> {
        let action = "iam:DeletePolicyVersion";
        let found = policy::changeable(call, &input.policy_arn, action, RequestFacts::default())?;
        let number = policy::version_number(&found, &input.version_id)?;
        if number == found.record.default_version {
            let text = "Cannot delete the default version of a policy.";
            return Err(Fault::Query(QueryErrorCode::DeleteConflict, text.to_owned()));
        }
        let changes = policy::change(call, &found, |record| {
            record.versions.remove(&number);
            record.updated_ms = call.now.millis();
        })?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}
