//! ReEncrypt.

use crate::plaintext::{SECRET, blob_of, bytes_of, decrypted};
use crate::rows::Operation;
use crate::scenario::{Key, Scenario, statement};
use serde_json::{Value, json};

/// Seen from its destination; the key is the source as well.
fn to() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        let source = s.key_for_alice("kms:ReEncryptFrom").await;
        json!({ "CiphertextBlob": s.blob(&source, SECRET).await, "DestinationKeyId": key.arn })
    };
    let operation = Operation::new("ReEncrypt", prepare).takes_aliases().without_invalid_arn();
    operation.action("kms:ReEncryptTo").member("DestinationKeyId")
}

/// Seen from its source, which is named.
fn from() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        let destination = s.key_for_alice("kms:ReEncryptTo").await;
        let blob = s.blob(key, SECRET).await;
        json!({ "CiphertextBlob": blob, "SourceKeyId": key.arn, "DestinationKeyId": destination.arn })
    };
    let operation = Operation::new("ReEncrypt", prepare).takes_aliases().without_invalid_arn();
    operation.action("kms:ReEncryptFrom").member("SourceKeyId")
}

#[tokio::test]
async fn answer_names_both_keys_algorithms_and_materials() {
    let s = Scenario::start().await;
    let (source, destination) = (s.key().await, s.key().await);
    let sealed = json!({ "KeyId": source.id, "Plaintext": SECRET, "EncryptionContext": { "a": "1" } });
    let blob = s.root("Encrypt", sealed).await.ok()["CiphertextBlob"].take();
    let input = json!({
        "CiphertextBlob": blob, "SourceEncryptionContext": { "a": "1" },
        "DestinationKeyId": destination.id, "DestinationEncryptionContext": { "b": "2" },
    });
    let answer = s.root("ReEncrypt", input).await.ok();
    let told = s.last_record()["additionalEventData"].take();
    assert_eq!(
        answer,
        json!({
            "CiphertextBlob": answer["CiphertextBlob"],
            "SourceKeyId": source.arn,
            "KeyId": destination.arn,
            "SourceEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "DestinationEncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "SourceKeyMaterialId": s.metadata(&source).await["CurrentKeyMaterialId"],
            "DestinationKeyMaterialId": s.metadata(&destination).await["CurrentKeyMaterialId"],
        })
    );
    assert_eq!(
        told,
        json!({
            "sourceKeyMaterialId": answer["SourceKeyMaterialId"],
            "destinationKeyMaterialId": answer["DestinationKeyMaterialId"],
        })
    );
    let opened = decrypted(&s, &answer["CiphertextBlob"], json!({ "b": "2" })).await.ok();
    assert_eq!((&opened["Plaintext"], &opened["KeyId"]), (&json!(SECRET), &json!(destination.arn)));
    for context in [json!({}), json!({ "a": "1" })] {
        decrypted(&s, &answer["CiphertextBlob"], context).await.refused("InvalidCiphertextException", None);
    }
}

#[tokio::test]
async fn identifiers() {
    to().identifiers().await;
    from().identifiers().await;
}

#[tokio::test]
async fn authorization() {
    to().authorization().await;
    from().authorization().await;
}

#[tokio::test]
async fn key_states() {
    to().when_disabled("DisabledException").await;
    to().when_pending_deletion("KMSInvalidStateException").await;
    from().when_disabled("DisabledException").await;
    from().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    to().call_is_recorded().await;
    let s = Scenario::start().await;
    let (source, destination) = (s.key().await, s.key().await);
    let input =
        json!({ "CiphertextBlob": s.blob(&source, SECRET).await, "DestinationKeyId": destination.id });
    s.root("ReEncrypt", input).await.succeeded();
    let resources = s.last_record()["resources"].take();
    assert_eq!((&resources[0]["ARN"], &resources[1]["ARN"]), (&json!(source.arn), &json!(destination.arn)));
}

#[tokio::test]
async fn vault_is_away() {
    to().without_vault("KeyUnavailableException").await;
}

#[tokio::test]
async fn source_that_is_wrong() {
    let s = Scenario::start().await;
    let (key, other) = (s.key().await, s.key().await);
    let blob = s.blob(&key, SECRET).await;
    let with = |mut input: Value| {
        input["DestinationKeyId"] = json!(other.id);
        s.root("ReEncrypt", input)
    };
    with(json!({ "CiphertextBlob": blob, "SourceKeyId": other.id })).await.refused(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    );
    with(json!({ "CiphertextBlob": blob, "SourceEncryptionContext": { "a": "b" } }))
        .await
        .refused("InvalidCiphertextException", None);
    with(json!({ "CiphertextBlob": "AAAA" })).await.refused("InvalidCiphertextException", None);
    with(json!({})).await.refused_with("ValidationException", "Value null at 'ciphertextBlob'");
    let mut unknown = bytes_of(&blob);
    unknown[4..20].fill(0xee);
    with(json!({ "CiphertextBlob": blob_of(&unknown) }))
        .await
        .refused_with("AccessDeniedException", "The ciphertext refers to a customer master key");
}

#[tokio::test]
async fn deny_on_one_of_the_two_is_enough() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:ReEncrypt*").await;
    let denied = statement("Deny", &s.alice.arn, "kms:ReEncryptTo");
    let closed = s.key_with(&[statement("Allow", &s.alice.arn, "kms:*"), denied]).await;
    let blob = s.blob(&key, SECRET).await;
    let move_to =
        |to: &Key| s.alice("ReEncrypt", json!({ "CiphertextBlob": blob, "DestinationKeyId": to.arn }));
    move_to(&key).await.succeeded();
    move_to(&closed).await.refused_with("AccessDeniedException", "kms:ReEncryptTo on resource");
}

#[tokio::test]
async fn algorithms_token_and_dry_run() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let with = |member: &str, value: Value| {
        let mut input = json!({ "CiphertextBlob": blob, "DestinationKeyId": key.id });
        input[member] = value;
        s.root("ReEncrypt", input)
    };
    for member in ["SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"] {
        with(member, json!("SM2PKE")).await.refused(
            "InvalidKeyUsageException",
            "Algorithm SM2PKE is incompatible with key spec SYMMETRIC_DEFAULT.",
        );
    }
    for member in ["SourceEncryptionContext", "DestinationEncryptionContext"] {
        let input = json!({
            "CiphertextBlob": "AAAA", "DestinationKeyId": "nope", member: { "k": "v".repeat(8_187) },
        });
        s.root("ReEncrypt", input).await.refused_with("ValidationException", "8192 bytes");
    }
    with("GrantTokens", json!(["t"])).await.refused_with("InvalidGrantTokenException", "grant token");
    with("DryRun", json!(true)).await.refused_with("DryRunOperationException", "would have succeeded");
    with("DryRunModifiers", json!(["IGNORE_CIPHERTEXT"]))
        .await
        .refused_with("UnsupportedOperationException", "DryRunModifiers");
}
