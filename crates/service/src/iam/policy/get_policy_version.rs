//! GetPolicyVersion: one version with its document.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::managed_policy::version_id;
use crate::iam::{QueryBehaviour, policy};
use crate::ops::Plane;
use strongroom_api::iam::operation::{GetPolicyVersion, GetPolicyVersionInput, GetPolicyVersionOutput};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for GetPolicyVersion {
    const PLANE: Plane = Plane::Read;

    async fn answer(call: &Call<'_>, input: &GetPolicyVersionInput) -> Result<GetPolicyVersionOutput, Fault> {
        let action = "iam:GetPolicyVersion";
        let found = policy::authorized(call, &input.policy_arn, action, RequestFacts::default())?;
        let mut versions = found.versions(true).into_iter();
        let version = versions.find(|(number, _)| version_id(*number) == input.version_id);
        let (_, version) =
            version.ok_or_else(|| policy::no_such_version(&input.policy_arn, &input.version_id))?;
        Ok(GetPolicyVersionOutput { policy_version: Some(version) })
    }
}
