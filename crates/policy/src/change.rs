//! The smallest change of policies that turns a denial into an allow, as data that can be applied.

use crate::decide::{Missing, collect_question};
use crate::document::write;
use crate::explain::Recorder;
use crate::json::{self, Json};
use crate::{Effect, Evidence, PolicyError, PolicyName, Question, StatementName};
use serde::Serialize;
use std::sync::Arc;

/// The name of an identity policy that a change makes.
const NEW_POLICY: &str = "suggested-by-explain";

/// One change of one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Change {
    /// Take this statement out: it denies.
    Remove(StatementName),
    /// Add a statement that allows, to a policy that exists or to one that this makes: an identity policy of the
    /// name given, or a session policy at a place after the last.
    Add {
        /// The policy.
        to: PolicyName,
        /// The ARN of the principal, in a policy that names principals.
        principal: Option<String>,
        /// The action.
        action: String,
        /// The resource.
        resource: String,
    },
}

/// What flips the denial of this question: empty when it is allowed, or when nothing can (another account's alias).
/// To be applied in the order given; additions come first, and statements are taken out from the last to the first.
pub fn smallest_change(question: &Question<'_>, evidence: &Evidence<'_>) -> Vec<Change> {
    let mut recorder = Recorder::default();
    let collected = collect_question(question, evidence, &mut recorder);
    if collected.decide().is_allowed() || collected.is_out_of_reach() {
        return Vec::new();
    }
    let denying = recorder
        .statements
        .iter()
        .filter(|finding| finding.effect == Effect::Deny && finding.matched.is_some())
        .map(|finding| &finding.statement);
    let mut removed: Vec<StatementName> = denying.cloned().collect();
    removed.sort_by(|a, b| (&a.policy, b.index).cmp(&(&b.policy, a.index)));
    let mut missing = collected.missing();
    if leaves_no_key_policy(&removed, evidence) && !missing.contains(&Missing::Resource) {
        missing.push(Missing::Resource);
    }
    let added = missing.into_iter().map(|missing| addition(missing, question, evidence));
    added.chain(removed.into_iter().map(Change::Remove)).collect()
}

/// A key policy needs a statement: where every one denies and goes, one that allows has to come.
fn leaves_no_key_policy(removed: &[StatementName], evidence: &Evidence<'_>) -> bool {
    let count = removed.iter().filter(|statement| statement.policy == PolicyName::KeyPolicy).count();
    count > 0 && evidence.key_policy.is_some_and(|policy| policy.statements() == count)
}

fn addition(missing: Missing, question: &Question<'_>, evidence: &Evidence<'_>) -> Change {
    let (to, principal, resource) = match missing {
        Missing::Resource => (PolicyName::KeyPolicy, Some(question.caller.arn().to_string()), "*".to_owned()),
        Missing::Identity => {
            (PolicyName::Identity(Arc::from(NEW_POLICY)), None, question.resource.to_string())
        }
        Missing::Boundary => (PolicyName::Boundary, None, question.resource.to_string()),
        Missing::Session => {
            let place = evidence.session.map_or(0, |policies| policies.len());
            (PolicyName::Session(place), None, question.resource.to_string())
        }
    };
    Change::Add { to, principal, action: question.action.to_owned(), resource }
}

impl Change {
    /// The policy that is changed.
    pub fn policy(&self) -> &PolicyName {
        match self {
            Self::Remove(statement) => &statement.policy,
            Self::Add { to, .. } => to,
        }
    }

    /// The policy's text after the change, given its text before (`None`: there is no such policy). `None` when
    /// nothing of it is left.
    pub fn apply(&self, text: Option<&str>) -> Result<Option<String>, PolicyError> {
        let mut members = match text.map(json::read).transpose()? {
            Some(Json::Object(members)) => members,
            Some(_) => return Err(PolicyError::InvalidJson),
            None => vec![("Version".to_owned(), Json::Text("2012-10-17".to_owned()))],
        };
        let found = members.iter().position(|(name, _)| name == "Statement");
        let mut statements = match found.map(|at| members.remove(at).1) {
            Some(Json::List(statements)) => statements,
            Some(statement) => vec![statement],
            None => Vec::new(),
        };
        match self {
            Self::Remove(statement) if statement.index < statements.len() => {
                statements.remove(statement.index);
            }
            Self::Remove(_) => return Err(PolicyError::MissingElement("Statement")),
            Self::Add { principal, action, resource, .. } => {
                statements.push(statement(principal.as_deref(), action, resource));
            }
        }
        if statements.is_empty() {
            return Ok(None);
        }
        members.push(("Statement".to_owned(), Json::List(statements)));
        let mut written = String::new();
        write(&Json::Object(members), 0, &mut written);
        Ok(Some(written))
    }
}

fn statement(principal: Option<&str>, action: &str, resource: &str) -> Json {
    let text = |name: &str, value: &str| (name.to_owned(), Json::Text(value.to_owned()));
    let mut members = vec![text("Effect", "Allow")];
    let principal = principal.map(|arn| ("Principal".to_owned(), Json::Object(vec![text("AWS", arn)])));
    members.extend(principal);
    members.extend([text("Action", action), text("Resource", resource)]);
    Json::Object(members)
}
