//! ListRetirableGrants.

use super::{grant, user};
use crate::pages::{marker_is_bound, pages_are_the_whole};
use crate::scenario::{ACCOUNT, Caller, Scenario};
use serde_json::json;

#[tokio::test]
async fn answer_has_the_grants_of_every_key_that_the_principal_retires() {
    let s = Scenario::start().await;
    let (one, other, bob) = (s.key().await, s.key().await, user(&s, "bob").await);
    let ask = || s.root("ListRetirableGrants", json!({ "RetiringPrincipal": bob.arn }));
    assert_eq!(ask().await.ok(), json!({ "Grants": [], "Truncated": false }));
    let retiring = json!({ "RetiringPrincipal": bob.arn });
    let first = grant(&s, &one, &["Encrypt"], retiring.clone()).await;
    let second = grant(&s, &other, &["Encrypt"], retiring).await;
    grant(&s, &one, &["Encrypt"], json!({ "RetiringPrincipal": s.root.arn })).await;
    grant(&s, &one, &["Encrypt", "RetireGrant"], json!({ "GranteePrincipal": bob.arn })).await;
    let ids = |grants: &serde_json::Value| {
        let grants = grants["Grants"].as_array().unwrap().iter();
        let mut ids: Vec<_> = grants.map(|grant| grant["GrantId"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let mut wanted = [first.id.clone(), second.id.clone()];
    wanted.sort();
    assert_eq!(ids(&ask().await.ok()), wanted);
    s.root("RevokeGrant", json!({ "KeyId": one.arn, "GrantId": first.id })).await.empty();
    assert_eq!(ids(&ask().await.ok()), [second.id]);
    let mut elsewhere = s.root.clone();
    elsewhere.region = "eu-west-1";
    let answer = s.call(&elsewhere, "ListRetirableGrants", json!({ "RetiringPrincipal": bob.arn })).await;
    assert_eq!(ids(&answer.ok()).len(), 0);
}

#[tokio::test]
async fn identity_policies_decide_and_only_about_the_own_account() {
    let s = Scenario::start().await;
    s.root("ListRetirableGrants", json!({ "RetiringPrincipal": s.alice.arn })).await.succeeded();
    let text = format!(
        "User: {0} is not authorized to perform: kms:ListRetirableGrants on resource: {0} because no identity-based \
         policy allows the kms:ListRetirableGrants action",
        s.alice.arn
    );
    let input = json!({ "RetiringPrincipal": s.alice.arn });
    s.alice("ListRetirableGrants", input).await.refused("AccessDeniedException", &*text);
    let service = json!({ "RetiringServicePrincipal": "logs.amazonaws.com" });
    s.alice("ListRetirableGrants", service.clone()).await.refused_with("AccessDeniedException", "identity");
    s.root("ListRetirableGrants", service).await.succeeded();
    let theirs = json!({ "RetiringPrincipal": "arn:aws:iam::999999999999:root" });
    s.root("ListRetirableGrants", theirs)
        .await
        .refused_with("AccessDeniedException", "does not exist in this");
}

#[tokio::test]
async fn exactly_one_principal_is_asked_about() {
    let s = Scenario::start().await;
    let text = "Exactly one of RetiringPrincipal and RetiringServicePrincipal must be specified.";
    let both = json!({ "RetiringPrincipal": s.alice.arn, "RetiringServicePrincipal": "logs.amazonaws.com" });
    for input in [json!({}), both] {
        s.root("ListRetirableGrants", input).await.refused("ValidationException", text);
    }
    s.root("ListRetirableGrants", json!({ "RetiringPrincipal": "alice" }))
        .await
        .refused("InvalidArnException", "Invalid arn alice");
    let nobody = json!({ "RetiringPrincipal": format!("arn:aws:iam::{ACCOUNT}:user/nobody") });
    assert_eq!(s.root("ListRetirableGrants", nobody).await.ok()["Grants"], json!([]));
}

#[tokio::test]
async fn pages() {
    let s = Scenario::start().await;
    let (one, other) = (s.key().await, s.key().await);
    let retiring = |arn: &str| json!({ "RetiringPrincipal": arn });
    for key in [&one, &other, &one, &other, &one] {
        grant(&s, key, &["Encrypt"], retiring(&s.alice.arn)).await;
        grant(&s, key, &["Encrypt"], retiring(&s.root.arn)).await;
    }
    // One Region is before the scenario's, one after it.
    for region in ["eu-west-1", "us-west-2"] {
        let elsewhere = Caller { region, ..s.root.clone() };
        let key = s.call(&elsewhere, "CreateKey", json!({})).await.ok()["KeyMetadata"]["Arn"].take();
        let mut input = retiring(&s.alice.arn);
        input["KeyId"] = key;
        input["GranteePrincipal"] = json!(s.root.arn);
        input["Operations"] = json!(["Encrypt"]);
        s.call(&elsewhere, "CreateGrant", input).await.succeeded();
        let there = s.call(&elsewhere, "ListRetirableGrants", retiring(&s.alice.arn)).await.ok();
        assert_eq!(there["Grants"].as_array().unwrap().len(), 1, "{there}");
    }
    let of_alice = retiring(&s.alice.arn);
    pages_are_the_whole(&s, "ListRetirableGrants", of_alice.clone(), "Grants", 5).await;
    marker_is_bound(&s, "ListRetirableGrants", &of_alice, &[retiring(&s.root.arn)]).await;
}
