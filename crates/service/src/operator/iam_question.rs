//! Hypothetical questions about things of IAM: what kind of thing an action is asked of, and what serving reads of the
//! user, role, policy, identity provider or MFA device that is acted on, and of the role that is to be assumed.

use super::OperatorError;
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

/// A kind of thing: the service in its ARN, and how that goes on behind the account, to the end unless that is a `/`.
type Kind = (&'static str, &'static str);

const ROOT: Kind = ("iam", "root");
const USER: Kind = ("iam", "user/");
const GROUP: Kind = ("iam", "group/");
const ROLE: Kind = ("iam", "role/");
const POLICY: Kind = ("iam", "policy/");
const PROVIDER: Kind = ("iam", "oidc-provider/");
const DEVICE: Kind = ("iam", "mfa/");
const SESSION_OF_ROLE: Kind = ("sts", "assumed-role/");
const FEDERATED_USER: Kind = ("sts", "federated-user/");

/// What actions are asked of that are exceptions.
static KINDS_BY_NAME: [(&str, &[Kind]); 8] = [
    ("iam:AddUserToGroup", &[GROUP]),
    ("iam:GetUser", &[USER, ROOT]),
    ("iam:ListGroupsForUser", &[USER]),
    ("iam:ListMFADevices", &[USER, ROOT]),
    ("iam:RemoveUserFromGroup", &[GROUP]),
    ("iam:SimulatePrincipalPolicy", &[USER, GROUP, ROLE]),
    ("kms:ListRetirableGrants", &[USER, ROOT, ROLE, SESSION_OF_ROLE, FEDERATED_USER]),
    ("sts:GetFederationToken", &[FEDERATED_USER]),
];

/// What the others are asked of: the first whose word is in the name.
static KINDS_BY_WORD: [(&str, &[Kind]); 13] = [
    ("OpenIDConnectProvider", &[PROVIDER]),
    ("VirtualMFADevice", &[DEVICE]),
    ("TagMFADevice", &[DEVICE]),
    ("MFADevice", &[USER]),
    ("AccessKey", &[USER, ROOT]),
    ("SSHPublicKey", &[USER, ROOT]),
    ("SigningCertificate", &[USER, ROOT]),
    ("ServiceSpecificCredential", &[USER, ROOT]),
    ("LoginProfile", &[USER]),
    ("Group", &[GROUP]),
    ("Role", &[ROLE]),
    ("User", &[USER]),
    ("Polic", &[POLICY]),
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

/// What an action is asked of, if it is of something of IAM or STS.
fn kinds_of(action: &str) -> Option<&'static [Kind]> {
    let by_name = KINDS_BY_NAME.iter().find(|(name, _)| *name == action);
    let by_word = || KINDS_BY_WORD.iter().find(|(word, _)| action.contains(word));
    by_name.or_else(by_word).map(|(_, kinds)| *kinds)
}

/// Refuses the ARN of a thing of which serving never asks the action.
pub(super) fn check_kind(action: &str, arn: &str) -> Result<(), OperatorError> {
    let Some(kinds) = kinds_of(action) else { return Ok(()) };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let fits = |(service, begins): &Kind| match parts.as_slice() {
        ["arn", "aws", of, "", _, thing] => {
            of == service && (thing == begins || begins.ends_with('/') && thing.starts_with(begins))
        }
        _ => false,
    };
    if kinds.iter().any(fits) {
        return Ok(());
    }
    let named = kinds.iter().map(|(service, begins)| {
        let name = if begins.ends_with('/') { "NAME" } else { "" };
        format!("arn:aws:{service}::ACCOUNT:{begins}{name}")
    });
    let named = named.collect::<Vec<_>>().join(" or ");
    Err(OperatorError::Question(format!("{action} is asked of {named}")))
}

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

#[cfg(test)]
mod tests {
    use super::super::minimal_request::{AskedOf, asked_of};
    use super::*;
    use crate::iam;
    use crate::state::Nobody;
    use std::collections::BTreeSet;
    use strongroom_policy::{Document, DocumentKind};

    const THINGS: [&str; 9] = [
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:user/team/u",
        "arn:aws:iam::111122223333:group/g",
        "arn:aws:iam::111122223333:role/r",
        "arn:aws:iam::aws:policy/p",
        "arn:aws:iam::111122223333:oidc-provider/idp.example/one",
        "arn:aws:iam::111122223333:mfa/d",
        "arn:aws:sts::111122223333:assumed-role/r/s",
        "arn:aws:sts::111122223333:federated-user/f",
    ];

    /// The actions of IAM that are served.
    fn served() -> impl Iterator<Item = String> {
        let of_iam = iam::built_queries().filter(|(service, _)| *service == "iam");
        of_iam.map(|(service, name)| format!("{service}:{name}"))
    }

    #[test]
    fn actions_are_asked_of_their_kinds_of_things_and_of_no_others() {
        for (action, kinds) in [
            ("iam:GetUser", &[0, 1][..]),
            ("iam:CreateAccessKey", &[0, 1]),
            ("iam:ListMFADevices", &[0, 1]),
            ("iam:GetUserPolicy", &[1]),
            ("iam:ListUsers", &[1]),
            ("iam:EnableMFADevice", &[1]),
            ("iam:ListGroupsForUser", &[1]),
            ("iam:GetLoginProfile", &[1]),
            ("iam:AddUserToGroup", &[2]),
            ("iam:PutGroupPolicy", &[2]),
            ("iam:GetRole", &[3]),
            ("iam:UpdateAssumeRolePolicy", &[3]),
            ("iam:ListInstanceProfilesForRole", &[3]),
            ("sts:AssumeRole", &[3]),
            ("iam:GetPolicyVersion", &[4]),
            ("iam:ListEntitiesForPolicy", &[4]),
            ("iam:TagOpenIDConnectProvider", &[5]),
            ("iam:TagMFADevice", &[6]),
            ("iam:DeleteVirtualMFADevice", &[6]),
            ("sts:GetFederationToken", &[8]),
            ("iam:SimulatePrincipalPolicy", &[1, 2, 3]),
            ("kms:ListRetirableGrants", &[0, 1, 3, 7, 8]),
        ] {
            let fit = (0..THINGS.len()).filter(|at| check_kind(action, THINGS[*at]).is_ok());
            assert_eq!(fit.collect::<Vec<_>>(), kinds, "{action}");
        }
        let said = check_kind("iam:GetUser", THINGS[3]).unwrap_err().to_string();
        let named = "arn:aws:iam::ACCOUNT:user/NAME or arn:aws:iam::ACCOUNT:root";
        assert_eq!(said, format!("iam:GetUser is asked of {named}"));
        for arn in
            ["arn:aws:iam::111122223333:roots", "arn:aws:sts::111122223333:user/u", "arn:aws:iam:user/u", ""]
        {
            assert!(check_kind("iam:GetUser", arn).is_err(), "{arn}");
        }
        // Of everything below a path, as lists are.
        check_kind("iam:ListUsers", "arn:aws:iam::111122223333:user/").unwrap();
    }

    #[test]
    fn every_action_on_something_of_iam_has_its_kind() {
        for action in served().filter(|action| asked_of(action) == AskedOf::Iam) {
            assert!(kinds_of(&action).is_some(), "{action}");
        }
    }

    /// The policy crate warns about a condition on the key where no action has it. The others there are the four below:
    /// for these it is the boundary that the request sets, which the asker says.
    #[test]
    fn actions_that_read_the_present_boundary_are_all_that_have_the_key_and_do_not_set_it() {
        let has = |action: &String| {
            let condition = r#"{"Null":{"iam:PermissionsBoundary":"false"}}"#;
            let text = format!(
                r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*","Condition":{condition}}}}}"#
            );
            let document = Document::parse(DocumentKind::Identity, &text, &Nobody).unwrap();
            document.warnings(None).is_empty()
        };
        let having: BTreeSet<String> = served().filter(has).collect();
        let setting = [
            "iam:CreateRole",
            "iam:CreateUser",
            "iam:PutRolePermissionsBoundary",
            "iam:PutUserPermissionsBoundary",
        ];
        let listed = WITHIN_BOUNDARY.iter().chain(&setting);
        let listed: BTreeSet<String> = listed.map(|action| (*action).to_owned()).collect();
        assert_eq!(having, listed);
        assert_eq!(having.len(), WITHIN_BOUNDARY.len() + setting.len());
    }
}
