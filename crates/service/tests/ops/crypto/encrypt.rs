//! Encrypt.

use crate::plaintext::{SECRET, bytes_of, decrypted};
use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn encrypt() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn, "Plaintext": SECRET });
    Operation::new("Encrypt", prepare).takes_aliases().without_invalid_arn()
}

#[tokio::test]
async fn answer_has_blob_key_and_algorithm() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let input = json!({ "KeyId": key.id, "Plaintext": SECRET, "EncryptionContext": { "a": "b" } });
    let answer = s.root("Encrypt", input.clone()).await.ok();
    let blob = bytes_of(&answer["CiphertextBlob"]);
    assert_eq!(blob.len(), bytes_of(&json!(SECRET)).len() + 100);
    assert_eq!(
        answer,
        json!({ "CiphertextBlob": answer["CiphertextBlob"], "KeyId": key.arn, "EncryptionAlgorithm": "SYMMETRIC_DEFAULT" })
    );
    assert_eq!(decrypted(&s, &answer["CiphertextBlob"], json!({ "a": "b" })).await.ok()["Plaintext"], SECRET);
    let again = s.root("Encrypt", input).await.ok();
    assert_ne!(again["CiphertextBlob"], answer["CiphertextBlob"]);
}

#[tokio::test]
async fn identifiers() {
    encrypt().identifiers().await;
}

#[tokio::test]
async fn authorization() {
    encrypt().authorization().await;
}

#[tokio::test]
async fn key_states() {
    encrypt().when_disabled("DisabledException").await;
    encrypt().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    encrypt().call_is_recorded().await;
}

#[tokio::test]
async fn vault_is_away() {
    encrypt().without_vault("KeyUnavailableException").await;
}

#[tokio::test]
async fn algorithm_token_dry_run_and_context() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let with = |member: &str, value: Value| {
        let mut input = json!({ "KeyId": key.id, "Plaintext": SECRET });
        input[member] = value;
        s.root("Encrypt", input)
    };
    with("EncryptionAlgorithm", json!("RSAES_OAEP_SHA_256")).await.refused(
        "InvalidKeyUsageException",
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
    );
    with("GrantTokens", json!(["token"]))
        .await
        .refused("InvalidGrantTokenException", "The grant token is not valid.");
    with("GrantTokens", json!([])).await.succeeded();
    with("DryRun", json!(true)).await.refused(
        "DryRunOperationException",
        "The request would have succeeded, but the DryRun option is set.",
    );
    with("EncryptionContext", json!({ "k": "v".repeat(8_192) }))
        .await
        .refused_with("ValidationException", "8192 bytes");
    with("EncryptionContext", json!({ "k": "v".repeat(8_000) })).await.succeeded();
}

#[tokio::test]
async fn plaintext_outside_its_length_is_refused_without_being_shown() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let with = |plaintext: Value| s.root("Encrypt", json!({ "KeyId": key.id, "Plaintext": plaintext }));
    with(json!("")).await.refused(
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length \
         greater than or equal to 1",
    );
    with(json!("AAAA".repeat(1_366))).await.refused_with("ValidationException", "less than or equal to 4096");
    with(Value::Null).await.refused(
        "ValidationException",
        "1 validation error detected: Value null at 'plaintext' failed to satisfy constraint: Member must not be null",
    );
    let answer = with(json!("not base64 !")).await;
    assert!(!answer.text.contains("not base64"), "{}", answer.text);
    answer.refused_with("SerializationException", "A value of the wrong type");
}
