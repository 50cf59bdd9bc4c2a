//! CreateCustomKeyStore.

use super::{CLUSTERS, PINS, Stores, creation, denied_to_alice};
use serde_json::{Value, json};
use strongroom_testkit::TokenMood;

#[tokio::test]
async fn store_is_made_and_not_connected() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    assert!(id.starts_with("cks-") && id.len() == 21, "{id}");
    let shown = stores.describe(&id).await;
    assert_eq!(shown["ConnectionState"], "DISCONNECTED");
    assert_eq!(shown["CloudHsmClusterId"], CLUSTERS[0]);
    assert!(stores.tokens[0].keys().is_empty());
}

#[tokio::test]
async fn password_is_on_no_record_and_in_no_state() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    let record = stores.s.last_record();
    assert_eq!(record["eventName"], "CreateCustomKeyStore");
    assert_eq!(record["responseElements"], json!({ "customKeyStoreId": id }));
    assert_eq!(record["requestParameters"]["customKeyStoreName"], "hsm", "positive control");
    assert!(!stores.s.disk.text().contains(PINS[0]));
    let snapshot = stores.s.store.snapshot().await.unwrap();
    let held = |wanted: &str| {
        snapshot.records.values().any(|(_, value)| {
            let bytes = value.as_bytes();
            bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
        })
    };
    assert!(held("hsm"), "positive control");
    assert!(!held(PINS[0]));
}

#[tokio::test]
async fn what_is_missing_or_of_another_kind_is_refused() {
    let stores = Stores::start().await;
    let with = |member: &str, value: Value| {
        let mut input = creation("hsm", 0);
        input[member] = value;
        stores.s.root("CreateCustomKeyStore", input)
    };
    for member in ["CloudHsmClusterId", "TrustAnchorCertificate", "KeyStorePassword"] {
        with(member, Value::Null).await.refused_with("ValidationException", member);
    }
    with("XksProxyUriEndpoint", json!("https://xks.example"))
        .await
        .refused_with("ValidationException", "XksProxyUriEndpoint");
    with("CustomKeyStoreType", json!("EXTERNAL_KEY_STORE"))
        .await
        .refused_with("UnsupportedOperationException", "EXTERNAL_KEY_STORE");
    with("CloudHsmClusterId", json!("cluster-aaaaaaaaaaa"))
        .await
        .refused_with("CloudHsmClusterNotFoundException", "cluster-aaaaaaaaaaa");
    with("CloudHsmClusterId", json!("cluster-1"))
        .await
        .refused_with("ValidationException", "cloudHsmClusterId");
    with("KeyStorePassword", json!("short")).await.refused_with("ValidationException", "keyStorePassword");
    with("TrustAnchorCertificate", json!("no certificate"))
        .await
        .refused_with("IncorrectTrustAnchorException", "PEM");
    with("CustomKeyStoreType", json!("AWS_CLOUDHSM")).await.succeeded();
}

#[tokio::test]
async fn name_and_cluster_are_taken_once() {
    let stores = Stores::start().await;
    stores.create("hsm", 0).await;
    let create = |name: &str, cluster| stores.s.root("CreateCustomKeyStore", creation(name, cluster));
    create("hsm", 1).await.refused_with("CustomKeyStoreNameInUseException", "hsm");
    create("other", 0).await.refused_with("CloudHsmClusterInUseException", CLUSTERS[0]);
    create("other", 1).await.succeeded();
}

#[tokio::test]
async fn cluster_whose_token_is_away_is_not_active_and_one_with_another_trouble_is() {
    let stores = Stores::start().await;
    let create = |cluster| stores.s.root("CreateCustomKeyStore", creation("hsm", cluster));
    stores.vault_sees(TokenMood::Away).await;
    create(0).await.refused_with("CloudHsmClusterNotActiveException", CLUSTERS[0]);
    let none = json!({ "CustomKeyStores": [], "Truncated": false });
    assert_eq!(stores.s.root("DescribeCustomKeyStores", json!({})).await.ok(), none);
    stores.vault_sees(TokenMood::PinLocked).await;
    create(0).await.succeeded();
}

#[tokio::test]
async fn create_custom_key_store_is_denied_without_permission() {
    denied_to_alice("CreateCustomKeyStore", creation("hsm", 0)).await;
}
