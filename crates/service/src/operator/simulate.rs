//! `strongroom simulate`: would this be allowed? The question is hypothetical, the state is the one in force, and the
//! code that answers is the one that serves.

use super::OperatorError;
use super::action_names::known_action;
use super::explain::Explained;
use super::hypothetical::{ASSUMING, Target, check_target, not_asked, role_asked_for};
use super::simulate_holder::WEB_IDENTITY;
use crate::kept::{DecidedBy, KeptQuestion};
use crate::service::Service;
use crate::state::{GrantEntry, Snapshot};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use strongroom_policy::{Caller, CallerKind, Constraints, OwnedContext, OwnedGrant, Time};
use strongroom_types::{GrantId, PrincipalArn};

/// The action that a grant decides.
pub(super) const RETIRING: &str = "kms:RetireGrant";

/// The action that users and roots alone may ask for.
const FEDERATING: &str = "sts:GetFederationToken";

/// The name of the session in which a role is asked about, or is to be assumed.
pub(super) const SESSION: &str = "simulated";

/// A hypothetical question.
#[derive(Clone, Debug, Default)]
pub struct Simulation {
    /// The ARN of a user, a role, a session of a role, or a root; of sts:AssumeRoleWithWebIdentity, of an identity provider.
    pub principal: String,
    /// The action, `kms:Decrypt`, in any case.
    pub action: String,
    /// A key id, key ARN, alias name or alias ARN; or the ARN of something of IAM. None for actions that are asked of `*`.
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
        let action = action.as_str();
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
        check_caller(action, &caller)?;
        let target = self.target_of(action, asked.resource.as_deref(), caller.account(), &snapshot)?;
        let retired = asked.grant.as_deref().map(|id| retired(id, &target)).transpose()?;
        if let Some(grant) = &retired {
            complete_grant(&mut context, grant);
        }
        if ASSUMING.contains(&action) {
            check_assuming(&caller, &target, &snapshot)?;
        }
        check_target(action, &target, caller.account())?;
        let (mut question, second) = self.questions(&snapshot, &caller, action, &target, &context);
        if let Some(grant) = retired {
            // What other grants give does not matter.
            question.grants.clear();
            question.by = DecidedBy::Grant(grant);
        }
        let explained = |asked: KeptQuestion| Explained::new(asked.explain(), &asked.context, 0);
        let not_asked = not_asked(action, &target, &context);
        Ok(Explained::of_both(explained(question), second.map(explained), not_asked))
    }
}

/// What STS refuses to sessions before it asks a policy.
fn check_caller(action: &str, caller: &Caller) -> Result<(), OperatorError> {
    if action == FEDERATING && matches!(caller.kind(), CallerKind::RoleSession(_)) {
        let text = format!("{action} is not served to sessions of roles, whatever policies say");
        return Err(OperatorError::Question(text));
    }
    Ok(())
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
