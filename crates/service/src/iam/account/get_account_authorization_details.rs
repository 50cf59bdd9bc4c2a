//! GetAccountAuthorizationDetails: users, groups, roles and policies with everything that says what they may do.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed, own};
use crate::iam::managed_policy::Managed;
use crate::iam::policy_usage::{Usage, usage};
use crate::iam::{QueryBehaviour, attachments, boundary, role, time};
use crate::ops::Plane;
use crate::state::{AWS_MANAGED, GroupEntry, Policies, RoleEntry, UserEntry};
use std::sync::Arc;
use strongroom_api::iam::operation::{
    GetAccountAuthorizationDetails, GetAccountAuthorizationDetailsInput, GetAccountAuthorizationDetailsOutput,
};
use strongroom_api::iam::shape::{
    AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail, UserDetail,
};

impl QueryBehaviour for GetAccountAuthorizationDetails {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &GetAccountAuthorizationDetailsInput,
    ) -> Result<GetAccountAuthorizationDetailsOutput, Fault> {
        call.authorize_account("iam:GetAccountAuthorizationDetails")?;
        let kinds = input.filter.clone().unwrap_or_default().join(",");
        let asked = Asked {
            request: &["GetAccountAuthorizationDetails", &kinds],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let page = listed(call, &asked, items(call, input).into_iter())?;
        let mut output = GetAccountAuthorizationDetailsOutput {
            user_detail_list: Some(Vec::new()),
            group_detail_list: Some(Vec::new()),
            role_detail_list: Some(Vec::new()),
            policies: Some(Vec::new()),
            is_truncated: page.is_truncated,
            marker: page.marker,
        };
        let usage = usage(call);
        for item in page.items {
            match item {
                Item::User(user) => output.user_detail_list.get_or_insert_default().push(user_detail(user)),
                Item::Group(group) => {
                    output.group_detail_list.get_or_insert_default().push(group_detail(group));
                }
                Item::Role(role) => {
                    output.role_detail_list.get_or_insert_default().push(role_detail(call, role));
                }
                Item::Policy(policy) => {
                    let used = usage.get(policy.arn()).copied().unwrap_or_default();
                    output.policies.get_or_insert_default().push(policy_detail(&policy, used));
                }
            }
        }
        Ok(output)
    }
}

/// What is listed.
enum Item<'a> {
    User(&'a Arc<UserEntry>),
    Group(&'a Arc<GroupEntry>),
    Role(&'a Arc<RoleEntry>),
    Policy(Managed),
}

/// Everything that the filter lets through, and its place in the list.
fn items<'a>(call: &'a Call<'_>, input: &GetAccountAuthorizationDetailsInput) -> Vec<(String, Item<'a>)> {
    let (directory, account) = (&call.snapshot.directory, call.account());
    let wanted = |kind: &str| match input.filter.as_deref() {
        None | Some([]) => true,
        Some(kinds) => kinds.iter().any(|wanted| wanted == kind),
    };
    let mut items = Vec::new();
    if wanted("User") {
        let users = own(&directory.users, account);
        items.extend(users.map(|(name, user)| (format!("1/{name}"), Item::User(user))));
    }
    if wanted("Group") {
        let groups = own(&directory.groups, account);
        items.extend(groups.map(|(name, group)| (format!("2/{name}"), Item::Group(group))));
    }
    if wanted("Role") {
        let roles = own(&directory.roles, account);
        items.extend(roles.map(|(name, role)| (format!("3/{name}"), Item::Role(role))));
    }
    if wanted("LocalManagedPolicy") {
        let policies = own(&directory.policies, account);
        let policies = policies.map(|(name, policy)| (name, Managed::Own(policy.clone())));
        items.extend(policies.map(|(name, policy)| (format!("4/{name}"), Item::Policy(policy))));
    }
    if wanted("AWSManagedPolicy") {
        let policies = AWS_MANAGED.iter().map(|policy| (policy.name, Managed::Aws(policy)));
        items.extend(policies.map(|(name, policy)| (format!("5/{name}"), Item::Policy(policy))));
    }
    items
}

fn user_detail(user: &UserEntry) -> UserDetail {
    let record = &user.record;
    UserDetail {
        arn: Some(user.arn().to_string()),
        attached_managed_policies: Some(attached(&record.policies)),
        create_date: Some(time(record.created_ms)),
        group_list: Some(record.groups.iter().cloned().collect()),
        path: Some(record.path.clone()),
        permissions_boundary: record.boundary.as_deref().map(boundary),
        tags: attachments::shown_tags(&record.tags),
        user_id: Some(record.unique_id.clone()),
        user_name: Some(user.name.clone()),
        user_policy_list: Some(inline(&record.policies)),
    }
}

fn group_detail(group: &GroupEntry) -> GroupDetail {
    let record = &group.record;
    GroupDetail {
        arn: Some(group.arn()),
        attached_managed_policies: Some(attached(&record.policies)),
        create_date: Some(time(record.created_ms)),
        group_id: Some(record.unique_id.clone()),
        group_name: Some(group.name.clone()),
        group_policy_list: Some(inline(&record.policies)),
        path: Some(record.path.clone()),
    }
}

fn role_detail(call: &Call<'_>, role: &RoleEntry) -> RoleDetail {
    let record = &role.record;
    RoleDetail {
        arn: Some(role.arn().to_string()),
        assume_role_policy_document: Some(role::trust_text(call, role)),
        attached_managed_policies: Some(attached(&record.policies)),
        create_date: Some(time(record.created_ms)),
        instance_profile_list: Some(Vec::new()),
        path: Some(record.path.clone()),
        permissions_boundary: record.boundary.as_deref().map(boundary),
        role_id: Some(record.unique_id.clone()),
        role_last_used: Some(role::last_used(call, role)),
        role_name: Some(role.name.clone()),
        role_policy_list: Some(inline(&record.policies)),
        tags: attachments::shown_tags(&record.tags),
    }
}

fn policy_detail(policy: &Managed, used: Usage) -> ManagedPolicyDetail {
    let shown = policy.shown(used, true);
    ManagedPolicyDetail {
        arn: shown.arn,
        attachment_count: shown.attachment_count,
        create_date: shown.create_date,
        default_version_id: shown.default_version_id,
        description: shown.description,
        is_attachable: shown.is_attachable,
        path: shown.path,
        permissions_boundary_usage_count: shown.permissions_boundary_usage_count,
        policy_id: shown.policy_id,
        policy_name: shown.policy_name,
        policy_version_list: Some(policy.versions(true).into_iter().map(|(_, version)| version).collect()),
        update_date: shown.update_date,
    }
}

fn attached(policies: &Policies) -> Vec<AttachedPolicy> {
    policies.attached.iter().map(|arn| attachments::attached(arn)).collect()
}

/// Inline policies with their documents.
fn inline(policies: &Policies) -> Vec<PolicyDetail> {
    let detail = |(name, text): (&String, &String)| PolicyDetail {
        policy_name: Some(name.clone()),
        policy_document: Some(text.clone()),
    };
    policies.inline.iter().map(detail).collect()
}
