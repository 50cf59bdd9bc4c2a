//! Simulations of policies.

mod simulate_custom_policy;
mod simulate_principal_policy;

use crate::query_answer::XmlAnswer;
use crate::scenario::{ACCOUNT, REGION, Scenario};
use serde_json::{Value, json};

/// The ARN of a key that need not exist: no simulation looks at keys.
pub(crate) fn key() -> String {
    format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab")
}

/// An identity policy of these statements.
pub(crate) fn document(statements: &[Value]) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

/// A statement on everything.
pub(crate) fn statement(effect: &str, action: &str) -> Value {
    json!({ "Effect": effect, "Action": action, "Resource": "*" })
}

/// A simulation of one policy that nobody has, for kms:Decrypt unless `params` says more.
pub(crate) async fn custom(s: &Scenario, policy: &str, params: &[(&str, &str)]) -> XmlAnswer {
    let mut all = vec![("PolicyInputList.member.1", policy), ("ActionNames.member.1", "kms:Decrypt")];
    all.extend_from_slice(params);
    s.iam("SimulateCustomPolicy", &all).await
}

/// The first decision of an answer.
pub(crate) fn decision(answer: XmlAnswer) -> String {
    answer.ok().get("EvaluationResults/member/EvalDecision")
}
