//! RotateKeyOnDemand.

use crate::plaintext::{SECRET, decrypted};
use crate::rows::Operation;
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};

fn operation() -> Operation<impl AsyncFn(&Scenario, &Key) -> Value> {
    let prepare = async |_: &Scenario, key: &Key| json!({ "KeyId": key.arn });
    Operation::new("RotateKeyOnDemand", prepare)
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
    operation().when_disabled("DisabledException").await;
    operation().when_pending_deletion("KMSInvalidStateException").await;
}

#[tokio::test]
async fn record() {
    operation().change_is_recorded().await;
}

#[tokio::test]
async fn new_material_encrypts_and_what_was_encrypted_before_still_opens() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let (before, old) = (s.metadata(&key).await, s.blob(&key, SECRET).await);
    let answer = s.root("RotateKeyOnDemand", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(answer, json!({ "KeyId": key.arn }));
    let after = s.metadata(&key).await;
    assert_ne!(after["CurrentKeyMaterialId"], before["CurrentKeyMaterialId"]);
    for (blob, metadata) in [(old, before), (s.blob(&key, SECRET).await, after)] {
        let opened = decrypted(&s, &blob, json!({})).await.ok();
        assert_eq!(opened["Plaintext"], SECRET);
        assert_eq!(opened["KeyMaterialId"], metadata["CurrentKeyMaterialId"]);
    }
}

#[tokio::test]
async fn a_key_is_rotated_on_demand_twenty_five_times_for_life() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let rotate = || s.root("RotateKeyOnDemand", json!({ "KeyId": key.id }));
    for _ in 0..25 {
        rotate().await.succeeded();
    }
    let text = format!(
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be \
         performed for this key: {}",
        key.arn
    );
    rotate().await.refused("LimitExceededException", &*text);
}

#[tokio::test]
async fn vault_is_away() {
    operation().without_vault("DependencyTimeoutException").await;
}
