//! `strongroom who-can`: everybody who may do something with a key, and everybody who may not.

use super::OperatorError;
use super::action_names::known_action;
use super::hypothetical::{Target, check_target, not_asked};
use super::minimal_request::{self, AskedOf};
use super::simulate::RETIRING;
use crate::kept::KeptQuestion;
use crate::service::Service;
use crate::state::{GrantEntry, KeyEntry, Snapshot};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use strongroom_policy::{
    BoundPrincipal, Caller, Effect, Explanation, GrantFinding, GrantMismatch, GrantOperation, OwnedContext,
    Rule, StatementName,
};
use strongroom_types::PrincipalArn;

/// How many bytes of JSON the answer's rows may take: it travels in one message.
const ROWS_BYTES_MAX: usize = 600_000;

/// How many grants to services and federated users are listed, and how many of those that the key policy names.
const OTHERS_MAX: usize = 1_000;

/// How many principals are decided on between two pauses.
const AT_ONCE: usize = 32;

/// The session in which a role is asked about.
const SESSION: &str = "who-can";

/// What every question takes for granted.
const ASKED_WITH: &str = "TLS, the present time, and no encryption context, address or session tags";

/// How many grants are named of those that stand in one principal's way, and how much of each constraint, in characters.
const GRANTS_NAMED_MAX: usize = 10;
const NAMES_CHARS_MAX: usize = 200;

/// Everybody, and what they may.
#[derive(Debug, Serialize)]
pub struct WhoCan {
    /// The action.
    pub action: String,
    /// The key's ARN.
    pub key: String,
    /// What the question took for granted, and what was not asked.
    pub asked_with: String,
    /// Every root, user and role, and the sessions that grants and the key policy name: those that may first.
    pub principals: Vec<Principal>,
    /// How many more there are, for which the answer has no room.
    pub left_out: usize,
    /// Grants that list the action, to whoever is not decided on: services and federated users.
    pub other_grantees: Vec<OtherGrantee>,
    /// The same of those that the key policy allows the action by name, if its conditions hold.
    pub other_principals: Vec<OtherPrincipal>,
}

/// One principal.
#[derive(Debug, Serialize)]
pub struct Principal {
    /// Its ARN; a role's for its sessions.
    pub principal: String,
    /// Whether it may.
    pub allowed: bool,
    /// The rule that decided.
    pub rule: Rule,
    /// Its number: 1 is R1.
    pub rule_number: usize,
    /// The statements that determined it.
    pub by: Vec<StatementName>,
    /// The grant that allowed.
    pub grant: Option<String>,
    /// Conditions of statements that would otherwise allow, `StringEquals kms:ViaService`, and those of statements that
    /// deny on a key whose value the caller can bring, `BoolIfExists aws:MultiFactorAuthPresent`; and constraints of
    /// grants, `grant ID EncryptionContextSubset department`: under another request the answer may be another.
    pub unmet_conditions: Vec<String>,
}

/// A grantee who is not decided on.
#[derive(Debug, Serialize)]
pub struct OtherGrantee {
    /// Who.
    pub principal: String,
    /// By which grant.
    pub grant: String,
}

/// A principal of the key policy who is not decided on.
#[derive(Debug, Serialize)]
pub struct OtherPrincipal {
    /// Who.
    pub principal: String,
    /// By which statement.
    pub statement: StatementName,
}

impl Service {
    /// Asks for everybody.
    pub async fn who_can(&self, action: &str, key: &str, peer_uid: u32) -> Result<WhoCan, OperatorError> {
        let parameters = json!({ "action": action, "key": key });
        self.record_act("OperatorWhoCan", peer_uid, true, Some(parameters)).await?;
        let action = known_action(action)?;
        let action = action.as_str();
        check_action(action)?;
        let snapshot = self.snapshot();
        let target = self.target(Some(key), &self.parts().account, &snapshot)?;
        let Target::Key(entry, _) = &target else {
            return Err(OperatorError::Question(format!("{key} is not a key")));
        };
        check_target(action, &target, &entry.arn.account)?;
        let mut context = OwnedContext::default();
        context.network.secure_transport = true;
        let mut principals = Vec::new();
        for (at, (name, caller)) in everybody(&snapshot, entry, action).into_iter().enumerate() {
            if at % AT_ONCE == AT_ONCE - 1 {
                // Requests go first.
                tokio::task::yield_now().await;
            }
            let (question, second) = self.questions(&snapshot, &caller, action, &target, &context);
            principals.push(row(name, &question, second.as_ref()));
        }
        principals.sort_by(|a, b| (!a.allowed, &a.principal).cmp(&(!b.allowed, &b.principal)));
        let fit = fitting(&principals);
        let left_out = principals.len() - fit;
        principals.truncate(fit);
        Ok(WhoCan {
            action: action.to_owned(),
            key: entry.arn_text().to_owned(),
            asked_with: asked_with(action, &target, &context),
            principals,
            left_out,
            other_grantees: other_grantees(entry, action),
            other_principals: other_principals(entry, action),
        })
    }
}

/// Refuses what is not asked of keys.
fn check_action(action: &str) -> Result<(), OperatorError> {
    let simulate = "`strongroom simulate`";
    let text = match minimal_request::asked_of(action) {
        _ if action == RETIRING => {
            format!("{RETIRING} is decided by the grant that is to be retired; {simulate} takes its id")
        }
        AskedOf::Key | AskedOf::AliasAndKey => return Ok(()),
        of @ AskedOf::Unasked => format!("{action} is asked of {}", of.told()),
        of => format!("{action} is asked of {}; {simulate} asks it for one principal", of.told()),
    };
    Err(OperatorError::Question(text))
}

/// What the questions took for granted, and what they leave out.
fn asked_with(action: &str, target: &Target, context: &OwnedContext) -> String {
    let mut said = vec![ASKED_WITH.to_owned()];
    said.extend(minimal_request::says(action).map(str::to_owned));
    said.extend(not_asked(action, target, context).into_iter().map(|other| format!("not asked: {other}")));
    if !minimal_request::is_served_abroad(action) {
        said.push("principals of the key's account only, for others are not served".to_owned());
    }
    said.join("; ")
}

/// Roots, users, roles, and the sessions that grants on the key or its policy name: of every account that is served.
fn everybody(snapshot: &Snapshot, key: &KeyEntry, action: &str) -> Vec<(String, Arc<Caller>)> {
    let directory = &snapshot.directory;
    let roots = snapshot.accounts().filter_map(|(account, _)| directory.root(account));
    let users = directory.users.values().map(|user| &user.caller);
    let named = |caller: &Arc<Caller>| (caller.arn().to_string(), caller.clone());
    let mut all: Vec<_> = roots.chain(users).map(named).collect();
    for role in directory.roles.values() {
        let name = role.path_and_name();
        let caller = Caller::role_session(role.account.clone(), &name, role.unique_id.clone(), SESSION);
        all.push((role.arn().to_string(), Arc::new(caller)));
    }
    let sessions = key.grants.after(None).filter_map(|entry| match &entry.grant.grantee {
        BoundPrincipal::Session { role, session } => Some((role, &**session)),
        _ => None,
    });
    for (role, session) in sessions.chain(key.policy.sessions()).collect::<BTreeSet<_>>() {
        if let Some(role) = directory.role_with(role) {
            let name = role.path_and_name();
            let caller = Caller::role_session(role.account.clone(), &name, role.unique_id.clone(), session);
            all.push((caller.arn().to_string(), Arc::new(caller)));
        }
    }
    if !minimal_request::is_served_abroad(action) {
        all.retain(|(_, caller)| *caller.account() == key.arn.account);
    }
    all
}

/// The answer for one principal: what both questions allow, if there are two.
fn row(principal: String, first: &KeptQuestion, second: Option<&KeptQuestion>) -> Principal {
    let (mut question, mut seen) = (first, first.observe());
    if let Some(second) = second.filter(|_| seen.allowed) {
        (question, seen) = (second, second.observe());
    }
    let unmet_conditions = if seen.allowed { Vec::new() } else { unmet(question, &seen) };
    Principal {
        principal,
        allowed: seen.allowed,
        rule: seen.rule,
        rule_number: seen.rule_number,
        by: seen.determining,
        grant: seen.grant,
        unmet_conditions,
    }
}

/// What stands in the way: in statements that match in everything else, conditions of those that allow, and conditions of
/// those that deny which the caller can end; and constraints of grants that list the action.
fn unmet(question: &KeptQuestion, seen: &Explanation) -> Vec<String> {
    let matching = seen.statements.iter().filter(|found| found.mismatches.is_empty());
    let conditions = matching.flat_map(|found| {
        found.conditions.iter().filter(move |condition| match found.effect {
            Effect::Allow => !condition.holds,
            Effect::Deny => found.matched.is_some() && question.can_bring(&condition.key),
        })
    });
    let texts = conditions.map(|condition| format!("{} {}", condition.operator, condition.key));
    let grants = seen.grants.iter().filter_map(|found| constraint(question, found)).take(GRANTS_NAMED_MAX);
    texts.chain(grants).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What keeps a grant to the caller that lists the action from letting it. Of pairs the names say enough.
fn constraint(question: &KeptQuestion, found: &GrantFinding) -> Option<String> {
    let what = match found.mismatch? {
        GrantMismatch::Grantee | GrantMismatch::Operation => return None,
        GrantMismatch::SourceArn => "SourceArn".to_owned(),
        GrantMismatch::Widening => "Operations and Constraints".to_owned(),
        GrantMismatch::Constraints => {
            let entry = question.grants.iter().find(|entry| *entry.grant.id == *found.id)?;
            let constraints = entry.grant.constraints.as_ref()?;
            let names: Vec<&str> = constraints.pairs().keys().map(String::as_str).collect();
            let names: String = names.join(" and ").chars().take(NAMES_CHARS_MAX).collect();
            let names = if names.is_empty() { "nothing" } else { names.as_str() };
            format!("{} {names}", constraints.kind())
        }
    };
    Some(format!("grant {} {what}", found.id))
}

/// How many rows fit into an answer.
fn fitting(rows: &[Principal]) -> usize {
    let mut bytes = 0;
    let too_much = rows.iter().position(|row| {
        bytes += serde_json::to_string(row).map_or(ROWS_BYTES_MAX, |text| text.len());
        bytes > ROWS_BYTES_MAX
    });
    too_much.unwrap_or(rows.len())
}

fn other_grantees(key: &KeyEntry, action: &str) -> Vec<OtherGrantee> {
    let Some(operation) = GrantOperation::of_action(action) else { return Vec::new() };
    let entries = key.grants.after(None).filter(|entry| {
        let other =
            matches!(entry.grant.grantee, BoundPrincipal::Service(_) | BoundPrincipal::FederatedUser(..));
        other && entry.grant.operations.contains(operation)
    });
    let other = |entry: &Arc<GrantEntry>| OtherGrantee {
        principal: entry.record.grantee.name.clone(),
        grant: entry.id.to_string(),
    };
    entries.take(OTHERS_MAX).map(other).collect()
}

fn other_principals(key: &KeyEntry, action: &str) -> Vec<OtherPrincipal> {
    let named = key.policy.allowed_others(action).filter_map(|(statement, bound)| {
        let principal = match bound {
            BoundPrincipal::FederatedUser(account, name) => {
                PrincipalArn::FederatedUser(account.clone(), name.clone()).to_string()
            }
            BoundPrincipal::Service(name) => name.to_string(),
            _ => return None,
        };
        Some(OtherPrincipal { principal, statement })
    });
    named.take(OTHERS_MAX).collect()
}
