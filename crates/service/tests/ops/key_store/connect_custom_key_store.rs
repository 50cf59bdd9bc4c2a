//! ConnectCustomKeyStore.

use super::{
    CLUSTERS, PINS, Stores, between_changes, creation, denied_to_alice, leave_half_way, on_faulty, settled,
    state, unknown_store,
};
use serde_json::{Value, json};
use strongroom_service::DueWork;
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
async fn store_is_connecting_until_its_token_was_looked_at_and_may_only_be_renamed_meanwhile() {
    let (faulty, stores, id) = on_faulty().await;
    let update = |member: &str, value: &str| {
        let input = json!({ "CustomKeyStoreId": id, member: value });
        stores.s.root("UpdateCustomKeyStore", input)
    };
    let connect = ("ConnectCustomKeyStore", id.as_str());
    let answer = between_changes(&stores, &faulty, connect, async || {
        assert_eq!(state(&stores, &id).await, (json!("CONNECTING"), json!(null)));
        let refused = ("CustomKeyStoreInvalidStateException", "CONNECTING");
        stores.of_store("DeleteCustomKeyStore", &id).await.refused_with(refused.0, refused.1);
        update("KeyStorePassword", PINS[0]).await.refused_with(refused.0, refused.1);
        update("CloudHsmClusterId", CLUSTERS[1]).await.refused_with(refused.0, refused.1);
        let key = json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": id });
        stores.s.root("CreateKey", key).await.refused_with(refused.0, refused.1);
        let random = json!({ "NumberOfBytes": 8, "CustomKeyStoreId": id });
        stores.s.root("GenerateRandom", random).await.refused_with(refused.0, refused.1);
        assert_eq!(stores.of_store("ConnectCustomKeyStore", &id).await.ok(), json!({}), "it is under way");
        stores.s.service.run_due(&mut DueWork::default()).await;
        assert_eq!(state(&stores, &id).await.0, "CONNECTING", "and its call is at it");
        update("NewCustomKeyStoreName", "renamed").await.succeeded();
    })
    .await;
    assert_eq!(answer.ok(), json!({}));
    let shown = stores.describe(&id).await;
    assert_eq!(
        (&shown["ConnectionState"], &shown["CustomKeyStoreName"]),
        (&json!("CONNECTED"), &json!("renamed"))
    );
    stores.key(&id).await;
    assert_eq!(settled(&stores), 0);
}

#[tokio::test]
async fn store_that_was_disconnected_while_it_was_connecting_stays_disconnected() {
    let (faulty, stores, id) = on_faulty().await;
    let connect = ("ConnectCustomKeyStore", id.as_str());
    let disconnect = async || stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
    between_changes(&stores, &faulty, connect, disconnect).await.succeeded();
    assert_eq!(state(&stores, &id).await.0, "DISCONNECTED");
    between_changes(&stores, &faulty, connect, async || {}).await.succeeded();
    assert_eq!(state(&stores, &id).await.0, "CONNECTED", "positive control");
}

#[tokio::test]
async fn store_that_is_left_connecting_can_be_disconnected_and_connected() {
    let (faulty, stores, id) = on_faulty().await;
    for (operation, comes_to) in
        [("DisconnectCustomKeyStore", "DISCONNECTED"), ("ConnectCustomKeyStore", "CONNECTED")]
    {
        leave_half_way(&stores, &faulty, "ConnectCustomKeyStore", &id).await;
        assert_eq!(state(&stores, &id).await, (json!("CONNECTING"), json!(null)));
        stores.of_store(operation, &id).await.succeeded();
        assert_eq!(state(&stores, &id).await.0, comes_to);
    }
    stores.key(&id).await;
}

#[tokio::test]
async fn store_that_is_left_connecting_has_failed_after_the_next_round_or_start() {
    for by_start in [false, true] {
        let (faulty, mut stores, id) = on_faulty().await;
        leave_half_way(&stores, &faulty, "ConnectCustomKeyStore", &id).await;
        if by_start {
            stores = stores.restart().await;
        } else {
            stores.s.service.run_due(&mut DueWork::default()).await;
        }
        assert_eq!(state(&stores, &id).await, (json!("FAILED"), json!("INTERNAL_ERROR")), "{by_start}");
        let events = stores.s.audit_lines().into_iter().rev();
        let mut named = events.filter(|line| line["record"]["eventName"] == "SettleCustomKeyStore");
        let details: Value = named.next().unwrap()["record"]["serviceEventDetails"].take();
        assert_eq!(details, json!({ "customKeyStoreId": id, "connectionState": "FAILED" }));
        stores.s.service.run_due(&mut DueWork::default()).await;
        assert_eq!(settled(&stores), 1, "once");
        stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
        stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
        assert_eq!(state(&stores, &id).await, (json!("CONNECTED"), json!(null)));
    }
}

#[tokio::test]
async fn cluster_whose_token_is_known_to_be_away_is_not_active() {
    let stores = Stores::start().await;
    let id = stores.create("hsm", 0).await;
    stores.vault_sees(TokenMood::Away).await;
    let connect = || stores.of_store("ConnectCustomKeyStore", &id);
    connect().await.refused_with("CloudHsmClusterNotActiveException", CLUSTERS[0]);
    assert_eq!(state(&stores, &id).await, (json!("DISCONNECTED"), json!(null)), "nothing was tried");
    // What the vault knows is older than the token's answer.
    stores.tokens[0].set_mood(TokenMood::Present);
    connect().await.succeeded();
    assert_eq!(state(&stores, &id).await.0, "CONNECTED");
}

#[tokio::test]
async fn connect_custom_key_store_of_nobody_or_without_permission() {
    unknown_store("ConnectCustomKeyStore", json!({})).await;
    denied_to_alice("ConnectCustomKeyStore", json!({ "CustomKeyStoreId": "cks-1" })).await;
}
