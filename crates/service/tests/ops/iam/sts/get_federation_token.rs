//! GetFederationToken.

use super::{allow, caller_of, document, identity, let_alice, role_of_alice, session};
use crate::scenario::{ACCOUNT, Caller, Scenario};
use serde_json::json;

const DENIED: &str = "is not authorized to perform: sts:GetFederationToken";

fn arn() -> String {
    format!("arn:aws:sts::{ACCOUNT}:federated-user/bob")
}

async fn bob(s: &Scenario, by: &Caller, more: &[(&str, &str)]) -> Caller {
    let mut params = vec![("Name", "bob")];
    params.extend_from_slice(more);
    let answer = s.query(by, "sts", "GetFederationToken", &params).await.ok();
    assert_eq!(answer.get("FederatedUser/Arn"), arn());
    assert_eq!(answer.get("FederatedUser/FederatedUserId"), format!("{ACCOUNT}:bob"));
    caller_of(&answer, &arn())
}

#[tokio::test]
async fn who_may_make_one() {
    let s = Scenario::start().await;
    let params = [("Name", "bob")];
    let ask = || s.query(&s.alice, "sts", "GetFederationToken", &params);
    ask().await.refused("AccessDenied", DENIED);
    let_alice(&s, &allow("sts:GetFederationToken", &format!("{}x", arn()))).await;
    ask().await.refused("AccessDenied", DENIED);
    let_alice(&s, &allow("sts:GetFederationToken", &arn())).await;
    ask().await.ok();
    let tags = [("Name", "bob"), ("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
    let tagged = || s.query(&s.alice, "sts", "GetFederationToken", &tags);
    tagged().await.refused("AccessDenied", "sts:TagSession");
    let_alice(&s, &allow("sts:*", "*")).await;
    tagged().await.ok();
    let mine = bob(&s, &s.alice, &[]).await;
    assert_eq!(identity(&s, &mine).await, (arn(), format!("{ACCOUNT}:bob")));
}

#[tokio::test]
async fn it_may_what_its_policies_and_its_maker_may() {
    let s = Scenario::start().await;
    let all = allow("*", "*");
    let_alice(
        &s,
        &document(&json!({ "Effect": "Allow", "Action": ["sts:*", "kms:ListKeys"], "Resource": "*" })),
    )
    .await;
    let without = bob(&s, &s.alice, &[]).await;
    s.call(&without, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "session policy");
    let with = bob(&s, &s.alice, &[("Policy", &all)]).await;
    s.call(&with, "ListKeys", json!({})).await.ok();
    let random = json!({ "NumberOfBytes": 1 });
    s.call(&with, "GenerateRandom", random.clone())
        .await
        .refused_with("AccessDeniedException", "identity-based");
    let of_root = bob(&s, &s.root, &[("Policy", &allow("kms:GenerateRandom", "*"))]).await;
    s.call(&of_root, "GenerateRandom", random).await.ok();
    s.call(&of_root, "ListKeys", json!({})).await.refused_with("AccessDeniedException", "session policy");
}

#[tokio::test]
async fn sessions_make_none_and_it_calls_nothing_but_get_caller_identity() {
    let s = Scenario::start().await;
    let_alice(&s, &allow("*", "*")).await;
    let role = role_of_alice(&s, "r", "*").await;
    let assumed = session(&s, &s.alice, &role, &[]).await;
    let denied = "Cannot call GetFederationToken with session credentials";
    s.query(&assumed, "sts", "GetFederationToken", &[("Name", "bob")]).await.refused("AccessDenied", denied);
    let mine = bob(&s, &s.alice, &[("Policy", &allow("*", "*"))]).await;
    let changes = [
        ("ListUsers", false),
        ("DeleteUser", true),
        ("CreateLoginProfile", true),
        ("GetSSHPublicKey", false),
    ];
    for (action, changes) in changes {
        s.query(&mine, "iam", action, &[]).await;
        let record = s.last_record();
        assert_eq!((&record["eventName"], &record["readOnly"]), (&json!(action), &json!(!changes)));
    }
    s.query(&mine, "iam", "ListUsers", &[]).await.refused("InvalidClientTokenId", "security token");
    let params = [("RoleArn", role.as_str()), ("RoleSessionName", "s1")];
    s.query(&mine, "sts", "AssumeRole", &params).await.refused("AccessDenied", "Cannot call AssumeRole");
}

#[tokio::test]
async fn parameters_that_are_refused() {
    let s = Scenario::start().await;
    let ask = async |name: &str, value: &str| {
        s.query(&s.root, "sts", "GetFederationToken", &[("Name", "bob"), (name, value)]).await
    };
    ask("Policy", "{").await.refused("MalformedPolicyDocument", "");
    ask("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/None")
        .await
        .refused("ValidationError", "does not exist");
    ask("DurationSeconds", "1").await.refused("ValidationError", "durationSeconds");
    s.query(&s.root, "sts", "GetFederationToken", &[]).await.refused("ValidationError", "name");
}
