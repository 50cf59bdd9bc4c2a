//! `strongroom simulate`: would this be allowed? The question is hypothetical, the state is the one in force, and the
//! code that answers is the one that serves.

use super::OperatorError;
use super::explain::Explained;
use super::simulate_holder::WEB_IDENTITY;
use crate::evidence::key_facts;
use crate::kept::{DecidedBy, KeptQuestion, KeptResource};
use crate::service::Service;
use crate::state::{GrantEntry, KeyEntry, RoleEntry, Snapshot};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use strongroom_policy::{
    Caller, CallerKind, Constraints, KmsAction, OwnedContext, OwnedGrant, OwnedKey, Time,
};
use strongroom_types::{AccountId, AliasArn, AliasName, GrantId, KeyArn, KeyId, PrincipalArn, Timestamp};

/// Actions that a role's trust policy decides.
const ASSUMING: [&str; 3] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

/// Actions for which condition keys read how long a key has not been used.
const TAKING_OUT_OF_USE: [&str; 2] = ["kms:DisableKey", "kms:ScheduleKeyDeletion"];

/// The action that a grant decides.
pub(super) const RETIRING: &str = "kms:RetireGrant";

/// The name of the session in which a role is asked about, or is to be assumed.
pub(super) const SESSION: &str = "simulated";

/// A hypothetical question.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// The ARN of a user, a role, a session of a role, or a root; of sts:AssumeRoleWithWebIdentity, of an identity provider.
    pub principal: String,
    /// The action, `kms:Decrypt`.
    pub action: String,
    /// A key id, key ARN, alias name or alias ARN; or the ARN of something of IAM. Without one: `*`.
    pub resource: Option<String>,
    /// The id of the grant that is to be retired.
    pub grant: Option<String>,
    /// The encryption context.
    pub encryption_context: BTreeMap<String, String>,
    /// When, in any form of a date condition; now, if nothing is said.
    pub at: Option<String>,
    /// The caller's address.
    pub source_ip: Option<IpAddr>,
    /// Everything else that condition keys read: an [`OwnedContext`]. The fields above go over it.
    pub request: Option<Value>,
}

/// What a question is about.
pub(super) enum Target {
    Key(Arc<KeyEntry>, Option<AliasName>),
    Other(String),
    None,
}

impl Service {
    /// Answers a hypothetical question.
    pub async fn simulate(&self, asked: &Simulation, peer_uid: u32) -> Result<Explained, OperatorError> {
        let parameters = json!({
            "principal": asked.principal,
            "action": asked.action,
            "resource": asked.resource,
        });
        self.record_act("OperatorSimulate", peer_uid, true, Some(parameters)).await?;
        let snapshot = self.snapshot();
        let action = known_action(&asked.action)?;
        if asked.grant.is_some() != (action == RETIRING) {
            let text =
                format!("the id of a grant goes with {RETIRING}, and {RETIRING} with the id of a grant");
            return Err(OperatorError::Question(text));
        }
        let mut context = context(asked)?;
        if action == WEB_IDENTITY {
            let holder = self.hypothetical_holder(asked, context, &snapshot)?;
            return Ok(Explained::new(holder.explain(), &holder.context, 0));
        }
        let caller = principal(&asked.principal, &snapshot)?;
        let target = self.target(asked.resource.as_deref(), caller.account(), &snapshot)?;
        let retired = asked.grant.as_deref().map(|id| retired(id, &target)).transpose()?;
        if let Some(grant) = &retired {
            complete_grant(&mut context, grant);
        }
        if ASSUMING.contains(&action) {
            check_assuming(&caller, &target, &snapshot)?;
        }
        let mut question = self.hypothetical(&snapshot, caller, action, &target, context);
        if let Some(grant) = retired {
            // What other grants give does not matter.
            question.grants.clear();
            question.by = DecidedBy::Grant(grant);
        }
        Ok(Explained::new(question.explain(), &question.context, 0))
    }

    /// Finds what a question is about.
    pub(super) fn target(
        &self,
        text: Option<&str>,
        account: &AccountId,
        snapshot: &Snapshot,
    ) -> Result<Target, OperatorError> {
        let Some(text) = text else { return Ok(Target::None) };
        let region = &self.parts().region;
        let alias = if text.starts_with("alias/") {
            let alias = AliasName::parse(text).map_err(|_| no_key(text))?;
            Some(AliasArn { region: region.clone(), account: account.clone(), alias })
        } else {
            AliasArn::parse(text).ok()
        };
        if let Some(alias) = alias {
            let entry = snapshot.alias(&alias).ok_or_else(|| no_key(text))?;
            let AliasArn { region, account, alias } = alias;
            let key =
                snapshot.key(&KeyArn { region, account, key: entry.key }).ok_or_else(|| no_key(text))?;
            return Ok(Target::Key(key.clone(), Some(alias)));
        }
        if text.starts_with("arn:aws:iam:") || text.starts_with("arn:aws:sts:") {
            return Ok(Target::Other(text.to_owned()));
        }
        let arn = KeyArn::parse(text).ok().or_else(|| {
            let key = KeyId::parse(text).ok()?;
            Some(KeyArn { region: region.clone(), account: account.clone(), key })
        });
        let key = arn.and_then(|arn| snapshot.key(&arn)).ok_or_else(|| no_key(text))?;
        Ok(Target::Key(key.clone(), None))
    }

    /// The question of a caller, completed with what the state says about it and about the key.
    pub(super) fn hypothetical(
        &self,
        snapshot: &Snapshot,
        caller: Arc<Caller>,
        action: &str,
        target: &Target,
        mut context: OwnedContext,
    ) -> KeptQuestion {
        let directory = &snapshot.directory;
        let now = *context.now.get_or_insert(Time(self.clock().now()));
        complete_session(&mut context, &caller, snapshot, now.0);
        let (resource, key) = match target {
            Target::Key(key, alias) => {
                complete_key(&mut context, key, alias.as_ref());
                if TAKING_OUT_OF_USE.contains(&action) {
                    let unused = &mut context.request.trailing_days_without_usage;
                    unused.get_or_insert_with(|| self.days_unused(key, now.0));
                }
                (KeptResource::Key(key.arn.clone()), Some(key))
            }
            Target::Other(arn) => (KeptResource::Other(arn.clone()), None),
            Target::None => (KeptResource::None, None),
        };
        context.region.get_or_insert_with(|| self.parts().region.to_string());
        KeptQuestion {
            action: action.to_owned().into(),
            resource,
            context,
            key_policy: key.map(|key| key.policy.clone()),
            identity: directory.identity_policies(&caller),
            boundary: directory.boundary(&caller).map(|policy| policy.document.clone()),
            session: None,
            grants: key.map(|key| key.grants.entries_for(&caller)).unwrap_or_default(),
            grants_left_out: 0,
            by: decided_by(action, target, snapshot),
            caller,
        }
    }
}

fn no_key(text: &str) -> OperatorError {
    OperatorError::Question(format!("there is no key {text}"))
}

/// An action that is spelled as AWS spells it: a misspelled one would be denied for that reason alone.
pub(super) fn known_action(text: &str) -> Result<&str, OperatorError> {
    let wrong = |text: String| Err(OperatorError::Question(text));
    match text.split_once(':') {
        Some(("kms", "ReEncrypt")) => {
            wrong("re-encrypting is two actions: kms:ReEncryptFrom and kms:ReEncryptTo".into())
        }
        Some(("kms", _)) if KmsAction::parse(text).is_none() => wrong(format!("KMS has no action {text}")),
        Some(("kms" | "iam" | "sts", name)) if !name.is_empty() => Ok(text),
        _ => wrong(format!("{text} is no action; one is written like kms:Decrypt")),
    }
}

/// The grant that is to be retired.
fn retired(id: &str, target: &Target) -> Result<Arc<GrantEntry>, OperatorError> {
    let Target::Key(key, _) = target else {
        return Err(OperatorError::Question(
            "the resource of this action is the key of the grant".to_owned(),
        ));
    };
    let found = GrantId::parse(id).ok().and_then(|id| key.grants.get(&id)).cloned();
    found.ok_or_else(|| OperatorError::Question(format!("the key has no grant {id}")))
}

/// The role whose trust policy decides.
fn role_asked_for(action: &str, target: &Target, snapshot: &Snapshot) -> Option<Arc<RoleEntry>> {
    let Target::Other(arn) = target else { return None };
    let arn = PrincipalArn::parse(arn).ok().filter(|_| ASSUMING.contains(&action))?;
    snapshot.directory.role_at(&arn).cloned()
}

fn decided_by(action: &str, target: &Target, snapshot: &Snapshot) -> DecidedBy {
    match role_asked_for(action, target, snapshot) {
        Some(role) => DecidedBy::Trust { role: role.arn(), policy: role.trust.clone() },
        None => DecidedBy::Policies,
    }
}

/// What AssumeRole refuses before it asks a policy.
fn check_assuming(caller: &Caller, target: &Target, snapshot: &Snapshot) -> Result<(), OperatorError> {
    let question = |text: &str| Err(OperatorError::Question(text.to_owned()));
    match caller.kind() {
        CallerKind::Root => question("roles may not be assumed by root accounts"),
        _ if role_asked_for(ASSUMING[0], target, snapshot).is_none() => {
            question("the resource of this action is the ARN of a role that exists")
        }
        _ => Ok(()),
    }
}

/// The principal of an ARN as a caller; a role as a session of it.
fn principal(text: &str, snapshot: &Snapshot) -> Result<Arc<Caller>, OperatorError> {
    let unknown = || OperatorError::Question(format!("there is no principal {text}"));
    let arn = PrincipalArn::parse(text).map_err(|_| unknown())?;
    let directory = &snapshot.directory;
    let session = |role: &str, session: &str| -> Result<Arc<Caller>, OperatorError> {
        let role = directory.role(arn.account(), role).ok_or_else(unknown)?;
        let name = role.path_and_name();
        let caller = Caller::role_session(role.account.clone(), &name, role.unique_id.clone(), session);
        Ok(Arc::new(caller))
    };
    match &arn {
        PrincipalArn::Root(account) => directory.root(account).cloned().ok_or_else(unknown),
        PrincipalArn::User(account, _) => {
            let user = arn.name().and_then(|name| directory.user(account, name));
            Ok(user.filter(|user| *user.arn() == arn).ok_or_else(unknown)?.caller.clone())
        }
        PrincipalArn::Role(..) => {
            directory.unique_id(&arn).ok_or_else(unknown)?;
            session(arn.name().unwrap_or_default(), SESSION)
        }
        PrincipalArn::AssumedRole { role, session: name, .. } => session(role, name),
        PrincipalArn::FederatedUser(..) => Err(OperatorError::Question(
            "a federated user has the permissions of whoever made it; ask about that user".to_owned(),
        )),
    }
}

/// The context that was asked for: the file's, and the flags over it.
fn context(asked: &Simulation) -> Result<OwnedContext, OperatorError> {
    let wrong = |text: String| OperatorError::Question(text);
    let file = asked.request.clone().unwrap_or_else(|| json!({}));
    let says_transport = file.pointer("/network/secure_transport").is_some();
    let mut context: OwnedContext = serde_json::from_value(file)
        .map_err(|error| wrong(format!("the request cannot be read: {error}")))?;
    if !says_transport {
        context.network.secure_transport = true;
    }
    let given = std::mem::take(&mut context.given);
    context.given = given.into_iter().map(|(key, values)| (key.to_ascii_lowercase(), values)).collect();
    if !asked.encryption_context.is_empty() {
        context.request.encryption_context = Some(asked.encryption_context.clone());
    }
    if let Some(at) = &asked.at {
        let no_time = || wrong(format!("{at} is no time; one is written like 2026-01-02T03:04:05Z"));
        context.now = Some(Time::parse(at).ok_or_else(no_time)?);
    }
    context.network.source_ip = asked.source_ip.or(context.network.source_ip);
    Ok(context)
}

fn complete_session(context: &mut OwnedContext, caller: &Caller, snapshot: &Snapshot, now: Timestamp) {
    let session = &mut context.session;
    if session.principal_tags.is_none() {
        session.principal_tags = snapshot.directory.tags(caller).cloned();
    }
    if matches!(caller.kind(), CallerKind::RoleSession(_)) {
        session.token_issue_time.get_or_insert(Time(now));
        session.mfa_present.get_or_insert(false);
    }
}

/// What condition keys read of a grant, as RetireGrant has them read it.
fn complete_grant(context: &mut OwnedContext, grant: &GrantEntry) {
    let (request, grant) = (&mut context.request, &grant.grant);
    let pairs = grant.constraints.as_ref().map(Constraints::pairs);
    request.encryption_context = request.encryption_context.take().or(pairs.cloned());
    request.grant.get_or_insert_with(|| {
        Box::new(OwnedGrant {
            operations: grant.operations,
            constraints: grant.constraints.clone(),
            source_arn: grant.source_arn.as_deref().map(str::to_owned),
            ..OwnedGrant::default()
        })
    });
}

fn complete_key(context: &mut OwnedContext, key: &KeyEntry, alias: Option<&AliasName>) {
    context.key.get_or_insert_with(|| OwnedKey::of(&key_facts(key)));
    context.resource_tags.get_or_insert_with(|| key.record.tags.clone());
    context.region.get_or_insert_with(|| key.arn.region.to_string());
    let request = &mut context.request;
    if request.alias.is_none() {
        request.alias = alias.map(|alias| alias.as_str().to_owned());
    }
    if key.record.spec.as_str() == "SYMMETRIC_DEFAULT" {
        request.encryption_algorithm.get_or_insert_with(|| "SYMMETRIC_DEFAULT".to_owned());
    }
}
