//! Who and what there is: accounts, principals, keys, and the actions of the operations table (contract section 1.2).

use super::rng::Rng;
use crate::case::{On, Who};
use std::collections::BTreeMap;

pub(crate) const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
pub(crate) const USERS: [&str; 3] = ["alice", "team/bob", "Carol.x"];
pub(crate) const ROLES: [&str; 3] = ["admin", "service/worker", "ci"];
pub(crate) const SESSIONS: [&str; 2] = ["s1", "deploy@x"];
pub(crate) const SERVICES: [&str; 2] = ["s3.amazonaws.com", "logs.amazonaws.com"];
pub(crate) const PROVIDERS: [&str; 2] =
    ["arn:aws:iam::111122223333:oidc-provider/idp.example.com", "accounts.google.com"];
const KEYS: [&str; 3] = [
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    "0987dcba-09fe-87dc-65ba-ab0987654321",
    "mrk-1234abcd12ab34cd56ef1234567890ab",
];
const ALIASES: [&str; 3] = ["alias/app", "alias/Prod/db", "alias/x"];

/// Actions on a key that a grant can list, ReEncrypt as two.
#[rustfmt::skip]
pub(crate) const GRANTABLE: [&str; 19] = [
    "CreateGrant", "Decapsulate", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encapsulate", "Encrypt",
    "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext",
    "GenerateMac", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo", "RetireGrant", "Sign", "Verify", "VerifyMac",
];

/// The other actions on a key.
#[rustfmt::skip]
const ON_KEY: [&str; 26] = [
    "CancelKeyDeletion", "CreateAlias", "DeleteAlias", "DeleteImportedKeyMaterial", "DisableKey", "DisableKeyRotation",
    "EnableKey", "EnableKeyRotation", "GetKeyLastUsage", "GetKeyPolicy", "GetKeyRotationStatus",
    "GetParametersForImport", "ImportKeyMaterial", "ListGrants", "ListKeyPolicies", "ListKeyRotations",
    "ListResourceTags", "PutKeyPolicy", "ReplicateKey", "RevokeGrant", "RotateKeyOnDemand", "ScheduleKeyDeletion",
    "TagResource", "UntagResource", "UpdateKeyDescription", "UpdatePrimaryRegion",
];

/// Actions without a key.
#[rustfmt::skip]
const WITHOUT_KEY: [&str; 11] = [
    "CreateKey", "GenerateRandom", "ListKeys", "ListAliases", "ListRetirableGrants", "ConnectCustomKeyStore",
    "CreateCustomKeyStore", "DeleteCustomKeyStore", "DescribeCustomKeyStores", "DisconnectCustomKeyStore",
    "UpdateCustomKeyStore",
];

/// Unique ids of every user and role of both accounts.
pub(crate) fn directory() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for (a, account) in ACCOUNTS.iter().enumerate() {
        for (i, user) in USERS.iter().enumerate() {
            all.insert(format!("arn:aws:iam::{account}:user/{user}"), format!("AIDA{a}{i}EXAMPLEUSER00"));
        }
        for (i, role) in ROLES.iter().enumerate() {
            all.insert(format!("arn:aws:iam::{account}:role/{role}"), format!("AROA{a}{i}EXAMPLEROLE00"));
        }
    }
    all
}

/// A caller. Now and then one whose name was somebody else's when the policies were put.
pub(crate) fn caller(rng: &mut Rng, directory: &mut BTreeMap<String, String>) -> Who {
    let account = if rng.chance(85) { ACCOUNTS[0] } else { ACCOUNTS[1] }.to_owned();
    let user = rng.word(&USERS);
    let role = rng.word(&ROLES);
    let user_arn = format!("arn:aws:iam::{account}:user/{user}");
    let role_arn = format!("arn:aws:iam::{account}:role/{role}");
    let (user_id, role_id) = (directory[&user_arn].clone(), directory[&role_arn].clone());
    if rng.chance(4) {
        directory.insert(user_arn, "AIDAOLDEXAMPLEUSER00".to_owned());
        directory.insert(role_arn, "AROAOLDEXAMPLEROLE00".to_owned());
    }
    match rng.below(20) {
        0..=1 => Who::Root { account },
        2..=8 => Who::User { account, path_and_name: user, id: user_id },
        9..=16 => Who::RoleSession { account, role, id: role_id, session: rng.word(&SESSIONS) },
        _ => {
            let name = rng.word(&["fed", "alice"]);
            Who::FederatedUser { account, name, by: rng.chance(70).then_some(user_id) }
        }
    }
}

/// An action of KMS, and what it is on.
pub(crate) fn kms_action(rng: &mut Rng, account: &str) -> (String, On) {
    let on_key = |rng: &mut Rng| {
        let account = if rng.chance(80) { account } else { rng.pick(&ACCOUNTS) };
        On::Key(format!("arn:aws:kms:us-east-1:{account}:key/{}", rng.pick(&KEYS)))
    };
    let (operation, on) = match rng.below(20) {
        0..=10 => (rng.pick(&GRANTABLE), on_key(rng)),
        11..=16 => (rng.pick(&ON_KEY), on_key(rng)),
        17 => {
            let alias = rng.pick(&ALIASES);
            let on = On::Alias(format!("arn:aws:kms:us-east-1:{account}:{alias}"));
            (rng.pick(&["CreateAlias", "DeleteAlias", "UpdateAlias"]), on)
        }
        _ => (rng.pick(&WITHOUT_KEY), On::Nothing),
    };
    let operation = if operation == "CreateAlias" && rng.chance(50) { "UpdateAlias" } else { operation };
    (format!("kms:{operation}"), on)
}

/// An action of IAM or STS on something of the caller's own account.
pub(crate) fn other_action(rng: &mut Rng, account: &str) -> (String, On) {
    let user = On::Other(format!("arn:aws:iam::{account}:user/alice"));
    let (action, on) = match rng.below(5) {
        0 => ("iam:CreateUser", user),
        1 => ("iam:ListUsers", On::Nothing),
        2 => ("iam:TagUser", user),
        3 => ("iam:AttachUserPolicy", user),
        _ => ("sts:GetFederationToken", On::Other(format!("arn:aws:sts::{account}:federated-user/fed"))),
    };
    (action.to_owned(), on)
}

/// Principals that mean the caller, by how they do: itself, its issuer, its account.
pub(crate) fn meaning(who: &Who) -> (Vec<String>, Vec<String>, Vec<String>) {
    let account = who.account();
    let accounts = vec![format!("arn:aws:iam::{account}:root"), account.to_owned()];
    match who {
        Who::Root { .. } => (accounts.clone(), Vec::new(), accounts),
        Who::User { path_and_name, id, .. } => {
            (vec![format!("arn:aws:iam::{account}:user/{path_and_name}"), id.clone()], Vec::new(), accounts)
        }
        Who::RoleSession { role, id, session, .. } => {
            let name = role.rsplit('/').next().unwrap_or_default();
            let itself = format!("arn:aws:sts::{account}:assumed-role/{name}/{session}");
            (vec![itself], vec![format!("arn:aws:iam::{account}:role/{role}"), id.clone()], accounts)
        }
        Who::FederatedUser { name, by, .. } => {
            let issuers = by.iter().cloned().collect();
            (vec![format!("arn:aws:sts::{account}:federated-user/{name}")], issuers, accounts)
        }
        Who::Nobody | Who::WebIdentity { .. } => (Vec::new(), Vec::new(), Vec::new()),
    }
}

/// Any principal of kind AWS.
pub(crate) fn anybody(rng: &mut Rng) -> String {
    let account = rng.pick(&ACCOUNTS);
    match rng.below(6) {
        0 => format!("arn:aws:iam::{account}:root"),
        1 => account.to_owned(),
        2 => format!("arn:aws:iam::{account}:user/{}", rng.pick(&USERS)),
        3 => format!("arn:aws:iam::{account}:role/{}", rng.pick(&ROLES)),
        4 => {
            let role = rng.pick(&ROLES).rsplit('/').next().unwrap_or_default();
            format!("arn:aws:sts::{account}:assumed-role/{role}/{}", rng.pick(&SESSIONS))
        }
        _ => format!("arn:aws:sts::{account}:federated-user/{}", rng.pick(&["fed", "alice"])),
    }
}
