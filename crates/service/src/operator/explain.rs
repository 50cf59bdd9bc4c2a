//! `strongroom explain`: why a request was denied, by the evidence that it was denied upon.

use super::OperatorError;
use crate::denials::Denied;
use crate::kept::{GRANTS_MAX, KeptDecision};
use crate::service::Service;
use serde::Serialize;
use serde_json::{Value, json};
use strongroom_audit::event_time;
use strongroom_policy::{Explanation, GrantFinding, GrantMismatch, OwnedContext};
use strongroom_types::RequestId;

/// A decision with what condition keys read.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// Everything that was looked at.
    #[serde(flatten)]
    pub explanation: Explanation,
    /// What condition keys read, without what was absent.
    pub context: Value,
    /// How many of the caller's grants on the key are not among those shown: they were not kept, or there are too many.
    #[serde(skip_serializing_if = "is_zero")]
    pub grants_left_out: usize,
    /// The other decision that the same request needs: of an alias and its key the first that denies stands above, or, if
    /// both allow, that of the alias.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also_asked: Vec<Explained>,
    /// What the same request has to be allowed besides, and the question does not name: an action, and on what.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_asked: Vec<String>,
}

impl Explained {
    pub(super) fn new(mut explanation: Explanation, context: &OwnedContext, grants_left_out: usize) -> Self {
        let context = shown(context);
        let grants_left_out = grants_left_out + leave_out(&mut explanation.grants);
        Self { explanation, context, grants_left_out, also_asked: Vec::new(), not_asked: Vec::new() }
    }

    /// One or two decisions that a request needs. Only what is allowed by both is allowed.
    pub(super) fn of_both(first: Self, second: Option<Self>, not_asked: Vec<String>) -> Self {
        let (first, other) = match second {
            Some(second) if first.explanation.allowed && !second.explanation.allowed => (second, Some(first)),
            second => (first, second),
        };
        Self { also_asked: other.into_iter().collect(), not_asked, ..first }
    }
}

/// A denial, explained.
#[derive(Debug, Serialize)]
pub struct DenialExplained {
    /// The request.
    pub request_id: String,
    /// When it was denied.
    pub time: String,
    /// The operation.
    pub operation: &'static str,
    /// The error's name.
    pub error: &'static str,
    /// The text that the caller got.
    pub message: Option<String>,
    /// Why no policy was asked, if none was.
    pub unasked: Option<&'static str>,
    /// Every decision that denied.
    pub decisions: Vec<Explained>,
}

impl DenialExplained {
    /// Explains a denial that is kept.
    pub(crate) fn of(request: RequestId, denied: &Denied) -> Self {
        let decisions = denied.decisions.iter();
        Self {
            request_id: request.to_string(),
            time: event_time(denied.at),
            operation: denied.operation,
            error: denied.told.name,
            message: denied.told.text.clone(),
            unasked: denied.unasked,
            decisions: decisions.map(explained).collect(),
        }
    }
}

impl Service {
    /// Explains the denial of a request.
    pub async fn explain_denial(
        &self,
        request_id: &str,
        peer_uid: u32,
    ) -> Result<DenialExplained, OperatorError> {
        let request = RequestId::parse(request_id.trim()).map_err(|_| OperatorError::RequestId)?;
        let parameters = json!({ "requestId": request.to_string() });
        self.record_act("OperatorExplain", peer_uid, true, Some(parameters)).await?;
        let denied = self.denials().find(request).ok_or(OperatorError::NoDenial(request))?;
        Ok(DenialExplained::of(request, &denied))
    }
}

fn explained(decision: &KeptDecision) -> Explained {
    Explained::new(decision.explain(), decision.context(), decision.grants_left_out())
}

/// Leaves of too many grants those that say most, and gives how many went.
fn leave_out(grants: &mut Vec<GrantFinding>) -> usize {
    let more = grants.len().saturating_sub(GRANTS_MAX);
    if more > 0 {
        grants.sort_by_key(|found| match found.mismatch {
            None => 0,
            Some(GrantMismatch::Constraints | GrantMismatch::SourceArn | GrantMismatch::Widening) => 1,
            Some(GrantMismatch::Grantee | GrantMismatch::Operation) => 2,
        });
        grants.truncate(GRANTS_MAX);
    }
    more
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// A context as JSON, without what is absent.
fn shown(context: &OwnedContext) -> Value {
    let mut value = serde_json::to_value(context).unwrap_or_default();
    strip(&mut value);
    value
}

fn strip(value: &mut Value) {
    let Value::Object(members) = value else { return };
    members.values_mut().for_each(strip);
    members.retain(|_, member| match member {
        Value::Null => false,
        Value::Object(members) => !members.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_fifty_thousand_grants_those_that_say_most_stay() {
        let of = |id: usize, mismatch: Option<GrantMismatch>| GrantFinding {
            id: id.to_string(),
            matched: None,
            mismatch,
        };
        let mut grants: Vec<_> = (0..50_000).map(|id| of(id, Some(GrantMismatch::Operation))).collect();
        grants.push(of(50_000, Some(GrantMismatch::Constraints)));
        grants.push(of(50_001, None));
        assert_eq!(leave_out(&mut grants), 50_002 - GRANTS_MAX);
        let ids: Vec<&str> = grants.iter().map(|found| found.id.as_str()).collect();
        assert_eq!((&ids[..4], ids.len()), (&["50001", "50000", "0", "1"][..], GRANTS_MAX));
        let mut few = vec![of(0, Some(GrantMismatch::Operation)), of(1, None)];
        assert_eq!((leave_out(&mut few), few[0].id.as_str()), (0, "0"), "in the order of the decision");
    }
}
