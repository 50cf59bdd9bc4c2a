//! Managed policies.

mod create_policy;
mod create_policy_version;
mod delete_policy;
mod delete_policy_version;
mod get_policy;
mod get_policy_version;
mod list_entities_for_policy;
mod list_policies;
mod list_policy_tags;
mod list_policy_versions;
mod set_default_policy_version;
mod tag_policy;
mod untag_policy;

use crate::iam::holder::MANAGED;
use crate::iam::permission::{allow, arn};
use crate::query_answer::XmlAnswer;
use crate::scenario::{ACCOUNT, Scenario};
use serde_json::json;

/// The ARN of the policy of every scenario here.
pub(crate) fn lister() -> String {
    arn("policy/team/lister")
}

/// A service with the policy `lister`, which allows kms:ListKeys.
pub(crate) async fn with_policy() -> Scenario {
    let s = Scenario::start().await;
    let document = allow(json!("kms:ListKeys"), "*");
    let params = [("PolicyName", "lister"), ("Path", "/team/"), ("PolicyDocument", document.as_str())];
    s.iam("CreatePolicy", &params).await.ok();
    s
}

/// One more version, which allows another action.
pub(crate) async fn version(s: &Scenario, action: &str, in_force: bool) -> XmlAnswer {
    let document = allow(json!(action), "*");
    let in_force = if in_force { "true" } else { "false" };
    let policy = lister();
    let params =
        [("PolicyArn", policy.as_str()), ("PolicyDocument", document.as_str()), ("SetAsDefault", in_force)];
    s.iam("CreatePolicyVersion", &params).await
}

/// A policy that is not there is found by nobody, nor is one of another account.
pub(crate) async fn unknown(s: &Scenario, action: &str, params: &[(&str, &str)]) {
    for unknown in [arn("policy/lister"), lister().replace(ACCOUNT, "999999999999")] {
        let mut all = vec![("PolicyArn", unknown.as_str())];
        all.extend_from_slice(params);
        s.iam(action, &all).await.refused("NoSuchEntity", &format!("Policy {unknown} was not found."));
    }
}

/// Nobody changes a policy of AWS.
pub(crate) async fn not_of_aws(s: &Scenario, action: &str, params: &[(&str, &str)]) {
    let mut all = vec![("PolicyArn", MANAGED)];
    all.extend_from_slice(params);
    let text = format!("is not authorized to perform: iam:{action} on resource: policy {MANAGED}");
    s.iam(action, &all).await.refused("AccessDenied", &text);
}
