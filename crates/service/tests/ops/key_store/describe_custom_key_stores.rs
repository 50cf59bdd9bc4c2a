//! DescribeCustomKeyStores.

use super::{CLUSTERS, Stores, denied_to_alice, trust_anchor, unknown_store};
use serde_json::json;
use strongroom_types::Clock;

#[tokio::test]
async fn stores_are_found_by_id_by_name_and_all_together() {
    let stores = Stores::start().await;
    let ids = [stores.create("one", 0).await, stores.create("other", 1).await];
    let wanted = json!({
        "CustomKeyStoreId": ids[0], "CustomKeyStoreName": "one", "CustomKeyStoreType": "AWS_CLOUDHSM",
        "CloudHsmClusterId": CLUSTERS[0], "TrustAnchorCertificate": trust_anchor(),
        "ConnectionState": "DISCONNECTED", "CreationDate": stores.s.clock().now().millis() as f64 / 1_000.0,
    });
    let ask = |input| stores.s.root("DescribeCustomKeyStores", input);
    let one = json!({ "CustomKeyStores": [wanted], "Truncated": false });
    assert_eq!(ask(json!({ "CustomKeyStoreId": ids[0] })).await.ok(), one);
    assert_eq!(ask(json!({ "CustomKeyStoreName": "one" })).await.ok(), one);
    assert_eq!(ask(json!({})).await.ok()["CustomKeyStores"].as_array().unwrap().len(), 2);
    ask(json!({ "CustomKeyStoreName": "nobody" })).await.refused("CustomKeyStoreNotFoundException", None);
    ask(json!({ "CustomKeyStoreId": ids[0], "CustomKeyStoreName": "one" }))
        .await
        .refused_with("ValidationException", "in the same request");
}

#[tokio::test]
async fn account_without_stores_has_an_empty_list() {
    let stores = Stores::start().await;
    let none = json!({ "CustomKeyStores": [], "Truncated": false });
    assert_eq!(stores.s.root("DescribeCustomKeyStores", json!({})).await.ok(), none);
}

#[tokio::test]
async fn pages_join_to_the_whole_list() {
    let stores = Stores::start().await;
    let mut ids = [stores.create("one", 0).await, stores.create("other", 1).await];
    ids.sort();
    let first = stores.s.root("DescribeCustomKeyStores", json!({ "Limit": 1 })).await.ok();
    assert_eq!(
        (&first["Truncated"], &first["CustomKeyStores"][0]["CustomKeyStoreId"]),
        (&json!(true), &json!(ids[0]))
    );
    let input = json!({ "Limit": 1, "Marker": first["NextMarker"] });
    let second = stores.s.root("DescribeCustomKeyStores", input).await.ok();
    assert_eq!(
        (&second["Truncated"], &second["CustomKeyStores"][0]["CustomKeyStoreId"]),
        (&json!(false), &json!(ids[1]))
    );
    stores
        .s
        .root("DescribeCustomKeyStores", json!({ "Marker": "made-up" }))
        .await
        .refused_with("InvalidMarkerException", "marker");
}

#[tokio::test]
async fn describe_custom_key_stores_of_nobody_or_without_permission() {
    unknown_store("DescribeCustomKeyStores", json!({})).await;
    denied_to_alice("DescribeCustomKeyStores", json!({})).await;
}
