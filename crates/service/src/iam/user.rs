//! Operations on users.

mod attach_user_policy;
mod create_user;
mod delete_login_profile;
mod delete_user;
mod delete_user_permissions_boundary;
mod delete_user_policy;
mod detach_user_policy;
mod get_login_profile;
mod get_user;
mod get_user_policy;
mod list_attached_user_policies;
mod list_groups_for_user;
mod list_service_specific_credentials;
mod list_signing_certificates;
mod list_ssh_public_keys;
mod list_user_policies;
mod list_user_tags;
mod list_users;
mod put_user_permissions_boundary;
mod put_user_policy;
mod tag_user;
mod untag_user;
mod update_user;

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::iam::{Entry, attachments, entry, no_such};
use crate::state::{Changes, UserEntry, iam_arn, layout};
use std::sync::Arc;
use strongroom_api::iam::operation as api;
use strongroom_api::iam::shape::User;
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::{IamFacts, RequestFacts};
use strongroom_types::{AccountId, PrincipalArn};

/// The operations of this family.
pub(super) const TABLE: &[Entry] = &[
    entry::<api::AttachUserPolicy>(),
    entry::<api::CreateUser>(),
    entry::<api::DeleteLoginProfile>(),
    entry::<api::DeleteUser>(),
    entry::<api::DeleteUserPermissionsBoundary>(),
    entry::<api::DeleteUserPolicy>(),
    entry::<api::DetachUserPolicy>(),
    entry::<api::GetLoginProfile>(),
    entry::<api::GetUser>(),
    entry::<api::GetUserPolicy>(),
    entry::<api::ListAttachedUserPolicies>(),
    entry::<api::ListGroupsForUser>(),
    entry::<api::ListSSHPublicKeys>(),
    entry::<api::ListServiceSpecificCredentials>(),
    entry::<api::ListSigningCertificates>(),
    entry::<api::ListUserPolicies>(),
    entry::<api::ListUserTags>(),
    entry::<api::ListUsers>(),
    entry::<api::PutUserPermissionsBoundary>(),
    entry::<api::PutUserPolicy>(),
    entry::<api::TagUser>(),
    entry::<api::UntagUser>(),
    entry::<api::UpdateUser>(),
];

/// Authority over a user, and the user. Whether there is one is said only to who may ask.
pub(super) fn authorized(
    call: &Call<'_>,
    name: &str,
    action: &'static str,
    facts: RequestFacts<'_>,
) -> Result<Arc<UserEntry>, Fault> {
    let user = call.snapshot.directory.user(call.account(), name);
    let arn = match user {
        Some(user) => user.arn().to_string(),
        None => iam_arn(call.account(), "user", "/", name),
    };
    call.authorize_resource(&arn, action, facts, user.map(|user| &user.record.tags))?;
    user.cloned().ok_or_else(|| no_such("user", name))
}

/// The same for an action that `iam:PermissionsBoundary` belongs to: the boundary is the one that the user has now.
/// `policy` is the managed policy that is attached or detached, `iam:PolicyARN`.
fn authorized_within(
    call: &Call<'_>,
    name: &str,
    action: &'static str,
    policy: Option<&str>,
) -> Result<Arc<UserEntry>, Fault> {
    let present = call.snapshot.directory.user(call.account(), name);
    let boundary = present.and_then(|user| user.record.boundary.as_deref());
    let iam = IamFacts { permissions_boundary: boundary, policy_arn: policy };
    authorized(call, name, action, RequestFacts { iam, ..RequestFacts::default() })
}

/// The name given, or the caller's own.
pub(super) fn name_or_own<'a>(call: &'a Call<'_>, name: Option<&'a String>) -> Result<&'a str, Fault> {
    let own = || call.caller.caller().username();
    name.map(String::as_str).or_else(own).ok_or_else(|| {
        Fault::Invalid("Must specify userName when calling with non-User credentials".to_owned())
    })
}

/// What is said of everybody's login profile: there is no console, and nobody has a password.
fn no_login_profile(user: &UserEntry) -> Fault {
    let text = format!("Login Profile for User {} cannot be found.", user.name);
    Fault::Query(QueryErrorCode::NoSuchEntity, text)
}

/// Refuses a name that a user has, or one that differs in case only. `but` is the user who is renamed.
fn free(call: &Call<'_>, name: &str, but: Option<&str>) -> Result<(), Fault> {
    match call.snapshot.directory.user_like(call.account(), name) {
        Some(taken) if but != Some(taken.name.as_str()) => Err(Fault::Query(
            QueryErrorCode::EntityAlreadyExists,
            format!("User with name {name} already exists."),
        )),
        _ => Ok(()),
    }
}

/// A change that rests on which names are taken, and how many.
pub(super) fn names_as_read(call: &Call<'_>, changes: &mut Changes) -> Result<(), Fault> {
    let names = layout::iam_prefix(call.account());
    changes.none_newer(names, call.snapshot.revision).map(drop).map_err(change_fault)
}

/// A user as answers show it; lists leave boundary and tags out.
pub(super) fn shown(user: &UserEntry, in_full: bool) -> User {
    let record = &user.record;
    User {
        arn: Some(user.arn().to_string()),
        create_date: Some(super::time(record.created_ms)),
        path: Some(record.path.clone()),
        user_id: Some(record.unique_id.clone()),
        user_name: Some(user.name.clone()),
        permissions_boundary: record.boundary.as_deref().filter(|_| in_full).map(super::boundary),
        tags: if in_full { attachments::shown_tags(&record.tags) } else { None },
        ..User::default()
    }
}

/// The root of an account as GetUser shows it.
pub(super) fn root(account: &AccountId) -> User {
    User {
        arn: Some(PrincipalArn::Root(account.clone()).to_string()),
        user_id: Some(account.to_string()),
        ..User::default()
    }
}
