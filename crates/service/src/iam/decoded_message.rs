//! The JSON that DecodeAuthorizationMessage answers: AWS's own members, as its clients and tools read them, and under
//! `explanation` what the operator's `strongroom explain` gets.
//!
//! AWS shows one decision; where several denied, its members are of the first. Its statements also repeat the texts of
//! Principal, Action and Resource, which compiled policies do not keep.

use crate::denials::Denied;
use crate::fault::Fault;
use crate::kept::KeptDecision;
use crate::operator::{DenialExplained, fitting};
use serde::Serialize;
use serde_json::Value;
use strongroom_policy::{ConditionValue, Effect, Explanation, Rule, StatementFinding};
use strongroom_types::RequestId;

/// AWS's lists are objects.
#[derive(Serialize)]
struct Items<T> {
    items: Vec<T>,
}

impl<T> FromIterator<T> for Items<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Self { items: items.into_iter().collect() }
    }
}

#[derive(Serialize)]
struct Item {
    value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Decoded {
    allowed: bool,
    explicit_deny: bool,
    matched_statements: Items<Matched>,
    /// What AWS could not evaluate: here everything is.
    failures: Items<Item>,
    context: Context,
    explanation: Value,
}

/// A statement that matches in everything.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Matched {
    statement_id: String,
    effect: &'static str,
    conditions: Items<Condition>,
}

#[derive(Serialize)]
struct Condition {
    key: String,
    values: Items<Item>,
}

#[derive(Serialize)]
struct Context {
    principal: Principal,
    action: String,
    resource: String,
    conditions: Items<Condition>,
}

#[derive(Serialize)]
struct Principal {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
}

/// The message of a denial by at least one decision.
pub(crate) fn decoded_message(request: RequestId, denied: &Denied) -> Result<String, Fault> {
    let explanation = DenialExplained::of(request, denied);
    let first = denied.decisions.first().zip(explanation.decisions.first());
    let (decision, explained) = first.ok_or(Fault::Internal("A denial without a decision was kept."))?;
    let explained = &explained.explanation;
    let matched = explained.statements.iter().filter(|finding| finding.matched.is_some());
    let decoded = Decoded {
        allowed: explained.allowed,
        explicit_deny: explained.rule == Rule::ExplicitDeny,
        matched_statements: matched.map(matched_statement).collect(),
        failures: Items { items: Vec::new() },
        context: Context {
            principal: principal(decision, explained),
            action: explained.action.clone(),
            resource: explained.resource.clone(),
            conditions: decision.condition_values().into_iter().map(held).collect(),
        },
        explanation: fitting(&explanation),
    };
    serde_json::to_string(&decoded).map_err(|error| {
        tracing::error!(%error, "a denial could not be written down");
        Fault::Internal("The message could not be decoded.")
    })
}

fn matched_statement(finding: &StatementFinding) -> Matched {
    let conditions = finding.conditions.iter().map(|condition| Condition {
        key: condition.key.clone(),
        values: condition.wanted.iter().cloned().map(item).collect(),
    });
    Matched {
        statement_id: finding.statement.sid.as_deref().unwrap_or_default().to_owned(),
        effect: match finding.effect {
            Effect::Allow => "ALLOW",
            Effect::Deny => "DENY",
        },
        conditions: conditions.collect(),
    }
}

fn held(value: ConditionValue) -> Condition {
    Condition { key: value.key, values: value.values.into_iter().map(item).collect() }
}

fn item(value: String) -> Item {
    Item { value }
}

/// A caller by its unique id and ARN; the holder of a provider's token, who has no ARN, as records tell of it.
fn principal(decision: &KeptDecision, explained: &Explanation) -> Principal {
    match decision {
        KeptDecision::Caller(question) => Principal {
            id: question.caller.user_id().to_owned(),
            name: question.caller.username().map(str::to_owned),
            arn: Some(question.caller.arn().to_string()),
        },
        KeptDecision::Holder(holder) => Principal {
            id: explained.principal.clone(),
            name: holder.context.session.web_identity.as_ref().map(|token| token.subject.clone()),
            arn: None,
        },
    }
}
