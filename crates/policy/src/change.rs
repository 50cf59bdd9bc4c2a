//! The smallest change that turns a denial into an allow, as data that can be applied: of policies, unless the caller can
//! bring what is wanting.

use crate::brought::{self, Brought};
use crate::decide::{Collected, Missing, collect_question};
use crate::document::write;
use crate::explain::{Recorder, StatementFinding};
use crate::json::{self, Json};
use crate::retire::{Needed, Retiring};
use crate::trust::collect_trust;
use crate::{
    Context, Document, Effect, Evidence, Grant, Match, PolicyError, PolicyName, Question, StatementName,
};
use serde::Serialize;
use std::iter;
use std::sync::Arc;
use strongroom_types::PrincipalArn;

/// The name of an identity policy that a change makes.
const NEW_POLICY: &str = "suggested-by-explain";

/// One change of one policy, of a grant, or of how the caller asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Change {
    /// Take this statement out: it denies.
    Remove(StatementName),
    /// Add a statement that allows, to a policy that exists or to one that this makes: an identity policy of the
    /// name given, or a session policy at a place after the last.
    Add {
        /// The policy.
        to: PolicyName,
        /// The ARN of the principal or of the identity provider, in a policy that names principals.
        principal: Option<String>,
        /// The action.
        action: String,
        /// The resource; a trust policy does not say it, because it is about its own role.
        resource: String,
        /// Condition keys with the values that they have to equal: a provider's token is let in for its own
        /// audience and subject only.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        conditions: Vec<(String, String)>,
    },
    /// Make this grant anew, with this retiring principal: a grant itself is never changed.
    Regrant {
        /// The grant's id.
        grant: String,
        /// The ARN of the principal.
        retiring: String,
    },
    /// Ask again with these values of condition keys, which the caller can bring by itself; no policy is changed by it.
    Bring {
        /// How the caller brings them.
        how: &'static str,
        /// The keys with their values.
        values: &'static [(&'static str, &'static str)],
    },
}

/// What flips the denial of this question: empty when it is allowed, or when nothing can (another account's alias).
/// To be applied in the order given: what the caller brings comes first, then additions, and statements are taken out
/// from the last to the first.
pub fn smallest_change(question: &Question<'_>, evidence: &Evidence<'_>) -> Vec<Change> {
    fewest(question, |question| {
        let mut recorder = Recorder::default();
        let collected = collect_question(question, evidence, &mut recorder);
        Acted::key(question, evidence).change(&collected, &recorder.statements, question, evidence)
    })
}

/// The same for [`crate::decide_trust`].
pub(crate) fn change_of_trust(
    question: &Question<'_>,
    role: &PrincipalArn,
    trust: &Document,
    evidence: &Evidence<'_>,
) -> Vec<Change> {
    fewest(question, |question| {
        let mut recorder = Recorder::default();
        let collected = collect_trust(question, role, trust, evidence, &mut recorder);
        let (named, resource) = (role.to_string(), role.to_string());
        let acted = Acted { policy: PolicyName::TrustPolicy, document: Some(trust), named, resource };
        acted.change(&collected, &recorder.statements, question, evidence)
    })
}

/// The changes that `changes` finds; or what the caller can bring, with the changes that are left then, if those are
/// fewer. The question is decided anew with what is brought: none left means that it is allowed.
fn fewest(question: &Question<'_>, changes: impl Fn(&Question<'_>) -> Vec<Change>) -> Vec<Change> {
    let as_asked = changes(question);
    let with = |brought: &'static Brought| {
        let left = brought.ask(question, &changes);
        let fewer = left.len() < as_asked.len();
        let bring = Change::Bring { how: brought.how, values: brought.values };
        fewer.then(|| iter::once(bring).chain(left).collect::<Vec<_>>())
    };
    brought::of(question).find_map(with).unwrap_or(as_asked)
}

/// The same for [`crate::decide_web_identity`]: the trust policy alone decides.
pub(crate) fn change_of_web_identity(
    found: &[StatementFinding],
    provider: &str,
    action: &str,
    role: &PrincipalArn,
    context: &Context<'_>,
) -> Vec<Change> {
    let lets = |finding: &StatementFinding| {
        finding.effect == Effect::Allow && finding.matched == Some(Match::Itself)
    };
    let token = context.session.web_identity;
    let conditions = token.into_iter().flat_map(|token| {
        let named = [("aud", token.audience), ("sub", token.subject)];
        named.map(|(claim, value)| (format!("{}:{claim}", token.issuer), value.to_owned()))
    });
    let added = (!found.iter().any(lets)).then(|| Change::Add {
        to: PolicyName::TrustPolicy,
        principal: Some(provider.to_owned()),
        action: action.to_owned(),
        resource: role.to_string(),
        conditions: conditions.collect(),
    });
    added.into_iter().chain(denying(found).into_iter().map(Change::Remove)).collect()
}

/// The same for [`crate::decide_retire_grant`].
pub(crate) fn change_of_retirement(
    question: &Question<'_>,
    evidence: &Evidence<'_>,
    grant: &Grant,
) -> Vec<Change> {
    fewest(question, |question| retirement(question, evidence, grant))
}

fn retirement(question: &Question<'_>, evidence: &Evidence<'_>, grant: &Grant) -> Vec<Change> {
    let mut recorder = Recorder::default();
    let retiring = Retiring::collect(question, evidence, grant, &mut recorder);
    let (acted, removed) = (Acted::key(question, evidence), denying(&recorder.statements));
    let change = |needed: Needed| match needed {
        Needed::Grant => {
            Change::Regrant { grant: grant.id.to_string(), retiring: question.caller.arn().to_string() }
        }
        Needed::Identity => acted.addition(Missing::Identity, question, evidence),
        Needed::Boundary => acted.addition(Missing::Boundary, question, evidence),
        Needed::Session => acted.addition(Missing::Session, question, evidence),
    };
    let mut changes: Vec<Change> = retiring.needed().into_iter().map(change).collect();
    if acted.is_left_empty(&removed) {
        changes.push(acted.addition(Missing::Resource, question, evidence));
    }
    changes.extend(removed.into_iter().map(Change::Remove));
    changes
}

/// The statements that deny, from the last of a policy to its first.
fn denying(found: &[StatementFinding]) -> Vec<StatementName> {
    let denying = found.iter().filter(|finding| finding.effect == Effect::Deny && finding.matched.is_some());
    let mut removed: Vec<StatementName> = denying.map(|finding| finding.statement.clone()).collect();
    removed.sort_by(|a, b| (&a.policy, b.index).cmp(&(&b.policy, a.index)));
    removed
}

/// What is acted on, and its own policy.
struct Acted<'a> {
    policy: PolicyName,
    document: Option<&'a Document>,
    /// How its own policy names it.
    named: String,
    /// How the other policies name it.
    resource: String,
}

impl<'a> Acted<'a> {
    /// A key, or what has no policy of its own.
    fn key(question: &Question<'_>, evidence: &Evidence<'a>) -> Self {
        Self {
            policy: PolicyName::KeyPolicy,
            document: evidence.key_policy,
            named: "*".to_owned(),
            resource: question.resource.to_string(),
        }
    }

    fn change(
        &self,
        collected: &Collected,
        found: &[StatementFinding],
        question: &Question<'_>,
        evidence: &Evidence<'_>,
    ) -> Vec<Change> {
        if collected.decide().is_allowed() || collected.is_out_of_reach() {
            return Vec::new();
        }
        let removed = denying(found);
        let mut missing = collected.missing();
        if self.is_left_empty(&removed) && !missing.contains(&Missing::Resource) {
            missing.push(Missing::Resource);
        }
        let added = missing.into_iter().map(|missing| self.addition(missing, question, evidence));
        added.chain(removed.into_iter().map(Change::Remove)).collect()
    }

    /// A policy needs a statement: where every one denies and goes, one that allows has to come.
    fn is_left_empty(&self, removed: &[StatementName]) -> bool {
        let count = removed.iter().filter(|statement| statement.policy == self.policy).count();
        self.document.is_some_and(|policy| policy.statements() == count)
    }

    fn addition(&self, missing: Missing, question: &Question<'_>, evidence: &Evidence<'_>) -> Change {
        let (to, principal, resource) = match missing {
            Missing::Resource => {
                (self.policy.clone(), Some(question.caller.arn().to_string()), self.named.clone())
            }
            Missing::Identity => (PolicyName::Identity(Arc::from(NEW_POLICY)), None, self.resource.clone()),
            Missing::Boundary => (PolicyName::Boundary, None, self.resource.clone()),
            Missing::Session => {
                let place = evidence.session.map_or(0, |policies| policies.len());
                (PolicyName::Session(place), None, self.resource.clone())
            }
        };
        Change::Add { to, principal, action: question.action.to_string(), resource, conditions: Vec::new() }
    }
}

impl Change {
    /// The policy that is changed; `None` for a grant, and for what the caller brings.
    pub fn policy(&self) -> Option<&PolicyName> {
        match self {
            Self::Remove(statement) => Some(&statement.policy),
            Self::Add { to, .. } => Some(to),
            Self::Regrant { .. } | Self::Bring { .. } => None,
        }
    }

    /// The policy's text after the change, given its text before (`None`: there is no such policy). `None` when
    /// nothing of it is left. Changes that are not of a policy leave it as it is.
    pub fn apply(&self, text: Option<&str>) -> Result<Option<String>, PolicyError> {
        let mut members = match text.map(json::read).transpose()? {
            Some(Json::Object(members)) => members,
            Some(_) => return Err(PolicyError::InvalidJson),
            None => vec![("Version".to_owned(), Json::Text("2012-10-17".to_owned()))],
        };
        let version = json::member(&members, "Version");
        let variables = matches!(version, Some(Json::Text(version)) if version == "2012-10-17");
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
            Self::Add { .. } => statements.extend(self.statement(variables)),
            Self::Regrant { .. } | Self::Bring { .. } => return Ok(text.map(str::to_owned)),
        }
        if statements.is_empty() {
            return Ok(None);
        }
        members.push(("Statement".to_owned(), Json::List(statements)));
        let mut written = String::new();
        write(&Json::Object(members), 0, &mut written);
        Ok(Some(written))
    }

    /// The statement that is added, in a document with policy variables or without.
    fn statement(&self, variables: bool) -> Option<Json> {
        let Self::Add { to, principal, action, resource, conditions } = self else { return None };
        let mut members = vec![text("Effect", "Allow")];
        let principal = principal.as_deref().map(|arn| object("Principal", vec![text(kind_of(arn), arn)]));
        members.extend(principal);
        members.push(text("Action", action));
        if *to != PolicyName::TrustPolicy {
            members.push(text("Resource", resource));
        }
        if !conditions.is_empty() {
            let values = conditions.iter().map(|(key, value)| text(key, &literal(value, variables)));
            members.push(object("Condition", vec![object("StringEquals", values.collect())]));
        }
        Some(Json::Object(members))
    }
}

/// The member of `Principal` under which an ARN stands: an identity provider is no principal of ours.
fn kind_of(arn: &str) -> &'static str {
    if PrincipalArn::parse(arn).is_ok() { "AWS" } else { "Federated" }
}

/// A value in which nothing is taken for a policy variable.
fn literal(value: &str, variables: bool) -> String {
    if variables { value.replace("${", "${$}{") } else { value.to_owned() }
}

fn text(name: &str, value: &str) -> (String, Json) {
    (name.to_owned(), Json::Text(value.to_owned()))
}

fn object(name: &str, members: Vec<(String, Json)>) -> (String, Json) {
    (name.to_owned(), Json::Object(members))
}
