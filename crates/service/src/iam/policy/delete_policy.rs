//! DeletePolicy: once nobody uses it and only the version in force is left.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::policy_usage::usage;
use crate::iam::{QueryBehaviour, policy, user};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, ManagedPolicyEntry};
use strongroom_api::NoOutput;
use strongroom_api::iam::operation::{DeletePolicy, DeletePolicyInput};
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::RequestFacts;

impl QueryBehaviour for DeletePolicy {
    const PLANE: Plane = Plane::Change;

    async fn answer(call: &Call<'_>, input: &DeletePolicyInput) -> Result<NoOutput, Fault> {
        let found = policy::changeable(call, &input.policy_arn, "iam:DeletePolicy", RequestFacts::default())?;
        unused(call, &found)?;
        let place = || layout::iam(call.account(), IamKind::Policy, &found.name);
        let mut changes = Changes::new();
        let built = changes.unchanged(place(), found.revision).and_then(|changes| changes.delete(place()));
        built.map_err(change_fault)?;
        // Whoever it is attached to meanwhile writes its own record only.
        user::names_as_read(call, &mut changes)?;
        call.commit(changes).await?;
        Ok(NoOutput)
    }
}

fn unused(call: &Call<'_>, policy: &ManagedPolicyEntry) -> Result<(), Fault> {
    let conflict = |text: &str| Err(Fault::Query(QueryErrorCode::DeleteConflict, text.to_owned()));
    if usage(call).contains_key(&**policy.arn()) {
        return conflict("Cannot delete a policy attached to entities.");
    }
    if policy.record.versions.len() > 1 {
        return conflict(
            "This policy has more than one version. Before you delete a policy, you must delete the policy's \
             versions. The default version is deleted with the policy.",
        );
    }
    Ok(())
}
