//! DisconnectCustomKeyStore.

use super::{
    Stores, between_changes, between_changes_of, denied_to_alice, leave_half_way, on_faulty, settled, state,
    unknown_store,
};
use crate::faulty_store::FaultyStore;
use crate::plaintext::SECRET;
use crate::scenario::Scenario;
use serde_json::json;
use std::sync::Arc;
use strongroom_service::DueWork;
use strongroom_storage::CommitError;

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
    let stores = stores.restart().await;
    assert_eq!(stores.s.metadata(&key).await["KeyState"], "Enabled");
    stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded();
    let stores = stores.restart().await;
    assert_eq!(stores.s.metadata(&key).await["KeyState"], "Unavailable");
}

#[tokio::test]
async fn keys_are_unusable_while_their_store_is_disconnecting_and_it_takes_no_other_change() {
    let (faulty, stores, id) = on_faulty().await;
    stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
    let key = stores.key(&id).await;
    let blob = stores.s.blob(&key, SECRET).await;
    let unavailable = format!("{} is unavailable.", key.arn);
    let disconnect = ("DisconnectCustomKeyStore", id.as_str());
    let answer = between_changes(&stores, &faulty, disconnect, async || {
        assert_eq!(state(&stores, &id).await, (json!("DISCONNECTING"), json!(null)));
        let decrypted = stores.s.root("Decrypt", json!({ "CiphertextBlob": blob })).await;
        decrypted.refused("KMSInvalidStateException", &*unavailable);
        for operation in ["ConnectCustomKeyStore", "DisconnectCustomKeyStore", "DeleteCustomKeyStore"] {
            let answer = stores.of_store(operation, &id).await;
            answer.refused_with("CustomKeyStoreInvalidStateException", "is DISCONNECTING");
        }
        stores.s.service.run_due(&mut DueWork::default()).await;
        assert_eq!(state(&stores, &id).await.0, "DISCONNECTING", "its call is at it");
    })
    .await;
    assert_eq!(answer.ok(), json!({}));
    assert_eq!(state(&stores, &id).await, (json!("DISCONNECTED"), json!(null)));
    assert_eq!(settled(&stores), 0);
}

#[tokio::test]
async fn store_that_is_left_disconnecting_is_disconnected_by_the_next_call_round_or_start() {
    for by in ["call", "round", "start"] {
        let (faulty, mut stores, id) = on_faulty().await;
        stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
        let key = stores.key(&id).await;
        leave_half_way(&stores, &faulty, "DisconnectCustomKeyStore", &id).await;
        assert_eq!(state(&stores, &id).await.0, "DISCONNECTING", "{by}");
        assert_eq!(stores.s.metadata(&key).await["KeyState"], "Unavailable", "{by}");
        match by {
            "call" => stores.of_store("DisconnectCustomKeyStore", &id).await.succeeded(),
            "round" => stores.s.service.run_due(&mut DueWork::default()).await,
            _ => stores = stores.restart().await,
        }
        assert_eq!(state(&stores, &id).await, (json!("DISCONNECTED"), json!(null)), "{by}");
        assert_eq!(settled(&stores), usize::from(by != "call"), "{by}");
        stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
        assert_eq!(stores.s.metadata(&key).await["KeyState"], "Enabled", "{by}");
    }
}

/// It was in force when its second change failed.
#[tokio::test]
async fn t04_disconnection_that_was_left_half_way_is_not_repeated_by_a_replay() {
    for (refuse_replays, wanted) in [(true, "CONNECTED"), (false, "DISCONNECTED")] {
        let faulty = Arc::new(FaultyStore::default());
        let s = match refuse_replays {
            true => Scenario::start_refusing_replays(faulty.clone()).await,
            false => Scenario::start_on(faulty.clone()).await,
        };
        let stores = Stores::of(s).await;
        let id = stores.connected().await;
        let s = &stores.s;
        let input = json!({ "CustomKeyStoreId": id }).to_string();
        for fault in [CommitError::Unavailable, CommitError::Busy] {
            s.clock().forward_ms(1_000);
            let refuse = async || faulty.fail(Some(fault));
            let request = s.signed(&s.root, "DisconnectCustomKeyStore", input.as_bytes());
            let answer = between_changes_of(s.send(&request), &faulty, refuse).await;
            answer.refused_with("KMSInternalException", "did not say");
            faulty.fail(None);
            s.service.run_due(&mut DueWork::default()).await;
            stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
            s.send(&request).await;
            assert_eq!(state(&stores, &id).await.0, wanted, "{refuse_replays}");
            if !refuse_replays {
                stores.of_store("ConnectCustomKeyStore", &id).await.succeeded();
            }
        }
    }
}

#[tokio::test]
async fn disconnect_custom_key_store_of_nobody_or_without_permission() {
    unknown_store("DisconnectCustomKeyStore", json!({})).await;
    denied_to_alice("DisconnectCustomKeyStore", json!({ "CustomKeyStoreId": "cks-1" })).await;
}
