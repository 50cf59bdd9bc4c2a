//! Operations on managed policies: the account's own, and, to be read only, those of AWS.

mod create_policy;
mod create_policy_version;
mod delete_policy;
mod delete_policy_version;
mod get_policy;
mod get_policy_version;
mod list_entities_for_policy;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod set_default_policy_version;
mod tag_policy;
mod untag_policy;

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::managed_policy::Managed;
use crate::iam::{Entry, attachments, entry};
use crate::state::layout::{self, IamKind};
use crate::state::{AwsManaged, Changes, ManagedPolicyEntry, ManagedPolicyRecord};
use std::sync::Arc;
use strongroom_api::iam::operation as api;
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::RequestFacts;
use strongroom_types::PARTITION;

/// The operations of this family.
pub(super) const TABLE: &[Entry] = &[
    entry::<api::CreatePolicy>(),
    entry::<api::CreatePolicyVersion>(),
    entry::<api::DeletePolicy>(),
    entry::<api::DeletePolicyVersion>(),
    entry::<api::GetPolicy>(),
    entry::<api::GetPolicyVersion>(),
    entry::<api::ListEntitiesForPolicy>(),
    entry::<api::ListPolicies>(),
    entry::<api::ListPolicyTags>(),
    entry::<api::ListPolicyVersions>(),
    entry::<api::SetDefaultPolicyVersion>(),
    entry::<api::TagPolicy>(),
    entry::<api::UntagPolicy>(),
];

/// The most characters of a managed policy, white space not counted.
const POLICY_CHARS_MAX: usize = 6_144;

/// Authority over a managed policy, and the policy. Whether there is one is said only to who may ask.
fn authorized(
    call: &Call<'_>,
    arn: &str,
    action: &'static str,
    facts: RequestFacts<'_>,
) -> Result<Managed, Fault> {
    let own = own(call, arn);
    call.authorize_resource(arn, action, facts, own.map(|policy| &policy.record.tags))?;
    let found = own.cloned().map(Managed::Own).or_else(|| AwsManaged::find(arn).map(Managed::Aws));
    found.ok_or_else(|| Fault::Query(QueryErrorCode::NoSuchEntity, format!("Policy {arn} was not found.")))
}

/// Authority to change a managed policy, and the policy. Nobody changes those of AWS.
fn changeable(
    call: &Call<'_>,
    arn: &str,
    action: &'static str,
    facts: RequestFacts<'_>,
) -> Result<Arc<ManagedPolicyEntry>, Fault> {
    match authorized(call, arn, action, facts)? {
        Managed::Own(policy) => Ok(policy),
        Managed::Aws(_) => Err(Fault::Denied(format!(
            "User: {} is not authorized to perform: {action} on resource: policy {arn}",
            call.principal()
        ))),
    }
}

/// A policy of the caller's own account: the directory knows those of all accounts.
fn own<'a>(call: &'a Call<'_>, arn: &str) -> Option<&'a Arc<ManagedPolicyEntry>> {
    let own = format!("arn:{PARTITION}:iam::{}:policy/", call.account());
    call.snapshot.directory.policy(arn).filter(|_| arn.starts_with(&own))
}

/// The change of a policy's record, resting on it as it was read.
fn change(
    call: &Call<'_>,
    policy: &ManagedPolicyEntry,
    edit: impl FnOnce(&mut ManagedPolicyRecord),
) -> Result<Changes, Fault> {
    let mut record = policy.record.clone();
    edit(&mut record);
    let place = || layout::iam(call.account(), IamKind::Policy, &policy.name);
    let mut changes = Changes::new();
    let built = changes.unchanged(place(), policy.revision).and_then(|changes| changes.put(place(), &record));
    built.map_err(change_fault)?;
    Ok(changes)
}

/// Checks the document of a version that is to be.
fn check_document(text: &str) -> Result<(), Fault> {
    attachments::check_document(text)?;
    if attachments::characters(text) > POLICY_CHARS_MAX {
        return Err(attachments::quota("PolicySize", POLICY_CHARS_MAX));
    }
    Ok(())
}

/// The number of a version that the policy has.
fn version_number(policy: &ManagedPolicyEntry, version: &str) -> Result<u32, Fault> {
    let number = version.strip_prefix('v').and_then(|number| number.parse().ok());
    let known = number.filter(|number| policy.record.versions.contains_key(number));
    known.ok_or_else(|| no_such_version(policy.arn(), version))
}

fn no_such_version(arn: &str, version: &str) -> Fault {
    let text = format!("Policy {arn} version {version} does not exist or is not attachable.");
    Fault::Query(QueryErrorCode::NoSuchEntity, text)
}
