//! Every action that is known, as a number: what a statement selects is then one bit, looked up once when the policy is
//! compiled instead of by its patterns in each decision.

use super::KmsAction;

/// The actions of IAM and STS that anything here is asked for. An action that is missing is compared with patterns: to
/// decisions the list is about speed only; a policy that names another one is warned about.
const OTHERS: &[&str] = &[
    "iam:AddClientIDToOpenIDConnectProvider",
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateAccountAlias",
    "iam:CreateGroup",
    "iam:CreateOpenIDConnectProvider",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:CreateVirtualMFADevice",
    "iam:DeactivateMFADevice",
    "iam:DeleteAccessKey",
    "iam:DeleteAccountAlias",
    "iam:DeleteGroup",
    "iam:DeleteGroupPolicy",
    "iam:DeleteLoginProfile",
    "iam:DeleteOpenIDConnectProvider",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRole",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteRolePolicy",
    "iam:DeleteUser",
    "iam:DeleteUserPermissionsBoundary",
    "iam:DeleteUserPolicy",
    "iam:DeleteVirtualMFADevice",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:EnableMFADevice",
    "iam:GetAccessKeyLastUsed",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountSummary",
    "iam:GetGroup",
    "iam:GetGroupPolicy",
    "iam:GetLoginProfile",
    "iam:GetMFADevice",
    "iam:GetOpenIDConnectProvider",
    "iam:GetPolicy",
    "iam:GetPolicyVersion",
    "iam:GetRole",
    "iam:GetRolePolicy",
    "iam:GetUser",
    "iam:GetUserPolicy",
    "iam:ListAccessKeys",
    "iam:ListAccountAliases",
    "iam:ListAttachedGroupPolicies",
    "iam:ListAttachedRolePolicies",
    "iam:ListAttachedUserPolicies",
    "iam:ListEntitiesForPolicy",
    "iam:ListGroupPolicies",
    "iam:ListGroups",
    "iam:ListGroupsForUser",
    "iam:ListInstanceProfilesForRole",
    "iam:ListMFADevices",
    "iam:ListOpenIDConnectProviderTags",
    "iam:ListOpenIDConnectProviders",
    "iam:ListPolicies",
    "iam:ListPolicyTags",
    "iam:ListPolicyVersions",
    "iam:ListRolePolicies",
    "iam:ListRoleTags",
    "iam:ListRoles",
    "iam:ListSSHPublicKeys",
    "iam:ListServiceSpecificCredentials",
    "iam:ListSigningCertificates",
    "iam:ListUserPolicies",
    "iam:ListUserTags",
    "iam:ListUsers",
    "iam:ListVirtualMFADevices",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:RemoveClientIDFromOpenIDConnectProvider",
    "iam:RemoveUserFromGroup",
    "iam:ResyncMFADevice",
    "iam:SetDefaultPolicyVersion",
    "iam:SimulateCustomPolicy",
    "iam:SimulatePrincipalPolicy",
    "iam:TagMFADevice",
    "iam:TagOpenIDConnectProvider",
    "iam:TagPolicy",
    "iam:TagRole",
    "iam:TagUser",
    "iam:UntagOpenIDConnectProvider",
    "iam:UntagPolicy",
    "iam:UntagRole",
    "iam:UntagUser",
    "iam:UpdateAccessKey",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateGroup",
    "iam:UpdateOpenIDConnectProviderThumbprint",
    "iam:UpdateRole",
    "iam:UpdateRoleDescription",
    "iam:UpdateUser",
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoot",
    "sts:DecodeAuthorizationMessage",
    "sts:GetAccessKeyInfo",
    "sts:GetCallerIdentity",
    "sts:GetDelegatedAccessToken",
    "sts:GetFederationToken",
    "sts:GetSessionToken",
    "sts:GetWebIdentityToken",
    "sts:SetSourceIdentity",
    "sts:TagSession",
];

/// How many actions have a number.
const KNOWN: usize = KmsAction::ALL.len() + OTHERS.len();

const WORD_BITS: usize = u64::BITS as usize;

/// How many words hold a bit for each of them.
const WORDS: usize = KNOWN.div_ceil(WORD_BITS);

/// An action with its prefix in AWS's spelling, `kms:Decrypt`, and its number when it is a known one. Made once a question;
/// for nothing where the name is a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action<'a> {
    text: &'a str,
    number: Option<u8>,
}

const _: () = assert!(KNOWN <= u8::MAX as usize);

impl<'a> Action<'a> {
    /// The action of that name, known or not.
    pub const fn of(text: &'a str) -> Self {
        let mut at = 0;
        while at < KNOWN {
            if is_same(text, known(at)) {
                return Self { text, number: Some(at as u8) };
            }
            at += 1;
        }
        Self { text, number: None }
    }

    /// The name.
    pub const fn as_str(self) -> &'a str {
        self.text
    }

    /// The action, when it is one of KMS: those have the first numbers.
    pub(crate) fn of_kms(self) -> Option<KmsAction> {
        KmsAction::ALL.get(usize::from(self.number?)).copied()
    }
}

impl<'a> From<&'a str> for Action<'a> {
    fn from(text: &'a str) -> Self {
        Self::of(text)
    }
}

impl std::fmt::Display for Action<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.text)
    }
}

const fn known(at: usize) -> &'static str {
    if at < KmsAction::ALL.len() { KmsAction::ALL[at].as_str() } else { OTHERS[at - KmsAction::ALL.len()] }
}

/// The names of all of them.
pub(crate) fn known_actions() -> impl Iterator<Item = &'static str> {
    (0..KNOWN).map(known)
}

/// Equality that constants can be made with.
const fn is_same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    // Backwards: the prefix is what names share.
    let mut at = a.len();
    while at > 0 {
        at -= 1;
        if a[at] != b[at] {
            return false;
        }
    }
    true
}

/// The known actions that a statement selects, a bit each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Selected([u64; WORDS]);

impl Selected {
    /// Those for which `selects` holds.
    pub(crate) fn by(selects: impl Fn(&str) -> bool) -> Self {
        let mut words = [0u64; WORDS];
        for number in (0..KNOWN).filter(|number| selects(known(*number))) {
            words[number / WORD_BITS] |= 1u64 << (number % WORD_BITS);
        }
        Self(words)
    }

    /// Whether the action is among them; `None` when it has no number.
    pub(crate) fn contains(&self, action: Action<'_>) -> Option<bool> {
        let number = usize::from(action.number?);
        Some(self.0[number / WORD_BITS] & (1u64 << (number % WORD_BITS)) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_action_has_a_number_of_its_own() {
        for (number, name) in known_actions().enumerate() {
            let action = Action::of(name);
            assert_eq!(action.number.map(usize::from), Some(number), "{name}");
            assert_eq!(action.of_kms(), KmsAction::parse(name), "{name}");
            let selected = Selected::by(|other| other == name);
            let found: Vec<_> =
                known_actions().filter(|name| selected.contains(Action::of(name)) == Some(true)).collect();
            assert_eq!(found, [name]);
        }
    }

    #[test]
    fn names_that_are_not_known_have_none() {
        for name in ["kms:*", "kms:ReEncrypt", "KMS:Decrypt", "kms:Decryp", "s3:GetObject", ""] {
            assert_eq!(Action::of(name), Action { text: name, number: None }, "{name}");
            assert_eq!(Selected::by(|_| true).contains(Action::of(name)), None, "{name}");
        }
    }
}
