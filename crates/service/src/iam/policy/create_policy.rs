//! CreatePolicy: a managed policy with its first version, attached to nobody.

use crate::bootstrap::policy_unique_id;
use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::managed_policy::Managed;
use crate::iam::policy_usage::Usage;
use crate::iam::{QueryBehaviour, attachments, listing, policy, user};
use crate::ops::Plane;
use crate::state::layout::{self, IamKind};
use crate::state::{Changes, ManagedPolicyRecord, Pairs, PolicyVersion, iam_arn, like};
use serde_json::json;
use std::collections::BTreeMap;
use strongroom_api::iam::operation::{CreatePolicy, CreatePolicyInput, CreatePolicyOutput};
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::IamFacts;

/// The most managed policies of an account.
const POLICIES_MAX: usize = 1_500;

impl QueryBehaviour for CreatePolicy {
    const PLANE: Plane = Plane::Addition;

    async fn answer(call: &Call<'_>, input: &CreatePolicyInput) -> Result<CreatePolicyOutput, Fault> {
        let (account, name) = (call.account(), input.policy_name.as_str());
        let arn = iam_arn(account, "policy", input.path.as_deref().unwrap_or("/"), name);
        authorize(call, input, &arn)?;
        let policies = &call.snapshot.directory.policies;
        if like(policies, account, name).is_some() {
            let text = format!("A policy called {name} already exists. Duplicate names are not allowed.");
            return Err(Fault::Query(QueryErrorCode::EntityAlreadyExists, text));
        }
        if listing::own(policies, account).count() >= POLICIES_MAX {
            return Err(attachments::quota("PoliciesPerAccount", POLICIES_MAX));
        }
        let record = new_record(call, input)?;
        call.room()?;
        let mut changes = Changes::new();
        let place = || layout::iam(account, IamKind::Policy, name);
        changes.absent(place()).and_then(|changes| changes.put(place(), &record)).map_err(change_fault)?;
        user::names_as_read(call, &mut changes)?;
        call.commit(changes).await?;
        created(call, &arn)
    }
}

/// Authority to create the policy, and to tag it.
fn authorize(call: &Call<'_>, input: &CreatePolicyInput, arn: &str) -> Result<(), Fault> {
    let actions = ["iam:CreatePolicy", "iam:TagPolicy"];
    attachments::authorize_creation(call, arn, actions, input.tags.as_deref(), IamFacts::default())
}

fn new_record(call: &Call<'_>, input: &CreatePolicyInput) -> Result<ManagedPolicyRecord, Fault> {
    policy::check_document(&input.policy_document)?;
    let now_ms = call.now.millis();
    let first = PolicyVersion { text: input.policy_document.clone(), created_ms: now_ms };
    Ok(ManagedPolicyRecord {
        unique_id: policy_unique_id(call.service.random_id()),
        created_ms: now_ms,
        updated_ms: now_ms,
        path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
        description: input.description.clone().unwrap_or_default(),
        tags: attachments::merged(&Pairs::new(), input.tags.as_deref().unwrap_or_default())?,
        default_version: 1,
        newest_version: 1,
        versions: BTreeMap::from([(1, first)]),
        unknown: serde_json::Map::new(),
    })
}

/// The policy as it is in force now.
fn created(call: &Call<'_>, arn: &str) -> Result<CreatePolicyOutput, Fault> {
    let snapshot = call.service.snapshot();
    let made = snapshot.directory.policy(arn).cloned();
    let made = made.ok_or(Fault::Internal("The policy was created and is gone."))?;
    let shown = Managed::Own(made).shown(Usage::default(), true);
    call.note_response(
        "policy",
        json!({
            "arn": shown.arn,
            "path": shown.path,
            "policyId": shown.policy_id,
            "policyName": shown.policy_name,
            "defaultVersionId": shown.default_version_id,
        }),
    );
    Ok(CreatePolicyOutput { policy: Some(shown) })
}
