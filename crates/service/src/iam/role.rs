//! Operations on roles.

mod attach_role_policy;
mod create_role;
mod delete_role;
mod delete_role_permissions_boundary;
mod delete_role_policy;
mod detach_role_policy;
mod get_role;
mod get_role_policy;
mod list_attached_role_policies;
mod list_instance_profiles_for_role;
mod list_role_policies;
mod list_role_tags;
mod list_roles;
mod put_role_permissions_boundary;
mod put_role_policy;
mod tag_role;
mod untag_role;
mod update_assume_role_policy;
mod update_role;
mod update_role_description;

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{Entry, attachments, entry, no_such};
use crate::state::layout::Used;
use crate::state::{BoundPolicy, RoleEntry, iam_arn};
use std::sync::Arc;
use strongroom_api::Time;
use strongroom_api::iam::operation as api;
use strongroom_api::iam::shape::{Role, RoleLastUsed};
use strongroom_policy::{DocumentKind, IamFacts, PolicyError, RequestFacts, rewrite_deleted};

/// The operations of this family.
pub(super) const TABLE: &[Entry] = &[
    entry::<api::AttachRolePolicy>(),
    entry::<api::CreateRole>(),
    entry::<api::DeleteRole>(),
    entry::<api::DeleteRolePermissionsBoundary>(),
    entry::<api::DeleteRolePolicy>(),
    entry::<api::DetachRolePolicy>(),
    entry::<api::GetRole>(),
    entry::<api::GetRolePolicy>(),
    entry::<api::ListAttachedRolePolicies>(),
    entry::<api::ListInstanceProfilesForRole>(),
    entry::<api::ListRolePolicies>(),
    entry::<api::ListRoleTags>(),
    entry::<api::ListRoles>(),
    entry::<api::PutRolePermissionsBoundary>(),
    entry::<api::PutRolePolicy>(),
    entry::<api::TagRole>(),
    entry::<api::UntagRole>(),
    entry::<api::UpdateAssumeRolePolicy>(),
    entry::<api::UpdateRole>(),
    entry::<api::UpdateRoleDescription>(),
];

/// The most characters of a trust policy, white space not counted.
const TRUST_CHARS_MAX: usize = 2_048;

/// Authority over a role, and the role. Whether there is one is said only to who may ask.
fn authorized(
    call: &Call<'_>,
    name: &str,
    action: &'static str,
    facts: RequestFacts<'_>,
) -> Result<Arc<RoleEntry>, Fault> {
    let role = call.snapshot.directory.role(call.account(), name);
    let arn = match role {
        Some(role) => role.arn().to_string(),
        None => iam_arn(call.account(), "role", "/", name),
    };
    call.authorize_resource(&arn, action, facts, role.map(|role| &role.record.tags))?;
    role.cloned().ok_or_else(|| no_such("role", name))
}

/// The same for an action that `iam:PermissionsBoundary` belongs to: the boundary is the one that the role has now.
/// `policy` is the managed policy that is attached or detached, `iam:PolicyARN`.
fn authorized_within(
    call: &Call<'_>,
    name: &str,
    action: &'static str,
    policy: Option<&str>,
) -> Result<Arc<RoleEntry>, Fault> {
    let present = call.snapshot.directory.role(call.account(), name);
    let boundary = present.and_then(|role| role.record.boundary.as_deref());
    let iam = IamFacts { permissions_boundary: boundary, policy_arn: policy };
    authorized(call, name, action, RequestFacts { iam, ..RequestFacts::default() })
}

/// Checks a trust policy that is to be put, and binds the names in it to whom they stand for now. `role` is the role as
/// it is, if it exists.
fn bound_trust(call: &Call<'_>, text: &str, role: Option<&RoleEntry>) -> Result<BoundPolicy, Fault> {
    let malformed = |error: PolicyError| Fault::Policy(error.to_string());
    let directory = &call.snapshot.directory;
    let replaced = role.map(|role| &*role.trust);
    let bound = BoundPolicy::put(DocumentKind::TrustPolicy, text, directory, replaced);
    let (policy, document) = bound.map_err(malformed)?;
    directory.refuse_unknown_accounts(&document, replaced).map_err(malformed)?;
    if attachments::characters(text) > TRUST_CHARS_MAX {
        return Err(attachments::quota("ACLSizePerRole", TRUST_CHARS_MAX));
    }
    for warning in document.warnings(None) {
        tracing::info!(request_id = %call.request_id, warning, "a trust policy says what can never apply");
    }
    Ok(policy)
}

/// The trust policy as answers show it: whoever was deleted stands in it by unique id.
pub(super) fn trust_text(call: &Call<'_>, role: &RoleEntry) -> String {
    let (text, directory) = (&role.record.trust.text, &call.snapshot.directory);
    rewrite_deleted(text, role.trust.bindings(), |arn| directory.unique_id(arn))
        .unwrap_or_else(|_| text.clone())
}

/// When sessions of a role last asked for something; empty when none ever did.
pub(super) fn last_used(call: &Call<'_>, role: &RoleEntry) -> RoleLastUsed {
    let last = call.service.last_use(&Used::Role(role.unique_id.to_string()));
    last.map_or_else(RoleLastUsed::default, |last| RoleLastUsed {
        last_used_date: Some(Time(last.at)),
        region: Some(last.region),
    })
}

/// A role as answers show it; lists leave boundary and tags out. Its last use is GetRole's to add, as with AWS.
pub(super) fn shown(call: &Call<'_>, role: &RoleEntry, in_full: bool) -> Role {
    let record = &role.record;
    Role {
        arn: Some(role.arn().to_string()),
        assume_role_policy_document: Some(trust_text(call, role)),
        create_date: Some(super::time(record.created_ms)),
        description: (!record.description.is_empty()).then(|| record.description.clone()),
        max_session_duration: Some(record.max_session_s.into()),
        path: Some(record.path.clone()),
        permissions_boundary: record.boundary.as_deref().filter(|_| in_full).map(super::boundary),
        role_id: Some(record.unique_id.clone()),
        role_name: Some(role.name.clone()),
        tags: attachments::shown_tags(&record.tags).filter(|_| in_full),
        ..Role::default()
    }
}
