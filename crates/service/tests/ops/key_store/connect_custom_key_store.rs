//! ConnectCustomKeyStore.

use super::{PINS, Stores, creation, denied_to_alice, unknown_store};
use serde_json::json;
use strongroom_testkit::TokenMood;

#[tokio::test]
async fn store_is_connected_when_the_call_returns_and_connecting_again_is_fine() {
    let stores = Stores::start().await;
    let id = stores.connected().await;
    let shown = stores.describe(&id).await;
    assert_eq!(
        (&shown["ConnectionState"], &shown["ConnectionErrorCode"]),
        (&json!("CONNECTED"), &json!(null))
    );
    stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
}

#[tokio::test]
async fn wrong_password_fails_and_must_be_disconnected_and_changed() {
    let stores = Stores::start().await;
    let mut input = creation("hsm", 0);
    input["KeyStorePassword"] = json!(PINS[1]);
    let made = stores.s.root("CreateCustomKeyStore", input).await.ok();
    let id = made["CustomKeyStoreId"].as_str().unwrap();
    // As with AWS the call succeeds, and the state tells.
    assert_eq!(stores.of_store("ConnectCustomKeyStore", id).await.ok(), json!({}));
    let shown = stores.describe(id).await;
    assert_eq!(
        (&shown["ConnectionState"], &shown["ConnectionErrorCode"]),
        (&json!("FAILED"), &json!("INVALID_CREDENTIALS"))
    );
    stores
        .of_store("ConnectCustomKeyStore", id)
        .await
        .refused_with("CustomKeyStoreInvalidStateException", "FAILED");
    stores.of_store("DisconnectCustomKeyStore", id).await.succeeded();
    let update = json!({ "CustomKeyStoreId": id, "KeyStorePassword": PINS[0] });
    stores.s.root("UpdateCustomKeyStore", update).await.succeeded();
    stores.of_store("ConnectCustomKeyStore", id).await.succeeded();
    assert_eq!(stores.describe(id).await["ConnectionState"], "CONNECTED");
}

#[tokio::test]
async fn each_trouble_of_the_token_has_its_error_code() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    for (mood, code) in [
        (TokenMood::Away, "NETWORK_ERRORS"),
        (TokenMood::PinRefused, "INVALID_CREDENTIALS"),
        (TokenMood::PinLocked, "USER_LOCKED_OUT"),
        (TokenMood::Broken, "INTERNAL_ERROR"),
    ] {
        stores.tokens[0].set_mood(mood);
        stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
        let shown = stores.describe(&id).await;
        assert_eq!(
            (&shown["ConnectionState"], &shown["ConnectionErrorCode"]),
            (&json!("FAILED"), &json!(code))
        );
        stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
        assert_eq!(stores.describe(&id).await["ConnectionErrorCode"], json!(null));
    }
    stores.tokens[0].set_mood(TokenMood::Present);
    stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
    assert_eq!(stores.describe(&id).await["ConnectionState"], "CONNECTED");
}

#[tokio::test]
async fn cluster_that_is_not_configured_any_more_is_not_found() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    let s = &stores.s;
    // A vault without a line to that token.
    s.stand.connect(&s.vault, s.service.keyring().as_ref()).await.unwrap();
    stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
    assert_eq!(stores.describe(&id).await["ConnectionErrorCode"], "CLUSTER_NOT_FOUND");
}

#[tokio::test]
async fn vault_that_is_away_says_nothing_about_the_store() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    stores.s.stand.take_away(&stores.s.vault).await.unwrap();
    let answer = stores.of_store("ConnectCustomKeyStore", &id).await;
    assert_eq!(answer.error, Some("DependencyTimeoutException"), "{}", answer.text);
    assert_eq!(stores.describe(&id).await["ConnectionState"], "DISCONNECTED");
}

#[tokio::test]
async fn connect_custom_key_store_of_nobody_or_without_permission() {
    unknown_store("ConnectCustomKeyStore", json!({})).await;
    denied_to_alice("ConnectCustomKeyStore", json!({ "CustomKeyStoreId": "cks-1" })).await;
}
