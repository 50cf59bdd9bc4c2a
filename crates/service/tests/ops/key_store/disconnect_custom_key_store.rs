//! DisconnectCustomKeyStore.

use super::{Stores, denied_to_alice, unknown_store};
use crate::plaintext::SECRET;
use serde_json::json;

#[tokio::test]
async fn keys_are_unusable_from_the_answer_on_and_usable_again_after_connecting() {
    let stores = Stores::start().await;
    let id = stores.connected().await;
    let key = stores.key(&id).await;
    let blob = stores.s.blob(&key, SECRET).await;
    assert_eq!(stores.of_store("DisconnectCustomKeyStore", &id).await.ok(), json!({}));
    assert_eq!(stores.describe(&id).await["ConnectionState"], "DISCONNECTED");
    let unavailable = format!("{} is unavailable.", key.arn);
    let decrypt = || stores.s.root("Decrypt", json!({ "CiphertextBlob": blob }));
    decrypt().await.refused("KMSInvalidStateException", &*unavailable);
    let metadata = stores.s.metadata(&key).await;
    assert_eq!((&metadata["KeyState"], &metadata["Enabled"]), (&json!("Unavailable"), &json!(false)));
    stores
        .of_store("DisconnectCustomKeyStore", &id)
        .await
        .refused_with("CustomKeyStoreInvalidStateException", "DISCONNECTED");
    stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
    assert_eq!(decrypt().await.ok()["Plaintext"], SECRET);
    assert_eq!(stores.s.metadata(&key).await["KeyState"], "Enabled");
}

#[tokio::test]
async fn answer_that_is_in_flight_is_withdrawn() {
    let stores = Stores::start().await;
    let id = stores.connected().await;
    let key = stores.key(&id).await;
    let blob = stores.s.blob(&key, SECRET).await;
    let s = &stores.s;
    s.stand.gate.shut();
    let decrypt = s.root("Decrypt", json!({ "CiphertextBlob": blob }));
    let disconnect = async {
        while !s.stand.gate.is_waited_at() {
            tokio::task::yield_now().await;
        }
        stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
        s.stand.gate.open();
    };
    let (answer, ()) = tokio::join!(decrypt, disconnect);
    answer.refused("KMSInvalidStateException", &*format!("{} is unavailable.", key.arn));
}

#[tokio::test]
async fn state_outlives_the_front() {
    let stores = Stores::start().await;
    let id = stores.connected().await;
    let key = stores.key(&id).await;
    let Stores { s, tokens } = stores;
    let stores = Stores { s: s.restart_on_this_vault().await, tokens };
    assert_eq!(stores.s.metadata(&key).await["KeyState"], "Enabled");
    stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
    let Stores { s, tokens } = stores;
    let stores = Stores { s: s.restart_on_this_vault().await, tokens };
    assert_eq!(stores.s.metadata(&key).await["KeyState"], "Unavailable");
}

#[tokio::test]
async fn disconnect_custom_key_store_of_nobody_or_without_permission() {
    unknown_store("DisconnectCustomKeyStore", json!({})).await;
    denied_to_alice("DisconnectCustomKeyStore", json!({ "CustomKeyStoreId": "cks-1" })).await;
}
