//! What AWS accepts and what can never apply: told to the operator, not to the caller.

use super::Document;
use crate::action::{Action, KmsAction, known_actions};
use crate::condition::Condition;
use crate::pattern::Pattern;
use crate::principal::Principal;
use crate::request::{Place, Request, Subject};
use crate::statement::Statement;
use crate::{BoundPrincipal, Caller, Context, DocumentKind, Resource};
use strongroom_types::KeyArn;

impl Document {
    /// One line for each part that is accepted and without effect. With the ARN of the key that a key policy is
    /// attached to, also for statements that name other keys only.
    pub fn warnings(&self, key: Option<&KeyArn>) -> Vec<String> {
        let mut warnings = Vec::new();
        for (index, statement) in self.statements.iter().enumerate() {
            let name = match &statement.sid {
                Some(sid) => format!("Statement {index} ('{sid}')"),
                None => format!("Statement {index}"),
            };
            let about = faults(statement, self.kind, key);
            warnings.extend(about.into_iter().map(|fault| format!("{name} {fault}")));
        }
        warnings
    }
}

fn faults(statement: &Statement, kind: DocumentKind, key: Option<&KeyArn>) -> Vec<String> {
    let mut faults = Vec::new();
    if statement.actions.is_none() {
        faults.push("has no Action and never applies.".to_owned());
    }
    if statement.resources.is_none() {
        faults.push("has no Resource and never applies.".to_owned());
    }
    if let Some(key) = key.filter(|key| statement.resources.is_some() && !may_name(statement, key)) {
        faults.push(format!("names other resources than its own key {key} and never applies."));
    }
    let patterns = statement.actions.iter().flat_map(|actions| actions.patterns());
    faults.extend(patterns.filter_map(|pattern| fault_of_action(pattern, kind)));
    faults.extend(pointless_alias(statement).filter(|_| !kind.names_principals()));
    for principal in statement.principals.listed() {
        match principal {
            Principal::Bound(BoundPrincipal::Service(name)) => {
                faults.push(format!("names the service {name}, which never calls here."));
            }
            Principal::Federated(name) if kind == DocumentKind::KeyPolicy => {
                faults.push(format!("names the identity provider {name}, which never calls KMS."));
            }
            _ => {}
        }
    }
    faults.extend(statement.conditions.iter().filter_map(|condition| fault_of(condition, statement, kind)));
    faults
}

/// What an action is, when nobody asks for it: of KMS, IAM and STS every action is known.
fn fault_of_action(pattern: &Pattern, kind: DocumentKind) -> Option<String> {
    let text = pattern.text();
    let service = text.split_once(':').map(|(service, _)| service);
    let (begins, by_whom) = match kind {
        DocumentKind::KeyPolicy => ("kms:", "nobody asks for on a key"),
        DocumentKind::TrustPolicy => ("sts:", "nobody asks for on a role"),
        // Policies may be written for other services too.
        _ if !matches!(service, Some("kms" | "iam" | "sts")) => return None,
        DocumentKind::Identity | DocumentKind::Session => ("", "no request here asks for"),
    };
    let known = known_actions().any(|action| action.starts_with(begins) && pattern.matches(action));
    (!known).then(|| format!("names the action {text}, which {by_whom}."))
}

/// An alias whose ARN is named for actions on keys: whoever uses a key by it is asked for the key's (contract section 6.8).
fn pointless_alias(statement: &Statement) -> Option<String> {
    const ON_ALIASES: [KmsAction; 3] =
        [KmsAction::CreateAlias, KmsAction::DeleteAlias, KmsAction::UpdateAlias];
    let selects = |action: &KmsAction| statement.selects_action(Action::of(action.as_str()));
    if !KmsAction::ALL.iter().any(selects) || ON_ALIASES.iter().any(selects) {
        return None;
    }
    let items = statement.resources.iter().flat_map(|selector| selector.items());
    let mut named = items.map(|template| template.beginning());
    let alias = named.find(|text| text.contains(":kms:") && text.contains(":alias/"))?;
    Some(format!(
        "names the alias {alias}, which none of its actions acts on: kms:ResourceAliases means its key."
    ))
}

/// Whether the resource element selects the key for some request: variables may stand for anything.
fn may_name(statement: &Statement, key: &KeyArn) -> bool {
    use crate::template::Template;
    let items = statement.resources.iter().flat_map(|selector| selector.items());
    if items.into_iter().any(|template| matches!(template, Template::Variable(..))) {
        return true;
    }
    let (context, caller) = (Context::default(), Caller::root(key.account.clone()));
    let request = Request::new(Subject::Caller(&caller), Action::of("kms:*"), Resource::Key(key), &context);
    statement.selects_resource(&request, Place::Resource)
}

fn fault_of(condition: &Condition, statement: &Statement, kind: DocumentKind) -> Option<String> {
    let key = &condition.key;
    let written = &condition.written;
    if kind.names_principals() && key.row.identity_only {
        return Some(format!("uses the condition key {}, which exists in IAM policies only.", written.key));
    }
    if condition.never_matches() {
        return Some(format!("compares {} with values that are no ARNs and never match.", written.key));
    }
    if key.is_never_there() {
        return Some(format!("uses the condition key {}, which no request here has.", written.key));
    }
    if let Some(having) = key.iam_actions() {
        let pointless = statement.actions.is_some()
            && !having.iter().any(|action| statement.selects_action(Action::of(action)));
        return pointless.then(|| none_has(&written.key));
    }
    let selected = |action: &&KmsAction| statement.selects_action(Action::of(action.as_str()));
    let mut actions = KmsAction::ALL.iter().filter(selected).peekable();
    let pointless = key.is_kms() && actions.peek().is_some() && !actions.any(|a| key.applies_to(Some(*a)));
    pointless.then(|| none_has(&written.key))
}

fn none_has(key: &str) -> String {
    format!("uses the condition key {key}, which none of its actions has.")
}
