//! DeleteCustomKeyStore.

use super::{Stores, denied_to_alice, unknown_store};
use serde_json::json;

#[tokio::test]
async fn store_must_be_disconnected_and_empty() {
    let stores = Stores::start().await;
    let id = stores.connected().await;
    let key = stores.key(&id).await;
    let delete = || stores.of_store("DeleteCustomKeyStore", &id);
    delete().await.refused_with("CustomKeyStoreInvalidStateException", "CONNECTED");
    stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
    delete().await.refused_with("CustomKeyStoreHasCMKsException", "1 KMS keys");
    stores.s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id })).await.succeeded();
    delete().await.refused_with("CustomKeyStoreHasCMKsException", "1 KMS keys");
}

#[tokio::test]
async fn deleted_store_is_gone_and_its_name_and_cluster_are_free() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    assert_eq!(stores.of_store("DeleteCustomKeyStore", &id).await.ok(), json!({}));
    stores.of_store("DescribeCustomKeyStores", &id).await.refused("CustomKeyStoreNotFoundException", None);
    assert_ne!(stores.create("hsm", 0).await, id);
}

#[tokio::test]
async fn sealed_password_of_a_deleted_store_is_to_be_wiped_from_the_file() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    assert!(!stores.scrub_is_wanted().await);
    stores.of_store("DeleteCustomKeyStore", &id).await.succeeded();
    assert!(stores.scrub_is_wanted().await);
}

#[tokio::test]
async fn delete_custom_key_store_of_nobody_or_without_permission() {
    unknown_store("DeleteCustomKeyStore", json!({})).await;
    denied_to_alice("DeleteCustomKeyStore", json!({ "CustomKeyStoreId": "cks-1" })).await;
}
