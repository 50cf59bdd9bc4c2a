//! UpdateCustomKeyStore.

use super::{CLUSTERS, PINS, Stores, denied_to_alice, unknown_store};
use serde_json::{Value, json};
use strongroom_testkit::TokenMood;

#[tokio::test]
async fn name_changes_at_any_time_and_the_rest_while_disconnected() {
    let stores = Stores::start().await;
    let id = stores.connected().await;
    let update = |input: Value| {
        let mut input = input;
        input["CustomKeyStoreId"] = json!(id);
        stores.s.root("UpdateCustomKeyStore", input)
    };
    assert_eq!(update(json!({ "NewCustomKeyStoreName": "renamed" })).await.ok(), json!({}));
    assert_eq!(stores.describe(&id).await["CustomKeyStoreName"], "renamed");
    assert_eq!(stores.describe(&id).await["ConnectionState"], "CONNECTED");
    for input in [json!({ "KeyStorePassword": PINS[0] }), json!({ "CloudHsmClusterId": CLUSTERS[0] })] {
        update(input).await.refused_with("CustomKeyStoreInvalidStateException", "CONNECTED");
    }
    update(json!({})).await.refused_with("ValidationException", "Nothing is given");
    update(json!({ "XksProxyUriPath": "/kms/xks/v1" }))
        .await
        .refused_with("ValidationException", "XksProxyUriPath");
    assert!(!stores.s.disk.text().contains(PINS[0]));
}

#[tokio::test]
async fn name_of_another_store_is_refused_and_the_own_one_is_not() {
    let stores = Stores::start().await;
    let (id, _) = (stores.create("one", 0).await, stores.create("other", 1).await);
    let rename = |name: &str| {
        let input = json!({ "CustomKeyStoreId": id, "NewCustomKeyStoreName": name });
        stores.s.root("UpdateCustomKeyStore", input)
    };
    rename("other").await.refused_with("CustomKeyStoreNameInUseException", "other");
    rename("one").await.succeeded();
}

#[tokio::test]
async fn empty_store_may_be_made_of_another_cluster() {
    let stores = Stores::start().await;
    let id = stores.connected().await;
    let key = stores.key(&id).await;
    stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
    let update = |input: Value| {
        let mut input = input;
        input["CustomKeyStoreId"] = json!(id);
        stores.s.root("UpdateCustomKeyStore", input)
    };
    let moved = json!({ "CloudHsmClusterId": CLUSTERS[1], "KeyStorePassword": PINS[1] });
    update(moved.clone()).await.refused_with("CloudHsmClusterNotRelatedException", CLUSTERS[1]);
    update(json!({ "CloudHsmClusterId": "cluster-aaaaaaaaaaa" }))
        .await
        .refused_with("CloudHsmClusterNotFoundException", "cluster-aaaaaaaaaaa");
    // Without its key it may.
    stores
        .s
        .root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": 7 }))
        .await
        .succeeded();
    crate::token_keys::week(&stores).await;
    update(json!({ "CloudHsmClusterId": CLUSTERS[1] }))
        .await
        .refused_with("ValidationException", "KeyStorePassword");
    update(moved).await.succeeded();
    stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
    let shown = stores.describe(&id).await;
    assert_eq!(
        (&shown["ConnectionState"], &shown["CloudHsmClusterId"]),
        (&json!("CONNECTED"), &json!(CLUSTERS[1]))
    );
    stores.key(&id).await;
    assert_eq!((stores.tokens[0].keys().len(), stores.tokens[1].keys().len()), (0, 1));
}

#[tokio::test]
async fn store_is_made_of_no_cluster_whose_token_is_away() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 1).await;
    let moved =
        json!({ "CustomKeyStoreId": id, "CloudHsmClusterId": CLUSTERS[0], "KeyStorePassword": PINS[0] });
    let update = || stores.s.root("UpdateCustomKeyStore", moved.clone());
    stores.vault_sees(TokenMood::Away).await;
    update().await.refused_with("CloudHsmClusterNotActiveException", CLUSTERS[0]);
    assert_eq!(stores.describe(&id).await["CloudHsmClusterId"], CLUSTERS[1]);
    stores.vault_sees(TokenMood::Present).await;
    update().await.succeeded();
}

#[tokio::test]
async fn sealed_password_that_is_replaced_is_to_be_wiped_from_the_file() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    let update = |input: Value| {
        let mut input = input;
        input["CustomKeyStoreId"] = json!(id);
        stores.s.root("UpdateCustomKeyStore", input)
    };
    update(json!({ "NewCustomKeyStoreName": "renamed" })).await.succeeded();
    assert!(!stores.scrub_is_wanted().await, "a name is no secret");
    update(json!({ "KeyStorePassword": PINS[0] })).await.succeeded();
    assert!(stores.scrub_is_wanted().await);
}

#[tokio::test]
async fn update_custom_key_store_of_nobody_or_without_permission() {
    unknown_store("UpdateCustomKeyStore", json!({ "NewCustomKeyStoreName": "x" })).await;
    denied_to_alice("UpdateCustomKeyStore", json!({ "CustomKeyStoreId": "cks-1" })).await;
}
