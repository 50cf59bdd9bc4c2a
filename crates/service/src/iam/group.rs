//! Operations on groups of users. Who is in a group stands in the users' records.

mod add_user_to_group;
mod attach_group_policy;
mod create_group;
mod delete_group;
mod delete_group_policy;
mod detach_group_policy;
mod get_group;
mod get_group_policy;
mod list_attached_group_policies;
mod list_group_policies;
mod list_groups;
mod put_group_policy;
mod remove_user_from_group;
mod update_group;

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::{Entry, entry, listing, no_such};
use crate::state::{GroupEntry, UserEntry, iam_arn, like};
use std::sync::Arc;
use strongroom_api::iam::operation as api;
use strongroom_api::iam::shape::Group;
use strongroom_api::query::QueryErrorCode;
use strongroom_policy::RequestFacts;

/// The operations of this family.
pub(super) const TABLE: &[Entry] = &[
    entry::<api::AddUserToGroup>(),
    entry::<api::AttachGroupPolicy>(),
    entry::<api::CreateGroup>(),
    entry::<api::DeleteGroup>(),
    entry::<api::DeleteGroupPolicy>(),
    entry::<api::DetachGroupPolicy>(),
    entry::<api::GetGroup>(),
    entry::<api::GetGroupPolicy>(),
    entry::<api::ListAttachedGroupPolicies>(),
    entry::<api::ListGroupPolicies>(),
    entry::<api::ListGroups>(),
    entry::<api::PutGroupPolicy>(),
    entry::<api::RemoveUserFromGroup>(),
    entry::<api::UpdateGroup>(),
];

/// Authority over a group, and the group. Whether there is one is said only to who may ask.
fn authorized(
    call: &Call<'_>,
    name: &str,
    action: &'static str,
    facts: RequestFacts<'_>,
) -> Result<Arc<GroupEntry>, Fault> {
    let group = call.snapshot.directory.group(call.account(), name);
    let arn = match group {
        Some(group) => group.arn(),
        None => iam_arn(call.account(), "group", "/", name),
    };
    call.authorize_resource(&arn, action, facts, None)?;
    group.cloned().ok_or_else(|| no_such("group", name))
}

/// Refuses a name that a group has, or one that differs in case only. `but` is the group that is renamed.
fn free(call: &Call<'_>, name: &str, but: Option<&str>) -> Result<(), Fault> {
    match like(&call.snapshot.directory.groups, call.account(), name) {
        Some(taken) if but != Some(taken.name.as_str()) => Err(Fault::Query(
            QueryErrorCode::EntityAlreadyExists,
            format!("Group with name {name} already exists."),
        )),
        _ => Ok(()),
    }
}

/// The users in a group, in the order of their names.
fn members<'a>(call: &'a Call<'_>, group: &'a GroupEntry) -> impl Iterator<Item = &'a Arc<UserEntry>> {
    let users = listing::own(&call.snapshot.directory.users, call.account());
    users.map(|(_, user)| user).filter(move |user| user.record.groups.contains(&group.name))
}

/// A group as answers show it.
pub(super) fn shown(group: &GroupEntry) -> Group {
    Group {
        arn: Some(group.arn()),
        create_date: Some(super::time(group.record.created_ms)),
        group_id: Some(group.record.unique_id.clone()),
        group_name: Some(group.name.clone()),
        path: Some(group.record.path.clone()),
    }
}
