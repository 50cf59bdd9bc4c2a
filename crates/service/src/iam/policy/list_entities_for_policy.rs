//! ListEntitiesForPolicy: the groups, roles and users that a managed policy is attached to, or is the boundary of.

use crate::call::Call;
use crate::fault::Fault;
use crate::iam::listing::{Asked, listed, own};
use crate::iam::{QueryBehaviour, policy};
use crate::ops::Plane;
use crate::state::Policies;
use strongroom_api::iam::operation::{
    ListEntitiesForPolicy, ListEntitiesForPolicyInput, ListEntitiesForPolicyOutput,
};
use strongroom_api::iam::shape::{PolicyGroup, PolicyRole, PolicyUser};
use strongroom_policy::RequestFacts;

impl QueryBehaviour for ListEntitiesForPolicy {
    const PLANE: Plane = Plane::Read;

    async fn answer(
        call: &Call<'_>,
        input: &ListEntitiesForPolicyInput,
    ) -> Result<ListEntitiesForPolicyOutput, Fault> {
        let action = "iam:ListEntitiesForPolicy";
        let found = policy::authorized(call, &input.policy_arn, action, RequestFacts::default())?;
        let text = |given: &Option<String>| given.clone().unwrap_or_default();
        let (kind, prefix) = (text(&input.entity_filter), text(&input.path_prefix));
        let usage = text(&input.policy_usage_filter);
        let asked = Asked {
            request: &["ListEntitiesForPolicy", found.arn(), &kind, &prefix, &usage],
            marker: input.marker.as_ref(),
            max_items: input.max_items,
        };
        let page = listed(call, &asked, users_of(call, input, found.arn()).into_iter())?;
        let (mut groups, mut roles, mut users) = (Vec::new(), Vec::new(), Vec::new());
        for entity in page.items {
            match entity {
                Entity::Group(group) => groups.push(group),
                Entity::Role(role) => roles.push(role),
                Entity::User(user) => users.push(user),
            }
        }
        Ok(ListEntitiesForPolicyOutput {
            policy_groups: Some(groups),
            policy_roles: Some(roles),
            policy_users: Some(users),
            is_truncated: page.is_truncated,
            marker: page.marker,
        })
    }
}

/// Who uses the policy.
enum Entity {
    Group(PolicyGroup),
    Role(PolicyRole),
    User(PolicyUser),
}

/// Whoever uses the policy and passes the request's filters, and its place in the list.
fn users_of(call: &Call<'_>, input: &ListEntitiesForPolicyInput, arn: &str) -> Vec<(String, Entity)> {
    let (directory, account) = (&call.snapshot.directory, call.account());
    let of_kind = |kind: &str| input.entity_filter.as_deref().is_none_or(|wanted| wanted == kind);
    let prefix = input.path_prefix.as_deref().unwrap_or("/");
    let wanted = |path: &str, policies: &Policies, boundary: Option<&String>| {
        path.starts_with(prefix) && uses(input.policy_usage_filter.as_deref(), arn, policies, boundary)
    };
    let groups = own(&directory.groups, account).filter(|_| of_kind("Group")).filter_map(|(name, group)| {
        let record = &group.record;
        let (group_id, group_name) = (Some(record.unique_id.clone()), Some(name.clone()));
        let shown = Entity::Group(PolicyGroup { group_id, group_name });
        wanted(&record.path, &record.policies, None).then(|| (format!("g/{name}"), shown))
    });
    let roles = own(&directory.roles, account).filter(|_| of_kind("Role")).filter_map(|(name, role)| {
        let record = &role.record;
        let (role_id, role_name) = (Some(record.unique_id.clone()), Some(name.clone()));
        let shown = Entity::Role(PolicyRole { role_id, role_name });
        wanted(&record.path, &record.policies, record.boundary.as_ref()).then(|| (format!("r/{name}"), shown))
    });
    let users = own(&directory.users, account).filter(|_| of_kind("User")).filter_map(|(name, user)| {
        let record = &user.record;
        let (user_id, user_name) = (Some(record.unique_id.clone()), Some(name.clone()));
        let shown = Entity::User(PolicyUser { user_id, user_name });
        wanted(&record.path, &record.policies, record.boundary.as_ref()).then(|| (format!("u/{name}"), shown))
    });
    groups.chain(roles).chain(users).collect()
}

/// `PolicyUsageFilter`: as a policy, as a boundary, or either.
fn uses(filter: Option<&str>, arn: &str, policies: &Policies, boundary: Option<&String>) -> bool {
    let attached = policies.attached.contains(arn) && filter != Some("PermissionsBoundary");
    let bounded = boundary.is_some_and(|boundary| boundary == arn) && filter != Some("PermissionsPolicy");
    attached || bounded
}
