//! Nobody learns which keys another account has (threat T-35): the whole answer about one that is there is the answer
//! about one that is not.

use crate::answer::Answer;
use crate::plaintext::{SECRET, blob_of, bytes_of};
use crate::scenario::{
    ACCOUNT, Caller, Key, NO_KEY, Scenario, alias_arn, caller, key_arn, policy, statement,
};
use serde_json::{Value, json};

const OTHER: &str = "210987654321";

/// Another account's root, with a blob of a key of its own.
async fn stranger(s: &Scenario) -> (Caller, Value) {
    let made = s.service.create_account(OTHER, 0).await.unwrap();
    let root = caller(format!("arn:aws:iam::{OTHER}:root"), &made.access_key_id, made.secret.expose());
    let key = s.call(&root, "CreateKey", json!({})).await.ok()["KeyMetadata"]["KeyId"].take();
    let blob = s.call(&root, "Encrypt", json!({ "KeyId": key, "Plaintext": SECRET })).await.ok();
    (root, blob["CiphertextBlob"].clone())
}

/// Questions about a key. `own` is a blob of the caller's.
fn questions(key: &str, own: &Value) -> Vec<(&'static str, Value)> {
    let id = json!({ "KeyId": key });
    let grant = json!({ "KeyId": key, "GrantId": "ab".repeat(32) });
    let create = json!({ "KeyId": key, "GranteePrincipal": "arn:aws:iam::111122223333:root", "Operations": ["Decrypt"] });
    vec![
        ("DescribeKey", id.clone()),
        ("GetKeyPolicy", id.clone()),
        ("GetKeyRotationStatus", id.clone()),
        ("DisableKey", id.clone()),
        ("ScheduleKeyDeletion", id.clone()),
        ("ListGrants", id.clone()),
        ("ListResourceTags", id),
        ("PutKeyPolicy", json!({ "KeyId": key, "Policy": policy(&[]) })),
        ("Encrypt", json!({ "KeyId": key, "Plaintext": SECRET })),
        ("Decrypt", json!({ "KeyId": key, "CiphertextBlob": own })),
        ("GenerateDataKey", json!({ "KeyId": key, "KeySpec": "AES_256" })),
        ("GenerateDataKeyWithoutPlaintext", json!({ "KeyId": key, "KeySpec": "AES_256" })),
        ("ReEncrypt", json!({ "DestinationKeyId": key, "CiphertextBlob": own })),
        ("ReEncrypt", json!({ "SourceKeyId": key, "DestinationKeyId": key, "CiphertextBlob": own })),
        ("CreateGrant", create),
        ("RevokeGrant", grant.clone()),
        ("RetireGrant", grant),
    ]
}

/// All that a caller sees of an answer.
fn seen(answer: Answer) -> (u16, Option<&'static str>, String) {
    (answer.status, answer.error, answer.text)
}

/// The operations whose answers about two keys differ.
async fn told(s: &Scenario, who: &Caller, [one, other]: [&str; 2], own: &Value) -> Vec<&'static str> {
    let mut told = Vec::new();
    for ((operation, first), (_, second)) in questions(one, own).into_iter().zip(questions(other, own)) {
        let first = seen(s.call(who, operation, first).await);
        if first != seen(s.call(who, operation, second).await) {
            told.push(operation);
        }
    }
    told
}

#[tokio::test]
async fn t35_key_of_another_account_looks_like_one_that_is_not_there() {
    let s = Scenario::start().await;
    let (stranger, own) = stranger(&s).await;
    let key = s.key().await;
    s.root("CreateAlias", json!({ "AliasName": "alias/there", "TargetKeyId": key.id })).await.empty();
    let missing = key_arn(NO_KEY);
    for operations in [
        told(&s, &stranger, [&key.arn, &missing], &own).await,
        told(&s, &stranger, [&alias_arn("alias/there"), &alias_arn("alias/none")], &own).await,
    ] {
        assert_eq!(operations, [""; 0]);
    }
    for (operation, input) in questions(&missing, &own) {
        let refused = s.call(&stranger, operation, input).await;
        assert!(!refused.text.contains(NO_KEY) && !refused.text.contains(ACCOUNT), "{}", refused.text);
        refused.refused_with("AccessDeniedException", "the resource does not exist in this Region");
    }
}

#[tokio::test]
async fn t35_ciphertext_of_another_account_looks_like_one_of_no_key() {
    let s = Scenario::start().await;
    let (stranger, own) = stranger(&s).await;
    let key = s.key().await;
    let there = s.blob(&key, SECRET).await;
    let mut bytes = bytes_of(&there);
    bytes[4..20].fill(0xee);
    let missing = blob_of(&bytes);
    let decrypt = |blob: &Value| s.call(&stranger, "Decrypt", json!({ "CiphertextBlob": blob }));
    let text = "The ciphertext refers to a customer master key that does not exist";
    let (there, missing) = (decrypt(&there).await, decrypt(&missing).await);
    assert_eq!((there.status, &there.text), (missing.status, &missing.text));
    there.refused_with("AccessDeniedException", text);
    assert_eq!(decrypt(&own).await.ok()["Plaintext"], SECRET);
}

/// The control: in the caller's own account the same questions tell, and so they do once a policy names the stranger.
#[tokio::test]
async fn t35_answers_that_differ_are_found() {
    let s = Scenario::start().await;
    let (stranger, own) = stranger(&s).await;
    let named: Key = s.key_with(&[statement("Allow", &stranger.arn, "kms:Encrypt")]).await;
    let missing = key_arn(NO_KEY);
    assert_eq!(told(&s, &stranger, [&named.arn, &missing], &own).await, ["Encrypt"]);
    let told = told(&s, &s.root, [&s.key().await.arn, &missing], &own).await;
    assert!(told.contains(&"DescribeKey") && told.contains(&"Encrypt"), "{told:?}");
}
