//! ListGrants.

use super::{grant, listed, user};
use crate::pages::{marker_is_bound, pages_are_the_whole};
use crate::rows::Operation;
use crate::scenario::{ACCOUNT, Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("ListGrants", prepare)
}

#[tokio::test]
async fn identifiers() {
    operation().identifiers().await;
}

#[tokio::test]
async fn authorization() {
    operation().authorization().await;
}

#[tokio::test]
async fn key_states() {
    operation().when_disabled("").await;
    operation().when_pending_deletion("").await;
}

#[tokio::test]
async fn record() {
    operation().call_is_recorded().await;
}

#[tokio::test]
async fn entry_has_everything_that_was_given() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let answer = s.root("ListGrants", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(answer, json!({ "Grants": [], "Truncated": false }));
    let constraints = json!({ "EncryptionContextSubset": { "a": "b" } });
    let more = json!({ "Name": "n", "RetiringPrincipal": s.root.arn, "Constraints": constraints });
    let made = grant(&s, &key, &["RetireGrant", "Encrypt", "Decrypt"], more).await;
    let mut shown = listed(&s, json!({ "KeyId": key.arn })).await.remove(0);
    assert!(shown["CreationDate"].take().is_number());
    let wanted = json!({
        "KeyId": key.arn,
        "GrantId": made.id,
        "Name": "n",
        "CreationDate": null,
        "GranteePrincipal": s.alice.arn,
        "RetiringPrincipal": s.root.arn,
        "IssuingAccount": format!("arn:aws:iam::{ACCOUNT}:root"),
        "Operations": ["Decrypt", "Encrypt", "RetireGrant"],
        "Constraints": constraints,
    });
    assert_eq!(shown, wanted);
    assert_eq!(made.id.len(), 64);
}

#[tokio::test]
async fn entry_without_name_has_an_empty_one() {
    let s = Scenario::start().await;
    let key = s.key().await;
    grant(&s, &key, &["Encrypt"], json!({})).await;
    let shown = listed(&s, json!({ "KeyId": key.arn })).await.remove(0);
    assert_eq!(shown["Name"], "");
    assert_eq!((&shown["Constraints"], &shown["RetiringPrincipal"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn filters() {
    let s = Scenario::start().await;
    let (key, bob) = (s.key().await, user(&s, "bob").await);
    let first = grant(&s, &key, &["Encrypt"], json!({})).await;
    let second = grant(&s, &key, &["Encrypt"], json!({ "GranteePrincipal": bob.arn })).await;
    let ids = async |more: Value| {
        let mut input = json!({ "KeyId": key.arn });
        for (member, value) in more.as_object().unwrap() {
            input[member] = value.clone();
        }
        let grants = listed(&s, input).await;
        grants.iter().map(|grant| grant["GrantId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(json!({})).await.len(), 2);
    assert_eq!(ids(json!({ "GrantId": first.id })).await, std::slice::from_ref(&first.id));
    assert_eq!(ids(json!({ "GrantId": "ab".repeat(32) })).await.len(), 0);
    assert_eq!(ids(json!({ "GranteePrincipal": bob.arn })).await, std::slice::from_ref(&second.id));
    assert_eq!(ids(json!({ "GranteePrincipal": bob.arn, "GrantId": first.id })).await.len(), 0);
    let both = json!({ "GranteePrincipal": bob.arn, "GrantId": second.id });
    assert_eq!(ids(both).await, std::slice::from_ref(&second.id));
    let nobody = format!("arn:aws:iam::{ACCOUNT}:user/nobody");
    assert_eq!(ids(json!({ "GranteePrincipal": nobody })).await.len(), 0);
    assert_eq!(ids(json!({ "GranteeServicePrincipal": "logs.amazonaws.com" })).await.len(), 0);
}

#[tokio::test]
async fn filters_that_make_no_sense() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let ask = |member: &'static str, value: &str| {
        let mut input = json!({ "KeyId": key.arn, "GranteePrincipal": s.alice.arn });
        input[member] = json!(value);
        s.root("ListGrants", input)
    };
    ask("GrantId", "abc").await.refused("InvalidGrantIdException", "Invalid grant ID abc");
    ask("GranteePrincipal", "alice").await.refused("InvalidArnException", "Invalid arn alice");
    ask("GranteeServicePrincipal", "logs.amazonaws.com")
        .await
        .refused_with("ValidationException", "cannot both be specified");
}

#[tokio::test]
async fn pages() {
    let s = Scenario::start().await;
    let (one, other) = (s.key().await, s.key().await);
    for key in [&one, &one, &one, &one, &one, &other, &other, &other] {
        grant(&s, key, &["Encrypt"], json!({})).await;
    }
    pages_are_the_whole(&s, "ListGrants", json!({ "KeyId": one.id }), "Grants", 5).await;
    let of_alice = json!({ "KeyId": one.id, "GranteePrincipal": s.alice.arn });
    pages_are_the_whole(&s, "ListGrants", of_alice.clone(), "Grants", 5).await;
    let others = [json!({ "KeyId": other.id }), of_alice];
    marker_is_bound(&s, "ListGrants", &json!({ "KeyId": one.id }), &others).await;
}
