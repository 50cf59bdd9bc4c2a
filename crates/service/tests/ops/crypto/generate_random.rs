//! GenerateRandom.

use crate::plaintext::bytes_of;
use crate::scenario::Scenario;
use serde_json::{Value, json};

#[tokio::test]
async fn answer_has_as_many_bytes_as_asked_for() {
    let s = Scenario::start().await;
    for count in [1, 32, 1_024] {
        let answer = s.root("GenerateRandom", json!({ "NumberOfBytes": count })).await.ok();
        assert_eq!(bytes_of(&answer["Plaintext"]).len(), count);
        assert_eq!(answer.as_object().unwrap().len(), 1, "{answer}");
    }
    let record = s.last_record();
    assert_eq!((&record["requestParameters"], &record["resources"]), (&Value::Null, &json!([])));
    let random = || s.root("GenerateRandom", json!({ "NumberOfBytes": 32 }));
    assert_ne!(random().await.ok(), random().await.ok());
}

#[tokio::test]
async fn user_is_denied_whatever_a_key_policy_says() {
    let s = Scenario::start().await;
    s.key_for_alice("kms:*").await;
    let text = format!(
        "User: {} is not authorized to perform: kms:GenerateRandom on resource: * because no identity-based policy \
         allows the kms:GenerateRandom action",
        s.alice.arn
    );
    s.alice("GenerateRandom", json!({ "NumberOfBytes": 8 })).await.refused("AccessDeniedException", &*text);
}

#[tokio::test]
async fn count_store_and_recipient() {
    let s = Scenario::start().await;
    let with = |input: Value| s.root("GenerateRandom", input);
    with(json!({})).await.refused("ValidationException", "NumberOfBytes is required.");
    with(json!({ "NumberOfBytes": 0 }))
        .await
        .refused_with("ValidationException", "greater than or equal to 1");
    with(json!({ "NumberOfBytes": 1_025 }))
        .await
        .refused_with("ValidationException", "less than or equal to 1024");
    with(json!({ "NumberOfBytes": 8, "CustomKeyStoreId": "cks-1" }))
        .await
        .refused("CustomKeyStoreNotFoundException", None);
    with(json!({ "NumberOfBytes": 8, "Recipient": { "AttestationDocument": "AAAA" } }))
        .await
        .refused_with("UnsupportedOperationException", "Recipient");
}

#[tokio::test]
async fn vault_is_away() {
    let s = Scenario::start().await;
    s.root("GenerateRandom", json!({ "NumberOfBytes": 8 })).await.succeeded();
    s.stand.take_away(&s.vault).await.unwrap();
    s.root("GenerateRandom", json!({ "NumberOfBytes": 8 }))
        .await
        .refused_with("DependencyTimeoutException", "Key material cannot be used now");
}

#[tokio::test]
async fn record_has_no_resource() {
    let s = Scenario::start().await;
    s.root("GenerateRandom", json!({ "NumberOfBytes": 8 })).await.succeeded();
    let record = s.last_record();
    assert_eq!((&record["eventName"], &record["resources"]), (&json!("GenerateRandom"), &json!([])));
    s.disk.fail(true);
    s.root("GenerateRandom", json!({ "NumberOfBytes": 8 }))
        .await
        .refused_with("KMSInternalException", "audit record");
}
