//! Why a decision is what it is: every statement and grant considered, what matched and what did not. The engine is
//! the one that serves ([`crate::decide`]); only its observer differs.

use crate::condition::Condition;
use crate::condition::value::{Found, Value};
use crate::decide::decide_observed;
use crate::observer::{Element, Observer};
use crate::request::{Place, Request};
use crate::statement::Statement;
use crate::trust::decide_trust_observed;
use crate::{
    Change, Decision, Document, Effect, Evidence, Grant, GrantMismatch, Match, PolicyName, Question, Rule,
    StatementName, smallest_change,
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
    /// Parts of the resource's policy that can never apply.
    pub warnings: Vec<String>,
    /// The smallest change that would allow, when the answer is a denial about a key or an account.
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
    /// The request's values; `None` when the key is missing.
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

/// Decides as [`crate::decide`] does, and tells all about it.
pub fn explain(question: &Question<'_>, evidence: &Evidence<'_>) -> Explanation {
    let mut recorder = Recorder::default();
    let decision = decide_observed(question, evidence, &mut recorder);
    let message = denial(&decision).map(|denial| denial.message(question));
    let warnings = match question.resource {
        crate::Resource::Key(arn) => evidence.key_policy.map(|policy| policy.warnings(Some(arn))),
        _ => None,
    };
    Explanation {
        warnings: warnings.unwrap_or_default(),
        changes: smallest_change(question, evidence),
        ..recorder.finish(question, question.resource.to_string(), &decision, message)
    }
}

/// The same for [`crate::decide_trust`].
pub fn explain_trust(
    question: &Question<'_>,
    role: &PrincipalArn,
    trust: &Document,
    evidence: &Evidence<'_>,
) -> Explanation {
    let mut recorder = Recorder::default();
    let decision = decide_trust_observed(question, role, trust, evidence, &mut recorder);
    let message = denial(&decision).map(|denial| denial.sts_message(question));
    let warnings = trust.warnings(None);
    Explanation { warnings, ..recorder.finish(question, role.to_string(), &decision, message) }
}

fn denial(decision: &Decision) -> Option<&crate::Denial> {
    match decision {
        Decision::Denied(denial) => Some(denial),
        Decision::Allowed(_) => None,
    }
}

/// Keeps everything.
#[derive(Default)]
pub(crate) struct Recorder {
    pub(crate) statements: Vec<StatementFinding>,
    grants: Vec<GrantFinding>,
}

impl Recorder {
    fn finish(
        self,
        question: &Question<'_>,
        resource: String,
        decision: &Decision,
        message: Option<String>,
    ) -> Explanation {
        let grant = match decision {
            Decision::Allowed(reason) => reason.grant.as_ref().map(ToString::to_string),
            Decision::Denied(_) => None,
        };
        Explanation {
            principal: question.caller.arn().to_string(),
            action: question.action.to_owned(),
            resource,
            allowed: decision.is_allowed(),
            rule: decision.rule(),
            rule_number: decision.rule().number(),
            message,
            determining: decision.statements().into_iter().cloned().collect(),
            grant,
            statements: self.statements,
            grants: self.grants,
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
        let text = |value: Value<'_>| value.text().into_owned();
        let actual = match request.read(&condition.key, place) {
            Found::Missing => None,
            Found::One(value) => Some(vec![text(value)]),
            Found::Many(texts) => Some(texts.into_iter().map(ToOwned::to_owned).collect()),
        };
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
