//! Why a request was denied, as the policies stood then.

use crate::grant::{grant, user};
use crate::scenario::{Caller, Scenario, policy, statement};
use serde_json::{Value, json};
use strongroom_service::OperatorError;

/// Sends a request that is denied; its id and its text.
async fn denied(s: &Scenario, caller: &Caller, operation: &str, input: Value) -> (String, String) {
    let request = s.signed(caller, operation, input.to_string().as_bytes());
    let answer = s.send(&request).await;
    assert_eq!(answer.error, Some("AccessDeniedException"), "{}", answer.text);
    (request.request_id.to_string(), answer.body["Message"].as_str().unwrap().to_owned())
}

async fn explained(s: &Scenario, id: &str) -> Value {
    serde_json::to_value(s.service.explain_denial(id, 0).await.unwrap()).unwrap()
}

#[tokio::test]
async fn denial_is_explained_by_the_policies_it_was_decided_upon() {
    let s = Scenario::start().await;
    let mut allow = statement("Allow", &s.alice.arn, "kms:Encrypt");
    allow["Condition"] = json!({ "StringEquals": { "kms:EncryptionContext:purpose": "backup" } });
    let key = s.key_with(&[allow]).await;
    let input = json!({ "KeyId": key.id, "Plaintext": "AAAA", "EncryptionContext": { "purpose": "other" } });
    let (id, text) = denied(&s, &s.alice, "Encrypt", input.clone()).await;
    let rewritten =
        json!({ "KeyId": key.id, "Policy": policy(&[statement("Allow", &s.alice.arn, "kms:*")]) });
    s.root("PutKeyPolicy", rewritten).await.empty();
    s.alice("Encrypt", input).await.succeeded();
    let answer = explained(&s, &id).await;
    assert_eq!((&answer["operation"], &answer["message"]), (&json!("Encrypt"), &json!(text)));
    let [decision] = answer["decisions"].as_array().unwrap().as_slice() else { panic!("{answer:#}") };
    assert_eq!((&decision["allowed"], &decision["rule_number"]), (&json!(false), &json!(10)), "{decision:#}");
    assert_eq!(decision["message"], answer["message"], "the operator's text is the caller's");
    let condition = &decision["statements"][1]["conditions"][0];
    assert_eq!(condition["key"], "kms:EncryptionContext:purpose");
    assert_eq!((&condition["wanted"], &condition["actual"]), (&json!(["backup"]), &json!(["other"])));
    assert_eq!(decision["context"]["request"]["encryption_context"], json!({ "purpose": "other" }));
    assert!(!decision["changes"].as_array().unwrap().is_empty());
    assert!(!answer.to_string().contains("AAAA"), "no plaintext is kept");
    let record = s.last_record();
    assert_eq!((&record["eventName"], &record["readOnly"]), (&json!("OperatorExplain"), &json!(true)));
    assert_eq!(record["requestParameters"], json!({ "requestId": id }));
}

#[tokio::test]
async fn of_many_grants_those_that_list_the_action_are_kept_and_the_rest_is_counted() {
    let s = Scenario::start().await;
    let key = s.key().await;
    for at in 0..60 {
        grant(&s, &key, &["Encrypt"], json!({ "Name": format!("n{at}") })).await;
    }
    let constraints = json!({ "Constraints": { "EncryptionContextEquals": { "purpose": "backup" } } });
    let listing = grant(&s, &key, &["GenerateDataKey"], constraints).await;
    let input = json!({ "KeyId": key.arn, "KeySpec": "AES_256" });
    let (id, _) = denied(&s, &s.alice, "GenerateDataKey", input).await;
    let answer = explained(&s, &id).await;
    let [decision] = answer["decisions"].as_array().unwrap().as_slice() else { panic!("{answer:#}") };
    assert_eq!(
        decision["grants"][0],
        json!({ "id": listing.id, "matched": null, "mismatch": "Constraints" })
    );
    let shown = decision["grants"].as_array().unwrap().len();
    assert_eq!((shown, &decision["grants_left_out"]), (50, &json!(11)));
    // Few of them are all there.
    let other = s.key().await;
    grant(&s, &other, &["Encrypt"], json!({})).await;
    let input = json!({ "KeyId": other.arn, "KeySpec": "AES_256" });
    let (id, _) = denied(&s, &s.alice, "GenerateDataKey", input).await;
    let answer = explained(&s, &id).await;
    let decision = &answer["decisions"][0];
    let shown = decision["grants"].as_array().unwrap().len();
    assert_eq!((shown, decision.get("grants_left_out")), (1, None));
}

#[tokio::test]
async fn denial_without_a_policy_says_so() {
    let s = Scenario::start().await;
    let foreign = "arn:aws:kms:us-east-1:999999999999:key/00000000-1111-2222-3333-444444444444";
    let (id, _) = denied(&s, &s.root, "DescribeKey", json!({ "KeyId": foreign })).await;
    let answer = explained(&s, &id).await;
    assert_eq!(answer["decisions"], json!([]));
    assert!(answer["unasked"].as_str().unwrap().contains("another account"), "{answer:#}");
}

#[tokio::test]
async fn what_was_allowed_or_never_came_is_not_kept() {
    let s = Scenario::start().await;
    let allowed = s.signed(&s.root, "ListKeys", b"{}");
    s.send(&allowed).await.succeeded();
    for id in [allowed.request_id.to_string(), "00000000-0000-4000-8000-000000000000".to_owned()] {
        let refused = s.service.explain_denial(&id, 0).await;
        assert!(matches!(refused, Err(OperatorError::NoDenial(_))), "{refused:?}");
    }
    assert!(matches!(s.service.explain_denial("no id", 0).await, Err(OperatorError::RequestId)));
    let (id, _) = denied(&s, &s.alice, "ListKeys", json!({})).await;
    assert_eq!(explained(&s, &id.to_uppercase()).await["request_id"], id);
}

#[tokio::test]
async fn role_that_was_not_assumed_is_explained_by_its_trust_policy() {
    let s = Scenario::start().await;
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "Bob",
            "Effect": "Allow",
            "Principal": { "AWS": s.alice.arn },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": { "sts:ExternalId": "7" } },
        }],
    });
    let made = [("RoleName", "r"), ("AssumeRolePolicyDocument", &*trust.to_string())];
    let arn = s.iam("CreateRole", &made).await.ok().get("Role/Arn");
    let params = [("RoleArn", &*arn), ("RoleSessionName", "s1")];
    let request = s.signed_query(&s.alice, "sts", "AssumeRole", &params);
    assert_eq!(s.send(&request).await.error, Some("AccessDenied"));
    let answer = explained(&s, &request.request_id.to_string()).await;
    let [decision] = answer["decisions"].as_array().unwrap().as_slice() else { panic!("{answer:#}") };
    assert_eq!((&decision["action"], &decision["resource"]), (&json!("sts:AssumeRole"), &json!(arn)));
    let statement = &decision["statements"][0];
    assert_eq!(statement["statement"]["sid"], "Bob");
    assert_eq!(statement["conditions"][0]["actual"], Value::Null, "{statement:#}");
    let other = [("RoleArn", "arn:aws:iam::111122223333:role/none"), ("RoleSessionName", "s1")];
    let request = s.signed_query(&s.alice, "sts", "AssumeRole", &other);
    s.send(&request).await;
    let answer = explained(&s, &request.request_id.to_string()).await;
    assert_eq!(answer["unasked"], "there is no role of that ARN");
}

#[tokio::test]
async fn grant_that_was_not_retired_is_explained_by_who_may() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let made = grant(&s, &key, &["Encrypt"], json!({ "RetiringPrincipal": s.root.arn })).await;
    let bob = user(&s, "bob").await;
    let (id, text) = denied(&s, &bob, "RetireGrant", json!({ "KeyId": key.arn, "GrantId": made.id })).await;
    // What it was decided upon stays, also when the grant is gone.
    s.root("RetireGrant", json!({ "GrantToken": made.token })).await.empty();
    let answer = explained(&s, &id).await;
    assert_eq!((&answer["unasked"], &answer["message"]), (&Value::Null, &json!(text)), "{answer:#}");
    let [decision] = answer["decisions"].as_array().unwrap().as_slice() else { panic!("{answer:#}") };
    assert_eq!((&decision["action"], &decision["message"]), (&json!("kms:RetireGrant"), &json!(text)));
    assert_eq!(decision["rule"], "NoIdentityPolicyAllows");
    assert_eq!(decision["retirement"]["grant"], json!(made.id));
    assert_eq!(
        decision["retirement"]["retirers"],
        json!([
            { "kind": "RetiringPrincipal", "principal": s.root.arn, "may": true, "matched": "Account" },
            { "kind": "Grantee", "principal": s.alice.arn, "may": false, "matched": null },
            { "kind": "IssuingAccount", "principal": s.root.arn, "may": true, "matched": "Account" },
        ])
    );
    assert_eq!(decision["changes"][0]["Add"]["to"], json!({ "Identity": "suggested-by-explain" }));
    assert!(!answer.to_string().contains(&made.token), "no token is kept");
}
