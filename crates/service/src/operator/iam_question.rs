//! Hypothetical questions about things of IAM: completed with what serving reads of the user, role, policy, identity
//! provider or MFA device that is acted on, and of the role that is to be assumed.

use super::hypothetical::ASSUMING;
use super::simulate::SESSION;
use crate::state::{Directory, Pairs, iam_arn, provider_arn};
use strongroom_policy::OwnedContext;
use strongroom_types::{AccountId, PrincipalArn};

/// Actions that make something: it has no tags yet.
const MAKING: [&str; 6] = [
    "iam:CreateGroup",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:CreateVirtualMFADevice",
];

/// Actions that make or hand out something with tags, and the action on the same that these need.
const TAGGING: [(&str, &str); 7] = [
    ("iam:CreateOpenIDConnectProvider", "iam:TagOpenIDConnectProvider"),
    ("iam:CreatePolicy", "iam:TagPolicy"),
    ("iam:CreateRole", "iam:TagRole"),
    ("iam:CreateUser", "iam:TagUser"),
    ("iam:CreateVirtualMFADevice", "iam:TagMFADevice"),
    ("sts:AssumeRole", "sts:TagSession"),
    ("sts:GetFederationToken", "sts:TagSession"),
];

/// Actions on a user or role for which `iam:PermissionsBoundary` is the boundary that it has now.
const WITHIN_BOUNDARY: [&str; 10] = [
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
];

/// Completes what condition keys read of a thing by its ARN. `account` is the caller's: serving looks at no other's, except
/// at roles that are to be assumed.
pub(super) fn complete(
    context: &mut OwnedContext,
    action: &str,
    arn: &str,
    account: &AccountId,
    directory: &Directory,
) {
    if ASSUMING.contains(&action) {
        complete_assuming(context, arn, directory);
        return;
    }
    if !action.starts_with("iam:") || MAKING.contains(&action) {
        return;
    }
    let (tags, boundary) = of_thing(arn, account, directory);
    if context.resource_tags.is_none() {
        context.resource_tags = tags.cloned();
    }
    let iam = &mut context.request.iam;
    if iam.permissions_boundary.is_none() && WITHIN_BOUNDARY.contains(&action) {
        iam.permissions_boundary = boundary.map(str::to_owned);
    }
}

/// As AssumeRole asks: the session has a name, and a source identity that was set stays.
fn complete_assuming(context: &mut OwnedContext, arn: &str, directory: &Directory) {
    let role = PrincipalArn::parse(arn).ok().and_then(|arn| directory.role_at(&arn));
    if context.resource_tags.is_none() {
        context.resource_tags = role.map(|role| role.record.tags.clone());
    }
    let request = &mut context.request.assume_role;
    request.role_session_name.get_or_insert_with(|| SESSION.to_owned());
    if request.source_identity.is_none() {
        request.source_identity = context.session.source_identity.clone();
    }
}

/// What the same request has to be allowed besides: to tag, and to set the source identity of a session.
pub(super) fn not_asked(action: &str, context: &OwnedContext) -> Vec<String> {
    let tags = context.request.tags.as_ref().filter(|tags| !tags.is_empty());
    let tagging = tags.and_then(|_| TAGGING.iter().find(|(making, _)| *making == action));
    let inherited = context.session.source_identity.as_ref();
    let identity = context.request.assume_role.source_identity.as_ref().or(inherited);
    let identity = identity.filter(|_| action == "sts:AssumeRole").map(|_| "sts:SetSourceIdentity");
    let others = tagging.map(|(_, tagging)| *tagging).into_iter().chain(identity);
    others.map(|other| format!("{other} on the same resource")).collect()
}

/// The tags of a thing of an account, and the permissions boundary of a user or role.
fn of_thing<'a>(
    arn: &str,
    account: &AccountId,
    directory: &'a Directory,
) -> (Option<&'a Pairs>, Option<&'a str>) {
    let principal = PrincipalArn::parse(arn).ok().filter(|principal| principal.account() == account);
    match &principal {
        Some(named @ PrincipalArn::User(..)) => {
            let user = named.name().and_then(|name| directory.user(account, name));
            let user = user.filter(|user| user.arn() == named);
            (user.map(|user| &user.record.tags), user.and_then(|user| user.record.boundary.as_deref()))
        }
        Some(named @ PrincipalArn::Role(..)) => {
            let role = directory.role_at(named);
            (role.map(|role| &role.record.tags), role.and_then(|role| role.record.boundary.as_deref()))
        }
        _ => (tags_of_other(arn, account, directory), None),
    }
}

/// The tags of a policy, a provider or a device. Groups have none.
fn tags_of_other<'a>(arn: &str, account: &AccountId, directory: &'a Directory) -> Option<&'a Pairs> {
    let is_own_policy = arn.starts_with(&iam_arn(account, "policy", "/", ""));
    if let Some(policy) = directory.policy(arn).filter(|_| is_own_policy) {
        return Some(&policy.record.tags);
    }
    if let Some(issuer) = arn.strip_prefix(&provider_arn(account, "")) {
        return directory.provider(account, issuer).map(|provider| &provider.record.tags);
    }
    directory.mfa_device(account, arn).map(|device| &device.record.tags)
}
