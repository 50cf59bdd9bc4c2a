//! Decrypt.

use crate::plaintext::{SECRET, blob_of, bytes_of, decrypted};
use crate::rows::Operation;
use crate::scenario::{ACCOUNT, Key, NO_KEY, Scenario, key_arn, statement};
use serde_json::{Value, json};

/// The one text for a blob of a key that is unknown, foreign or not permitted.
const UNSEEN: &str = "The ciphertext refers to a customer master key that does not exist, does not exist in this \
                      region, or you are not allowed to access.";

/// With the key named. Without, see below.
fn decrypt() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |s: &Scenario, key: &Key| {
        let blob = s.blob(key, SECRET).await;
        json!({ "KeyId": key.arn, "CiphertextBlob": blob })
    };
    Operation::new("Decrypt", prepare).takes_aliases().without_invalid_arn()
}

#[tokio::test]
async fn answer_has_plaintext_key_algorithm_and_material() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    assert_eq!(
        decrypted(&s, &blob, json!({})).await.ok(),
        json!({
            "KeyId": key.arn,
            "Plaintext": SECRET,
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "KeyMaterialId": s.metadata(&key).await["CurrentKeyMaterialId"],
        })
    );
}

#[tokio::test]
async fn identifiers() {
    decrypt().identifiers().await;
}

#[tokio::test]
async fn authorization() {
    decrypt().authorization().await;
}

#[tokio::test]
async fn key_states() {
    decrypt().when_disabled("DisabledException").await;
    decrypt().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    decrypt().call_is_recorded().await;
}

#[tokio::test]
async fn vault_is_away() {
    decrypt().without_vault("KeyUnavailableException").await;
}

#[tokio::test]
async fn blob_without_key_id_of_a_key_unknown_or_not_permitted_gets_one_text() {
    let s = Scenario::start().await;
    let (hidden, shared) = (s.key().await, s.key_for_alice("kms:Decrypt").await);
    let denied = s.key_with(&[statement("Deny", "*", "kms:Decrypt")]).await;
    let blob = s.blob(&hidden, SECRET).await;
    let mut unknown = bytes_of(&blob);
    unknown[4..20].fill(0xee);
    for blob in [&blob, &s.blob(&denied, SECRET).await, &blob_of(&unknown)] {
        s.alice("Decrypt", json!({ "CiphertextBlob": blob })).await.refused("AccessDeniedException", UNSEEN);
    }
    let mut elsewhere = s.root.clone();
    elsewhere.region = "eu-west-1";
    let input = json!({ "CiphertextBlob": blob });
    s.call(&elsewhere, "Decrypt", input).await.refused("AccessDeniedException", UNSEEN);
    decrypted(&s, &blob_of(&unknown), json!({})).await.refused("AccessDeniedException", UNSEEN);
    let blob = s.blob(&shared, SECRET).await;
    s.alice("Decrypt", json!({ "CiphertextBlob": blob })).await.succeeded();
}

#[tokio::test]
async fn ciphertext_of_wrong_magic_version_or_length_is_invalid_without_text() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let whole = bytes_of(&s.blob(&key, SECRET).await);
    let with = |change: fn(&mut Vec<u8>)| {
        let mut blob = whole.clone();
        change(&mut blob);
        blob_of(&blob)
    };
    for blob in [
        with(|blob| blob[0] ^= 1),
        with(|blob| blob[2] += 1),
        with(|blob| blob[3] += 1),
        with(|blob| blob.truncate(100)),
        with(|blob| blob.truncate(3)),
    ] {
        // Before authorisation: alice, who may nothing, gets the same.
        s.alice("Decrypt", json!({ "CiphertextBlob": blob }))
            .await
            .refused("InvalidCiphertextException", None);
        let unknown = json!({ "CiphertextBlob": blob, "KeyId": NO_KEY });
        s.root("Decrypt", unknown).await.refused("InvalidCiphertextException", None);
    }
}

#[tokio::test]
async fn ciphertext_flipped_bit_or_other_context_is_invalid_without_text() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let whole = bytes_of(&blob);
    decrypted(&s, &blob, json!({ "a": "b" })).await.refused("InvalidCiphertextException", None);
    // Magic and key id have answers of their own; the rest is one and the same fault.
    for at in 20..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        decrypted(&s, &blob_of(&flipped), json!({})).await.refused("InvalidCiphertextException", None);
    }
    for length in [whole.len() - 1, 101] {
        decrypted(&s, &blob_of(&whole[..length]), json!({}))
            .await
            .refused("InvalidCiphertextException", None);
    }
    decrypted(&s, &blob, json!({})).await.succeeded();
}

#[tokio::test]
async fn key_id_of_another_key_is_incorrect_after_authorisation_on_it() {
    let s = Scenario::start().await;
    let (key, other) = (s.key_for_alice("kms:Decrypt").await, s.key().await);
    let blob = s.blob(&key, SECRET).await;
    let input = json!({ "CiphertextBlob": blob, "KeyId": other.arn });
    s.root("Decrypt", input.clone()).await.refused(
        "IncorrectKeyException",
        "The key ID in the request does not identify a CMK that can perform this operation.",
    );
    s.alice("Decrypt", input).await.refused_with("AccessDeniedException", &other.arn);
    let missing = json!({ "CiphertextBlob": blob, "KeyId": NO_KEY });
    let text = format!("Key '{}' does not exist", key_arn(NO_KEY));
    s.root("Decrypt", missing).await.refused("NotFoundException", &*text);
    // The state of the named key is not looked at before it is known to be the right one.
    s.root("DisableKey", json!({ "KeyId": other.id })).await.empty();
    let input = json!({ "CiphertextBlob": blob, "KeyId": other.arn });
    s.root("Decrypt", input).await.refused_with("IncorrectKeyException", "does not identify");
}

#[tokio::test]
async fn algorithm_token_recipient_and_missing_ciphertext() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let with = |member: &str, value: Value| {
        let mut input = json!({ "CiphertextBlob": blob });
        input[member] = value;
        s.root("Decrypt", input)
    };
    with("EncryptionAlgorithm", json!("RSAES_OAEP_SHA_1")).await.refused(
        "InvalidKeyUsageException",
        "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.",
    );
    with("GrantTokens", json!(["token"])).await.refused_with("InvalidGrantTokenException", "grant token");
    with(
        "Recipient",
        json!({ "KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": "AAAA" }),
    )
    .await
    .refused_with("UnsupportedOperationException", "Recipient");
    with("CiphertextBlob", Value::Null)
        .await
        .refused_with("ValidationException", "Value null at 'ciphertextBlob'");
    let too_large = json!({ "CiphertextBlob": "AAAA", "EncryptionContext": { "k": "v".repeat(8_187) } });
    s.root("Decrypt", too_large).await.refused_with("ValidationException", "8192 bytes");
    with("CiphertextBlob", json!("AAAA".repeat(2_049)))
        .await
        .refused_with("ValidationException", "Value at 'ciphertextBlob' failed to satisfy constraint");
}

#[tokio::test]
async fn dry_run_checks_everything_and_tells_no_plaintext() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let dry = |input: Value| {
        let mut input = input;
        input["DryRun"] = json!(true);
        s.root("Decrypt", input)
    };
    dry(json!({ "CiphertextBlob": blob }))
        .await
        .refused_with("DryRunOperationException", "would have succeeded");
    dry(json!({ "CiphertextBlob": blob, "EncryptionContext": { "a": "b" } }))
        .await
        .refused("InvalidCiphertextException", None);
    let ignore = json!(["IGNORE_CIPHERTEXT"]);
    dry(json!({ "KeyId": key.id, "DryRunModifiers": ignore }))
        .await
        .refused_with("DryRunOperationException", "would have succeeded");
    dry(json!({ "DryRunModifiers": ignore })).await.refused_with("ValidationException", "KeyId is required");
    let wet = json!({ "CiphertextBlob": blob, "KeyId": key.id, "DryRunModifiers": ignore });
    s.root("Decrypt", wet).await.refused_with("ValidationException", "DryRun only");
    let hidden = json!({ "KeyId": key.arn, "DryRun": true, "DryRunModifiers": ignore });
    s.alice("Decrypt", hidden).await.refused_with("AccessDeniedException", &key.arn);
}

#[tokio::test]
async fn key_id_of_another_account_is_denied_even_for_a_blob_of_ours() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let input = json!({ "CiphertextBlob": blob, "KeyId": key.arn.replace(ACCOUNT, "999999999999") });
    s.root("Decrypt", input).await.refused_with("AccessDeniedException", "the resource does not exist");
}
