//! Nobody does anything without a policy that allows it.

use crate::scenario::{ACCOUNT, Scenario};
use serde_json::{Value, json};

/// What a Deny adds to a refusal.
const DENIED: &str = "with an explicit deny in an identity-based policy";

/// The ARN of something of IAM in the account.
pub(crate) fn arn(resource: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:{resource}")
}

/// A policy of one statement that allows actions on a resource.
pub(crate) fn allow(actions: Value, resource: &str) -> String {
    let statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resource });
    json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
}

impl Scenario {
    /// Lets alice do this by a policy of her own.
    pub(crate) async fn allow_alice(&self, actions: Value, resource: &str) {
        self.give_alice(&allow(actions, resource)).await;
    }

    /// Gives alice this policy in the place of the one she has.
    async fn give_alice(&self, document: &str) {
        let params = [("UserName", "alice"), ("PolicyName", "allowed"), ("PolicyDocument", document)];
        self.iam("PutUserPolicy", &params).await.ok();
    }

    /// Lets alice do everything, but not this on that resource.
    async fn deny_alice(&self, action: &str, resource: &str) {
        let everything = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        let denied = json!({ "Effect": "Deny", "Action": format!("iam:{action}"), "Resource": resource });
        let document = json!({ "Version": "2012-10-17", "Statement": [everything, denied] }).to_string();
        self.give_alice(&document).await;
    }
}

/// Alice may not; with a policy for another action she may not; with a policy for this one, on this resource, she may.
pub(crate) async fn permission(s: &Scenario, action: &str, resource: &str, params: &[(&str, &str)]) {
    let denied = format!("is not authorized to perform: iam:{action}");
    s.query(&s.alice, "iam", action, params).await.refused("AccessDenied", &denied);
    s.allow_alice(json!("iam:GetAccountSummary"), "*").await;
    s.query(&s.alice, "iam", action, params).await.refused("AccessDenied", &denied);
    if resource != "*" {
        s.allow_alice(json!(format!("iam:{action}")), &arn("user/somebody-else")).await;
        s.query(&s.alice, "iam", action, params).await.refused("AccessDenied", &denied);
    }
    s.allow_alice(json!(format!("iam:{action}")), resource).await;
    s.query(&s.alice, "iam", action, params).await.ok();
}

/// The same for a list: a policy for all of the kind is enough, and so is one for the path that is asked for; one for
/// another kind or another path is not. A Deny forbids by the same resources.
pub(crate) async fn permission_to_list(s: &Scenario, action: &str, kind: &str) {
    permission(s, action, &arn(&format!("{kind}/*")), &[]).await;
    s.allow_alice(json!(format!("iam:{action}")), "*").await;
    s.query(&s.alice, "iam", action, &[]).await.ok();
    let other = if kind == "role" { "user/*" } else { "role/*" };
    s.allow_alice(json!(format!("iam:{action}")), &arn(other)).await;
    let denied = format!("iam:{action} on resource: {}", arn(&format!("{kind}/")));
    s.query(&s.alice, "iam", action, &[]).await.refused("AccessDenied", &denied);
    s.deny_alice(action, &arn(&format!("{kind}/*"))).await;
    s.query(&s.alice, "iam", action, &[]).await.refused("AccessDenied", DENIED);
    s.deny_alice(action, &arn(other)).await;
    s.query(&s.alice, "iam", action, &[]).await.ok();
}

/// The same of a list that takes `PathPrefix`.
pub(crate) async fn permission_to_list_a_path(s: &Scenario, action: &str, kind: &str) {
    permission_to_list(s, action, kind).await;
    s.allow_alice(json!(format!("iam:{action}")), &arn(&format!("{kind}/team/*"))).await;
    s.query(&s.alice, "iam", action, &[("PathPrefix", "/team/")]).await.ok();
    let everything: &[(&str, &str)] = &[];
    for (params, path) in [(everything, ""), (&[("PathPrefix", "/te")][..], "te")] {
        let denied = format!("on resource: {}", arn(&format!("{kind}/{path}")));
        s.query(&s.alice, "iam", action, params).await.refused("AccessDenied", &denied);
    }
    let team: &[(&str, &str)] = &[("PathPrefix", "/team/")];
    for resource in ["*", "team/*"] {
        s.deny_alice(action, &arn(&format!("{kind}/{resource}"))).await;
        s.query(&s.alice, "iam", action, team).await.refused("AccessDenied", DENIED);
    }
    // What is listed for a shorter path holds what is below the denied one, too.
    for params in [everything, &[("PathPrefix", "/te")][..]] {
        s.query(&s.alice, "iam", action, params).await.ok();
    }
}
