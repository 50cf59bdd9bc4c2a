//! GenerateDataKey.

use crate::plaintext::{bytes_of, decrypted};
use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn generate() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn, "KeySpec": "AES_256" });
    Operation::new("GenerateDataKey", prepare).takes_aliases().without_invalid_arn()
}

#[tokio::test]
async fn answer_has_plaintext_blob_key_and_material() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let context = json!({ "document": "7" });
    for (sized, length) in [
        (json!({ "KeySpec": "AES_256" }), 32),
        (json!({ "KeySpec": "AES_128" }), 16),
        (json!({ "NumberOfBytes": 1 }), 1),
        (json!({ "NumberOfBytes": 1_024 }), 1_024),
    ] {
        let mut input = sized;
        input["KeyId"] = json!(key.id);
        input["EncryptionContext"] = context.clone();
        let answer = s.root("GenerateDataKey", input.clone()).await.ok();
        assert_eq!(bytes_of(&answer["Plaintext"]).len(), length);
        assert_eq!(answer["KeyId"], json!(key.arn));
        assert_eq!(answer["KeyMaterialId"], s.metadata(&key).await["CurrentKeyMaterialId"]);
        assert_eq!(answer.as_object().unwrap().len(), 4, "{answer}");
        let opened = decrypted(&s, &answer["CiphertextBlob"], context.clone()).await.ok();
        assert_eq!(opened["Plaintext"], answer["Plaintext"]);
        decrypted(&s, &answer["CiphertextBlob"], json!({})).await.refused("InvalidCiphertextException", None);
        if length > 1 {
            let again = s.root("GenerateDataKey", input).await.ok();
            assert_ne!(again["Plaintext"], answer["Plaintext"]);
        }
    }
}

#[tokio::test]
async fn identifiers() {
    generate().identifiers().await;
}

#[tokio::test]
async fn authorization() {
    generate().authorization().await;
}

#[tokio::test]
async fn key_states() {
    generate().when_disabled("DisabledException").await;
    generate().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    generate().call_is_recorded().await;
}

#[tokio::test]
async fn vault_is_away() {
    generate().without_vault("KeyUnavailableException").await;
}

#[tokio::test]
async fn length_is_named_exactly_once_and_in_range() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let with = |spec: Value, bytes: Value| {
        s.root("GenerateDataKey", json!({ "KeyId": key.id, "KeySpec": spec, "NumberOfBytes": bytes }))
    };
    let once = "Please specify either number of bytes or key spec.";
    with(Value::Null, Value::Null).await.refused("ValidationException", once);
    with(json!("AES_256"), json!(32)).await.refused("ValidationException", once);
    with(Value::Null, json!(0)).await.refused_with("ValidationException", "greater than or equal to 1");
    with(Value::Null, json!(1_025)).await.refused_with("ValidationException", "less than or equal to 1024");
    with(json!("AES_512"), Value::Null).await.refused_with("ValidationException", "enum value set");
}

#[tokio::test]
async fn token_recipient_dry_run_and_context() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let with = |member: &str, value: Value| {
        let mut input = json!({ "KeyId": key.id, "KeySpec": "AES_256" });
        input[member] = value;
        s.root("GenerateDataKey", input)
    };
    with("GrantTokens", json!(["token"])).await.refused_with("InvalidGrantTokenException", "grant token");
    with("Recipient", json!({ "AttestationDocument": "AAAA" }))
        .await
        .refused_with("UnsupportedOperationException", "Recipient");
    let answer = with("DryRun", json!(true)).await;
    answer.refused_with("DryRunOperationException", "would have succeeded");
    with("EncryptionContext", json!({ "k": "v".repeat(8_192) }))
        .await
        .refused_with("ValidationException", "8192 bytes");
}
