//! What each action is asked of, and what condition keys read of a request that has nothing but its required parameters:
//! one table, as the operations in `ops` and `iam` ask. Hypothetical questions begin with it; what the asker gives goes
//! over it. `tests/ops/condition_keys/foretold.rs` holds it against requests that are served.

use crate::iam;
use crate::state::{iam_arn, provider_arn};
use strongroom_api::query::QueryService;
use strongroom_policy::{KmsAction as A, OwnedContext};
use strongroom_types::AccountId;

/// What an action is asked of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskedOf {
    /// A key.
    Key,
    /// An alias, by identity policies, and the key that it points at.
    AliasAndKey,
    /// Nothing in particular, `*`.
    Nothing,
    /// The ARN of something of IAM.
    Iam,
    /// The same, or nothing.
    IamOrNothing,
    /// Of no policy: whatever policies say, it is served.
    Unasked,
}

impl AskedOf {
    /// The same for whoever named something else.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Key => "a key, which has to be named",
            Self::AliasAndKey => "an alias and of the key that it points at: name the alias, or the key",
            Self::Nothing => "no key, but of `*`: name none",
            Self::Iam => "something of IAM: name it by its ARN",
            Self::IamOrNothing => "no key, but of something of IAM, by its ARN, or of `*`",
            Self::Unasked => "no policy: none allows it, and none denies it",
        }
    }
}

/// Actions of KMS that are asked in one way.
struct Row {
    actions: &'static [A],
    of: AskedOf,
    /// Whether it is served on keys of other accounts.
    abroad: bool,
    /// Whether a request may name the key by an alias.
    by_alias: bool,
    /// What the request says, in words, where that is a choice.
    says: &'static str,
    /// What the request says.
    complete: fn(&mut OwnedContext),
}

/// Of a key of the caller's account, without parameters that condition keys read.
const OWN_KEY: Row =
    Row { actions: &[], of: AskedOf::Key, abroad: false, by_alias: false, says: "", complete: |_| {} };

/// The same of any account's.
const ANY_KEY: Row = Row { abroad: true, ..OWN_KEY };

/// Of any account's key, which an alias may name.
const USED_KEY: Row = Row { by_alias: true, ..ANY_KEY };

/// Every action of KMS, once. What is not built asks nothing, and stands here as AWS documents it.
static TABLE: [Row; 15] = [
    Row {
        actions: &[
            A::Encrypt,
            A::Decrypt,
            A::GenerateDataKey,
            A::GenerateDataKeyWithoutPlaintext,
            A::GenerateDataKeyPair,
            A::GenerateDataKeyPairWithoutPlaintext,
        ],
        complete: algorithm,
        ..USED_KEY
    },
    Row {
        actions: &[A::ReEncryptFrom, A::ReEncryptTo],
        says: "another key on the other side",
        complete: two_keys,
        ..USED_KEY
    },
    Row {
        actions: &[
            A::Decapsulate,
            A::DeriveSharedSecret,
            A::DescribeKey,
            A::Encapsulate,
            A::GenerateMac,
            A::GetPublicKey,
            A::Sign,
            A::Verify,
            A::VerifyMac,
        ],
        ..USED_KEY
    },
    Row {
        actions: &[A::CreateGrant],
        says: "a new grant to the caller itself, of the operations and constraints of its own grant that lists \
               CreateGrant, without one of DescribeKey alone",
        complete: for_no_service,
        ..ANY_KEY
    },
    Row { actions: &[A::ListGrants, A::RevokeGrant], complete: for_no_service, ..ANY_KEY },
    Row { actions: &[A::GetKeyRotationStatus, A::RetireGrant], ..ANY_KEY },
    Row { actions: &[A::GetKeyPolicy, A::PutKeyPolicy], complete: policy_name, ..OWN_KEY },
    Row {
        actions: &[A::EnableKeyRotation],
        says: "a period of 365 days",
        complete: |context| {
            context.request.rotation_period_days.get_or_insert(365);
        },
        ..OWN_KEY
    },
    Row {
        actions: &[A::ScheduleKeyDeletion],
        says: "a waiting period of 30 days",
        complete: |context| {
            context.request.pending_window_days.get_or_insert(30);
        },
        ..OWN_KEY
    },
    Row { actions: &[A::TagResource, A::UntagResource], says: "no tags", ..OWN_KEY },
    Row {
        actions: &[
            A::CancelKeyDeletion,
            A::DeleteImportedKeyMaterial,
            A::DisableKey,
            A::DisableKeyRotation,
            A::EnableKey,
            A::GetKeyLastUsage,
            A::GetParametersForImport,
            A::ImportKeyMaterial,
            A::ListKeyPolicies,
            A::ListKeyRotations,
            A::ListResourceTags,
            A::ReplicateKey,
            A::RotateKeyOnDemand,
            A::SynchronizeMultiRegionKey,
            A::UpdateKeyDescription,
            A::UpdatePrimaryRegion,
        ],
        ..OWN_KEY
    },
    Row { actions: &[A::CreateAlias, A::DeleteAlias, A::UpdateAlias], of: AskedOf::AliasAndKey, ..OWN_KEY },
    Row { actions: &[A::CreateKey], of: AskedOf::Nothing, complete: key_asked_for, ..OWN_KEY },
    Row {
        actions: &[
            A::ConnectCustomKeyStore,
            A::CreateCustomKeyStore,
            A::DeleteCustomKeyStore,
            A::DescribeCustomKeyStores,
            A::DisconnectCustomKeyStore,
            A::GenerateRandom,
            A::ListAliases,
            A::ListKeys,
            A::UpdateCustomKeyStore,
        ],
        of: AskedOf::Nothing,
        ..OWN_KEY
    },
    // Of the retiring principal, or of nothing if that is a service.
    Row { actions: &[A::ListRetirableGrants], of: AskedOf::IamOrNothing, ..OWN_KEY },
];

/// Actions of IAM and STS that are asked of nothing.
const OF_NOTHING: [&str; 9] = [
    "iam:CreateAccountAlias",
    "iam:DeleteAccountAlias",
    "iam:GetAccountAuthorizationDetails",
    "iam:GetAccountSummary",
    "iam:ListAccountAliases",
    "iam:ListPolicies",
    "iam:SimulateCustomPolicy",
    "sts:DecodeAuthorizationMessage",
    "sts:GetAccessKeyInfo",
];

/// Actions of STS that serving asks no policy about.
const UNASKED: [&str; 2] = ["sts:GetCallerIdentity", "sts:GetSessionToken"];

/// Of an access key's owner; of nothing, if nobody owns it.
const OF_WHOSE_IT_IS: &str = "iam:GetAccessKeyLastUsed";

/// Lists of IAM: they are asked of the path of all there are.
const LISTS: [(&str, &str); 4] = [
    ("iam:ListGroups", "group"),
    ("iam:ListRoles", "role"),
    ("iam:ListUsers", "user"),
    ("iam:ListVirtualMFADevices", "mfa"),
];

fn algorithm(context: &mut OwnedContext) {
    context.request.encryption_algorithm.get_or_insert_with(|| "SYMMETRIC_DEFAULT".to_owned());
}

fn two_keys(context: &mut OwnedContext) {
    algorithm(context);
    context.request.reencrypt_on_same_key.get_or_insert(false);
}

fn for_no_service(context: &mut OwnedContext) {
    context.request.grant_is_for_aws_resource.get_or_insert(false);
}

fn policy_name(context: &mut OwnedContext) {
    context.request.policy_name.get_or_insert_with(|| "default".to_owned());
}

fn key_asked_for(context: &mut OwnedContext) {
    let key = context.key.get_or_insert_default();
    for (said, default) in [
        (&mut key.spec, "SYMMETRIC_DEFAULT"),
        (&mut key.usage, "ENCRYPT_DECRYPT"),
        (&mut key.origin, "AWS_KMS"),
    ] {
        if said.is_empty() {
            default.clone_into(said);
        }
    }
    if key.multi_region {
        key.multi_region_key_type.get_or_insert_with(|| "PRIMARY".to_owned());
    }
}

fn row(action: &str) -> Option<&'static Row> {
    let action = A::parse(action)?;
    TABLE.iter().find(|row| row.actions.contains(&action))
}

/// What an action is asked of. Of what is not built of IAM and STS nobody knows.
pub(super) fn asked_of(action: &str) -> AskedOf {
    if let Some(row) = row(action) {
        return row.of;
    }
    if OF_NOTHING.contains(&action) {
        return AskedOf::Nothing;
    }
    if UNASKED.contains(&action) {
        return AskedOf::Unasked;
    }
    match action.split_once(':') {
        _ if action == OF_WHOSE_IT_IS => AskedOf::IamOrNothing,
        Some(("iam", name)) if iam::find(QueryService::Iam, name).is_some() => AskedOf::Iam,
        // Of the federated user.
        Some(("sts", "GetFederationToken")) => AskedOf::Iam,
        _ => AskedOf::IamOrNothing,
    }
}

/// Whether an action is served on keys of other accounts.
pub(super) fn is_served_abroad(action: &str) -> bool {
    row(action).is_some_and(|row| row.abroad)
}

/// Whether a request may name its key by an alias.
pub(super) fn may_name_alias(action: &str) -> bool {
    row(action).is_some_and(|row| row.by_alias)
}

/// What a request says that has nothing but its required parameters, where that is a choice.
pub(super) fn says(action: &str) -> Option<&'static str> {
    row(action).map(|row| row.says).filter(|says| !says.is_empty())
}

/// Completes what condition keys read of the request.
pub(super) fn complete(action: &str, context: &mut OwnedContext) {
    if let Some(row) = row(action) {
        (row.complete)(context);
    }
}

/// The resource of a list of IAM that is asked for everything.
pub(super) fn listed(action: &str, account: &AccountId) -> Option<String> {
    if action == "iam:ListOpenIDConnectProviders" {
        return Some(provider_arn(account, "*"));
    }
    let (_, kind) = LISTS.iter().find(|(list, _)| *list == action)?;
    Some(iam_arn(account, kind, "/", ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_of_kms_has_one_row() {
        for action in A::ALL {
            assert_eq!(TABLE.iter().filter(|row| row.actions.contains(action)).count(), 1, "{action:?}");
        }
    }

    #[test]
    fn every_action_of_iam_that_is_named_here_is_served() {
        let named = OF_NOTHING.iter().chain(&UNASKED).chain(LISTS.iter().map(|(list, _)| list));
        let named = named.chain([&OF_WHOSE_IT_IS]);
        let served: Vec<String> = iam::built_queries().map(|(api, name)| format!("{api}:{name}")).collect();
        for action in named {
            assert!(served.iter().any(|served| served == action), "{action}");
        }
    }

    #[test]
    fn what_actions_are_asked_of() {
        for (action, of) in [
            ("kms:Decrypt", AskedOf::Key),
            ("kms:DeleteAlias", AskedOf::AliasAndKey),
            ("kms:CreateKey", AskedOf::Nothing),
            ("kms:ListRetirableGrants", AskedOf::IamOrNothing),
            ("iam:GetUser", AskedOf::Iam),
            ("iam:ListPolicies", AskedOf::Nothing),
            ("iam:PassRole", AskedOf::IamOrNothing),
            ("sts:GetCallerIdentity", AskedOf::Unasked),
            ("sts:GetFederationToken", AskedOf::Iam),
        ] {
            assert_eq!(asked_of(action), of, "{action}");
        }
    }
}
