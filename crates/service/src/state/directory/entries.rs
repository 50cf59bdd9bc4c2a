//! Principals as requests read them: records with their policies compiled.

use super::bindings::Nobody;
use super::records::{
    AccessKeyRecord, GroupRecord, ManagedPolicyRecord, Owner, Policies, ProviderRecord, RoleRecord,
    UserRecord,
};
use crate::state::record::RecordError;
use std::sync::Arc;
use strongroom_policy::{Caller, Document, DocumentKind, IdentityPolicy};
use strongroom_storage::Revision;
use strongroom_types::{AccountId, PARTITION, PrincipalArn, UniqueId};

/// A user.
#[derive(Debug)]
pub(crate) struct UserEntry {
    pub(crate) name: String,
    pub(crate) record: UserRecord,
    pub(crate) revision: Revision,
    pub(crate) inline: Vec<IdentityPolicy>,
    pub(crate) unique_id: UniqueId,
    /// The user as decisions see it.
    pub(crate) caller: Arc<Caller>,
}

/// A group of users.
#[derive(Debug)]
pub(crate) struct GroupEntry {
    pub(crate) name: String,
    pub(crate) account: AccountId,
    pub(crate) record: GroupRecord,
    pub(crate) revision: Revision,
    pub(crate) inline: Vec<IdentityPolicy>,
}

/// A role.
#[derive(Debug)]
pub(crate) struct RoleEntry {
    pub(crate) name: String,
    pub(crate) account: AccountId,
    pub(crate) record: RoleRecord,
    pub(crate) revision: Revision,
    pub(crate) inline: Vec<IdentityPolicy>,
    pub(crate) unique_id: UniqueId,
    pub(crate) trust: Arc<Document>,
}

/// A managed policy.
#[derive(Debug)]
pub(crate) struct ManagedPolicyEntry {
    pub(crate) name: String,
    pub(crate) record: ManagedPolicyRecord,
    pub(crate) revision: Revision,
    /// The version in force, under the policy's ARN.
    pub(crate) in_force: IdentityPolicy,
}

/// An identity provider.
#[derive(Debug)]
pub(crate) struct ProviderEntry {
    pub(crate) account: AccountId,
    pub(crate) record: ProviderRecord,
    pub(crate) revision: Revision,
}

/// An access key and whom it stands for.
#[derive(Debug)]
pub(crate) struct AccessKeyEntry {
    pub(crate) id: String,
    pub(crate) account: AccountId,
    pub(crate) record: AccessKeyRecord,
    pub(crate) revision: Revision,
}

/// Compiles an identity policy under the name that decisions give it: an inline policy's name, a managed policy's ARN.
pub(crate) fn compile_identity(name: &str, text: &str) -> Result<IdentityPolicy, RecordError> {
    let document = Document::parse(DocumentKind::Identity, text, &Nobody)
        .map_err(|error| RecordError::Policy(error.to_string()))?;
    Ok(IdentityPolicy { name: name.into(), document: Arc::new(document) })
}

fn inline(policies: &Policies) -> Result<Vec<IdentityPolicy>, RecordError> {
    policies.inline.iter().map(|(name, text)| compile_identity(name, text)).collect()
}

/// A path with the name: `team/alice` for `/team/` and `alice`.
pub(crate) fn path_and_name(path: &str, name: &str) -> String {
    format!("{}{name}", path.trim_start_matches('/'))
}

/// `arn:aws:iam::ACCOUNT:KIND/PATH-AND-NAME`.
pub(crate) fn iam_arn(account: &AccountId, kind: &str, path: &str, name: &str) -> String {
    format!("arn:{PARTITION}:iam::{account}:{kind}/{}", path_and_name(path, name))
}

impl UserEntry {
    pub(crate) fn new(
        account: &AccountId,
        name: String,
        record: UserRecord,
        revision: Revision,
    ) -> Result<Self, RecordError> {
        let unique_id = UniqueId::parse(&record.unique_id)?;
        let caller = Caller::user(account.clone(), &path_and_name(&record.path, &name), unique_id.clone());
        let inline = inline(&record.policies)?;
        Ok(Self { name, record, revision, inline, unique_id, caller: Arc::new(caller) })
    }

    pub(crate) fn arn(&self) -> &PrincipalArn {
        self.caller.arn()
    }

    pub(crate) fn account(&self) -> &AccountId {
        self.caller.account()
    }
}

impl GroupEntry {
    pub(crate) fn new(
        account: AccountId,
        name: String,
        record: GroupRecord,
        revision: Revision,
    ) -> Result<Self, RecordError> {
        let inline = inline(&record.policies)?;
        Ok(Self { name, account, record, revision, inline })
    }

    pub(crate) fn arn(&self) -> String {
        iam_arn(&self.account, "group", &self.record.path, &self.name)
    }
}

impl RoleEntry {
    pub(crate) fn new(
        account: AccountId,
        name: String,
        record: RoleRecord,
        revision: Revision,
    ) -> Result<Self, RecordError> {
        let unique_id = UniqueId::parse(&record.unique_id)?;
        let inline = inline(&record.policies)?;
        let trust = Arc::new(record.trust.compile(DocumentKind::TrustPolicy)?);
        Ok(Self { name, account, record, revision, inline, unique_id, trust })
    }

    pub(crate) fn arn(&self) -> PrincipalArn {
        PrincipalArn::Role(self.account.clone(), self.path_and_name().into())
    }

    pub(crate) fn path_and_name(&self) -> String {
        path_and_name(&self.record.path, &self.name)
    }
}

impl ManagedPolicyEntry {
    pub(crate) fn new(
        account: &AccountId,
        name: String,
        record: ManagedPolicyRecord,
        revision: Revision,
    ) -> Result<Self, RecordError> {
        let arn = iam_arn(account, "policy", &record.path, &name);
        let text = record.versions.get(&record.default_version).map(|version| version.text.as_str());
        let text = text.ok_or_else(|| RecordError::Policy(format!("{arn} has no default version")))?;
        let in_force = compile_identity(&arn, text)?;
        Ok(Self { name, record, revision, in_force })
    }

    pub(crate) fn arn(&self) -> &Arc<str> {
        &self.in_force.name
    }
}

impl ProviderEntry {
    /// The issuer without `https://`, as ARNs and condition keys name it.
    pub(crate) fn issuer(&self) -> &str {
        self.record.url.strip_prefix("https://").unwrap_or(&self.record.url)
    }

    pub(crate) fn arn(&self) -> String {
        provider_arn(&self.account, self.issuer())
    }
}

/// `arn:aws:iam::ACCOUNT:oidc-provider/ISSUER`.
pub(crate) fn provider_arn(account: &AccountId, issuer: &str) -> String {
    format!("arn:{PARTITION}:iam::{account}:oidc-provider/{issuer}")
}

impl AccessKeyEntry {
    pub(crate) fn new(id: String, record: AccessKeyRecord, revision: Revision) -> Result<Self, RecordError> {
        let account = AccountId::parse(&record.account)?;
        Ok(Self { id, account, record, revision })
    }

    /// Whether another record of the same id is of the same access key, wrapped anew at most.
    pub(crate) fn is_same_key(&self, other: &Self) -> bool {
        let (one, other) = (&self.record, &other.record);
        (&one.account, &one.owner, one.created_ms, one.inactive)
            == (&other.account, &other.owner, other.created_ms, other.inactive)
    }

    /// The user it belongs to; absent for a root.
    pub(crate) fn user(&self) -> Option<&str> {
        match &self.record.owner {
            Owner::Root => None,
            Owner::User(name) => Some(name),
        }
    }
}
