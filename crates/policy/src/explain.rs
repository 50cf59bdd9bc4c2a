//! Why a decision is what it is: every statement and grant considered, what matched and what did not. The engine is
//! the one that serves ([`crate::decide`]); only its observer differs.

use crate::change::{change_of_retirement, change_of_trust, change_of_web_identity};
use crate::condition::Condition;
use crate::decide::decide_observed;
use crate::observer::{Element, Observer};
use crate::request::{Place, Request};
use crate::retire::{RetirerKind, Retiring};
use crate::statement::Statement;
use crate::trust::{collect_trust, decide_web_identity_observed};
use crate::{
    Change, Context, Decision, Denial, Document, Effect, Evidence, Grant, GrantMismatch, Match, PolicyName,
    Question, Resource, Rule, StatementName, smallest_change,
};
use serde::Serialize;
use strongroom_types::PrincipalArn;

/// A decision with everything that was looked at. Serialisable, so that it can be kept as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// Who asked.
    pub principal: String,
    /// For what.
    pub action: String,
    /// On what: an ARN, or `*`.
    pub resource: String,
    /// The answer.
    pub allowed: bool,
    /// The rule that decided.
    pub rule: Rule,
    /// Its number: 1 is R1.
    pub rule_number: usize,
    /// The text that the caller gets.
    pub message: Option<String>,
    /// The statements that determined the answer.
    pub determining: Vec<StatementName>,
    /// The grant that allowed.
    pub grant: Option<String>,
    /// Every statement, in the order of evaluation.
    pub statements: Vec<StatementFinding>,
    /// Every grant that was considered.
    pub grants: Vec<GrantFinding>,
    /// The grant that was to be retired, if the question is that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retirement: Option<RetirementFinding>,
    /// Parts of the policies that can never apply: first of the resource's, then of the caller's, by their names.
    pub warnings: Vec<String>,
    /// The smallest change that would allow, when the answer is a denial.
    pub changes: Vec<Change>,
}

/// One statement, and how it met the request.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatementFinding {
    /// Which.
    pub statement: StatementName,
    /// Allow or Deny.
    pub effect: Effect,
    /// How it means the caller, when all of it matches.
    pub matched: Option<Match>,
    /// The elements that do not match.
    pub mismatches: Vec<Element>,
    /// Every condition.
    pub conditions: Vec<ConditionFinding>,
}

/// One condition, and what the request held for its key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConditionFinding {
    /// The operator as the policy writes it.
    pub operator: String,
    /// The key as the policy writes it.
    pub key: String,
    /// The values as the policy writes them.
    pub wanted: Vec<String>,
    /// The request's values, those that are many or long shortened; `None` when the key is missing.
    pub actual: Option<Vec<String>>,
    /// Whether it holds.
    pub holds: bool,
}

/// One grant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GrantFinding {
    /// Its id.
    pub id: String,
    /// How it means the caller, when it lets the request.
    pub matched: Option<Match>,
    /// Why it does not.
    pub mismatch: Option<GrantMismatch>,
}

/// A grant that was to be retired, and who may do that.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RetirementFinding {
    /// The grant's id.
    pub grant: String,
    /// Everybody whom it could let, and the account that issued it.
    pub retirers: Vec<RetirerFinding>,
}

/// Somebody who may retire a grant, or could if the grant said so.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RetirerFinding {
    /// By what.
    pub kind: RetirerKind,
    /// Who: an ARN, or a service's name.
    pub principal: String,
    /// Whether it may: a grantee only if the grant lists RetireGrant.
    pub may: bool,
    /// How it means the caller.
    pub matched: Option<Match>,
}

/// The principals of a grant by the names that they were given when it was made: ARNs, or names of services.
#[derive(Clone, Copy, Debug)]
pub struct GrantNames<'a> {
    /// The grantee.
    pub grantee: &'a str,
    /// The retiring principal.
    pub retiring: Option<&'a str>,
}

/// Decides as [`crate::decide`] does, and tells all about it.
pub fn explain(question: &Question<'_>, evidence: &Evidence<'_>) -> Explanation {
    Explanation {
        warnings: warnings(question, evidence),
        changes: smallest_change(question, evidence),
        ..observe(question, evidence)
    }
}

/// The same without warnings and changes, which take longer to find than the decision: for many questions at once.
pub fn observe(question: &Question<'_>, evidence: &Evidence<'_>) -> Explanation {
    let mut recorder = Recorder::default();
    let decision = decide_observed(question, evidence, &mut recorder);
    let message = denial(&decision).map(|denial| denial.message(question));
    recorder.finish(Asked::of(question, question.resource.to_string()), &decision, message)
}

/// The same for [`crate::decide_trust`].
pub fn observe_trust(
    question: &Question<'_>,
    role: &PrincipalArn,
    trust: &Document,
    evidence: &Evidence<'_>,
) -> Explanation {
    let mut recorder = Recorder::default();
    let decision = collect_trust(question, role, trust, evidence, &mut recorder).decide();
    let message = denial(&decision).map(|denial| denial.sts_message(question));
    recorder.finish(Asked::of(question, role.to_string()), &decision, message)
}

/// The same with warnings and changes.
pub fn explain_trust(
    question: &Question<'_>,
    role: &PrincipalArn,
    trust: &Document,
    evidence: &Evidence<'_>,
) -> Explanation {
    Explanation {
        warnings: [trust.warnings(None), warnings_of_caller(evidence)].concat(),
        changes: change_of_trust(question, role, trust, evidence),
        ..observe_trust(question, role, trust, evidence)
    }
}

/// The same for [`crate::decide_web_identity`]. The principal is `PROVIDER:AUDIENCE:SUBJECT`, as in audit records.
pub fn explain_web_identity(
    provider: &str,
    action: &str,
    role: &PrincipalArn,
    trust: &Document,
    context: &Context<'_>,
) -> Explanation {
    let mut recorder = Recorder::default();
    let decision = decide_web_identity_observed(provider, action, role, trust, context, &mut recorder);
    let message = denial(&decision).map(|_| Denial::web_identity_message(action));
    let changes = change_of_web_identity(&recorder.statements, provider, action, role, context);
    let principal = match &context.session.web_identity {
        Some(token) => format!("{provider}:{}:{}", token.audience, token.subject),
        None => provider.to_owned(),
    };
    let asked = Asked { principal, action: action.to_owned(), resource: role.to_string() };
    Explanation { warnings: trust.warnings(None), changes, ..recorder.finish(asked, &decision, message) }
}

/// The same for [`crate::decide_retire_grant`].
pub fn explain_retire_grant(
    question: &Question<'_>,
    evidence: &Evidence<'_>,
    grant: &Grant,
    names: GrantNames<'_>,
) -> Explanation {
    let mut recorder = Recorder::default();
    let retiring = Retiring::collect(question, evidence, grant, &mut recorder);
    let decision = retiring.decide(grant);
    let message = denial(&decision).map(|denial| denial.message(question));
    let asked = Asked::of(question, question.resource.to_string());
    Explanation {
        retirement: Some(retirement(&retiring, grant, names)),
        warnings: warnings(question, evidence),
        changes: change_of_retirement(question, evidence, grant),
        ..recorder.finish(asked, &decision, message)
    }
}

fn retirement(retiring: &Retiring, grant: &Grant, names: GrantNames<'_>) -> RetirementFinding {
    let named = |kind: RetirerKind| match kind {
        RetirerKind::RetiringPrincipal => names.retiring.unwrap_or_default().to_owned(),
        RetirerKind::Grantee => names.grantee.to_owned(),
        RetirerKind::IssuingAccount => PrincipalArn::Root(grant.issuer.clone()).to_string(),
    };
    let retirers = retiring.ways.iter().map(|way| RetirerFinding {
        kind: way.kind,
        principal: named(way.kind),
        may: way.open,
        matched: way.matched,
    });
    RetirementFinding { grant: grant.id.to_string(), retirers: retirers.collect() }
}

/// Parts of the key's policy and of the caller's that can never apply.
fn warnings(question: &Question<'_>, evidence: &Evidence<'_>) -> Vec<String> {
    let of_key = match (question.resource, evidence.key_policy) {
        (Resource::Key(arn), Some(policy)) => policy.warnings(Some(arn)),
        _ => Vec::new(),
    };
    [of_key, warnings_of_caller(evidence)].concat()
}

/// Whose policies begin so cannot be changed by anybody here, and are about more than is here.
const MANAGED_BY_AWS: &str = "arn:aws:iam::aws:policy/";

/// Parts of identity policies, boundary and session policies that can never apply, each under its policy's name.
fn warnings_of_caller(evidence: &Evidence<'_>) -> Vec<String> {
    let identity = evidence.identity.iter().filter(|policy| !policy.name.starts_with(MANAGED_BY_AWS));
    let identity = identity.map(|policy| (format!("Identity policy {}", policy.name), &*policy.document));
    let boundary = evidence.boundary.map(|document| ("Permissions boundary".to_owned(), document));
    let session = evidence.session.unwrap_or_default().iter().enumerate();
    let session = session.map(|(place, document)| (format!("Session policy {}", place + 1), &**document));
    let policies = identity.chain(boundary).chain(session);
    let warnings = policies.flat_map(|(name, document)| {
        let warnings = document.warnings(None).into_iter();
        warnings.map(move |warning| format!("{name}: {warning}"))
    });
    warnings.collect()
}

fn denial(decision: &Decision) -> Option<&Denial> {
    match decision {
        Decision::Denied(denial) => Some(denial),
        Decision::Allowed(_) => None,
    }
}

/// A question, for reading.
struct Asked {
    principal: String,
    action: String,
    resource: String,
}

impl Asked {
    fn of(question: &Question<'_>, resource: String) -> Self {
        Self { principal: question.caller.arn().to_string(), action: question.action.to_string(), resource }
    }
}

/// How many values of a request a finding shows, and how many characters of each.
const VALUES_MAX: usize = 50;
const VALUE_CHARACTERS_MAX: usize = 256;

/// What is shown of a request's values: how many there are and how long is up to the caller, and each of many conditions
/// may read them.
fn shown(mut values: Vec<String>) -> Vec<String> {
    let more = values.len().saturating_sub(VALUES_MAX);
    values.truncate(VALUES_MAX);
    for value in &mut values {
        let end = value.char_indices().nth(VALUE_CHARACTERS_MAX).map(|(end, _)| end);
        if let Some(end) = end {
            let (shown, rest) = value.split_at(end);
            *value = format!("{shown}… ({} more characters)", rest.chars().count());
        }
    }
    if more > 0 {
        values.push(format!("… ({more} more)"));
    }
    values
}

/// Keeps everything.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) statements: Vec<StatementFinding>,
    grants: Vec<GrantFinding>,
}

impl Recorder {
    fn finish(self, asked: Asked, decision: &Decision, message: Option<String>) -> Explanation {
        let grant = match decision {
            Decision::Allowed(reason) => reason.grant.as_ref().map(ToString::to_string),
            Decision::Denied(_) => None,
        };
        Explanation {
            principal: asked.principal,
            action: asked.action,
            resource: asked.resource,
            allowed: decision.is_allowed(),
            rule: decision.rule(),
            rule_number: decision.rule().number(),
            message,
            determining: decision.statements().into_iter().cloned().collect(),
            grant,
            statements: self.statements,
            grants: self.grants,
            retirement: None,
            warnings: Vec::new(),
            changes: Vec::new(),
        }
    }
}

impl Observer for Recorder {
    const RECORDS: bool = true;

    fn begin(&mut self, policy: &PolicyName, index: usize, statement: &Statement) {
        let name = StatementName { policy: policy.clone(), index, sid: statement.sid.clone() };
        self.statements.push(StatementFinding {
            statement: name,
            effect: statement.effect,
            matched: None,
            mismatches: Vec::new(),
            conditions: Vec::new(),
        });
    }

    fn mismatch(&mut self, element: Element) {
        if let Some(current) = self.statements.last_mut() {
            current.mismatches.push(element);
        }
    }

    fn condition(&mut self, condition: &Condition, request: &Request<'_>, place: Place, holds: bool) {
        let actual = request.read(&condition.key, place).into_texts().map(shown);
        let written = &condition.written;
        if let Some(current) = self.statements.last_mut() {
            current.conditions.push(ConditionFinding {
                operator: written.operator.to_string(),
                key: written.key.to_string(),
                wanted: written.values.clone(),
                actual,
                holds,
            });
        }
    }

    fn end(&mut self, matched: Option<Match>) {
        if let Some(current) = self.statements.last_mut() {
            current.matched = matched;
        }
    }

    fn grant(&mut self, grant: &Grant, result: Result<Match, GrantMismatch>) {
        self.grants.push(GrantFinding {
            id: grant.id.to_string(),
            matched: result.ok(),
            mismatch: result.err(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_values_are_shown_and_the_rest_counted() {
        let values = |count: usize| (0..count).map(|value| value.to_string()).collect::<Vec<_>>();
        assert_eq!(shown(values(VALUES_MAX)), values(VALUES_MAX));
        let cut = shown(values(VALUES_MAX + 3));
        assert_eq!((cut.len(), cut.last().map(String::as_str)), (VALUES_MAX + 1, Some("… (3 more)")));
        assert_eq!(cut[..VALUES_MAX], values(VALUES_MAX));
    }

    #[test]
    fn long_value_is_shown_as_far_as_its_first_characters() {
        let long = "ä".repeat(VALUE_CHARACTERS_MAX + 2);
        let first = "ä".repeat(VALUE_CHARACTERS_MAX);
        assert_eq!(shown(vec![first.clone()]), [first.as_str()]);
        assert_eq!(shown(vec![long]), [format!("{first}… (2 more characters)")]);
    }
}
