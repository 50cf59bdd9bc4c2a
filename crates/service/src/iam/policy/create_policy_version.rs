//! CreatePolicyVersion: one more version, in force at once if it is asked for.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::managed_policy::version_id;
use crate::iam::{QueryBehaviour, policy, time};
use crate::ops::Plane;
use crate::state::PolicyVersion;
use serde_json::json;
use strongroom_api::iam::operation::{
    CreatePolicyVersion, CreatePolicyVersionInput, CreatePolicyVersionOutput,
};
use strongroom_api::iam::shape;
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::RequestFacts;

/// The most versions of a managed policy.
const VERSIONS_MAX: usize = 5;

impl QueryBehaviour for CreatePolicyVersion {
    const PLANE: Plane = Plane::Change;

    async fn answer(
        call: &Call<'_>,
        input: &CreatePolicyVersionInput,
    ) -> Result<CreatePolicyVersionOutput, Fault> {
        let action = "iam:CreatePolicyVersion";
        let found = policy::changeable(call, &input.policy_arn, action, RequestFacts::default())?;
        policy::check_document(&input.policy_document)?;
        if found.record.versions.len() >= VERSIONS_MAX {
            let text = format!(
                "A managed policy can have up to {VERSIONS_MAX} versions. Before you create a new version, you must \
                 delete an existing version."
            );
            return Err(Fault::Query(QueryErrorCode::LimitExceeded, text));
        }
        call.room()?;
        let number = found.record.newest_version.saturating_add(1);
        let in_force = input.set_as_default == Some(true);
        let changes = policy::change(call, &found, |record| {
            let text = input.policy_document.clone();
            record.versions.insert(number, PolicyVersion { text, created_ms: call.now.millis() });
            record.newest_version = number;
            record.updated_ms = call.now.millis();
            if in_force {
                record.default_version = number;
            }
        })?;
        call.commit(changes).await?;
        let id = version_id(number);
        call.note_response("policyVersion", json!({ "versionId": id, "isDefaultVersion": in_force }));
        let version = shape::PolicyVersion {
            create_date: Some(time(call.now.millis())),
            is_default_version: Some(in_force),
            version_id: Some(id),
            ..shape::PolicyVersion::default()
        };
        Ok(CreatePolicyVersionOutput { policy_version: Some(version) })
    }
}
