//! GenerateDataKeyWithoutPlaintext.

use crate::plaintext::{bytes_of, decrypted};
use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

const NAME: &str = "GenerateDataKeyWithoutPlaintext";

fn generate() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn, "NumberOfBytes": 24 });
    Operation::new(NAME, prepare).takes_aliases().without_invalid_arn()
}

#[tokio::test]
async fn answer_has_blob_key_and_material_and_no_plaintext() {
    let s = Scenario::start().await;
    let key = s.key().await;
    for (sized, length) in [
        (json!({ "KeySpec": "AES_256" }), 32),
        (json!({ "KeySpec": "AES_128" }), 16),
        (json!({ "NumberOfBytes": 1_024 }), 1_024),
    ] {
        let mut input = sized;
        input["KeyId"] = json!(key.id);
        let answer = s.root(NAME, input).await.ok();
        assert_eq!(answer["KeyId"], json!(key.arn));
        assert_eq!(answer["KeyMaterialId"], s.metadata(&key).await["CurrentKeyMaterialId"]);
        assert_eq!(answer.as_object().unwrap().len(), 3, "{answer}");
        let opened = decrypted(&s, &answer["CiphertextBlob"], json!({})).await.ok();
        assert_eq!(bytes_of(&opened["Plaintext"]).len(), length);
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
async fn length_token_and_dry_run() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let with = |mut input: Value| {
        input["KeyId"] = json!(key.id);
        s.root(NAME, input)
    };
    let once = "Please specify either number of bytes or key spec.";
    with(json!({})).await.refused("ValidationException", once);
    with(json!({ "KeySpec": "AES_128", "NumberOfBytes": 16 })).await.refused("ValidationException", once);
    with(json!({ "NumberOfBytes": 1_025 })).await.refused_with("ValidationException", "'numberOfBytes'");
    with(json!({ "KeySpec": "AES_128", "GrantTokens": ["t"] }))
        .await
        .refused_with("InvalidGrantTokenException", "grant token");
    with(json!({ "KeySpec": "AES_128", "DryRun": true }))
        .await
        .refused_with("DryRunOperationException", "would have succeeded");
}
