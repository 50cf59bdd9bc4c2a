//! Keys on their way into a token: whatever ends their making half way, nothing stays in the token that nobody knows.

use crate::faulty_store::FaultyStore;
use crate::key_store::{CLUSTERS, Stores};
use crate::plaintext::SECRET;
use crate::scenario::{ACCOUNT, REGION};
use serde_json::json;
use std::ops::Range;
use std::sync::Arc;
use strongroom_service::{ActDone, DueWork, RewrapWork};
use strongroom_storage::{Batch, BatchId, CommitError, Key, Require, Value, Write};
use strongroom_testkit::TokenMood;
use strongroom_types::Clock;
use strongroom_vault_protocol::{CustodyAct, KeyBinding, TOKEN_ORIGIN};

/// The key that a front was making when it died.
const DEAD: &str = "11111111-1111-1111-1111-111111111111";

fn dead_key() -> KeyBinding {
    KeyBinding {
        arn: format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{DEAD}"),
        key_id: [0x11; 16],
        spec: "SYMMETRIC_DEFAULT".into(),
        usage: "ENCRYPT_DECRYPT".into(),
        origin: TOKEN_ORIGIN.into(),
    }
}

/// What a front leaves behind that dies after the token has made the key: the note, and the key.
async fn die_half_way(stores: &Stores) {
    let s = &stores.s;
    let wrapped = s.vault.announce_store_key(CLUSTERS[0], &dead_key()).await.unwrap();
    let wrapped: String = wrapped.iter().map(|byte| format!("{byte:02x}")).collect();
    let note = json!({ "announced_ms": s.clock().now().millis(), "wrapped": wrapped });
    let place = Key::new(format!("s/born/{ACCOUNT}/{REGION}/{DEAD}")).unwrap();
    let value = Value::new([&[1][..], note.to_string().as_bytes()].concat());
    let require = vec![Require::Absent { key: place.clone() }];
    let write = vec![Write::Put { key: place, value }];
    s.store.commit(Batch { id: BatchId::new([9; 16]), require, write }).await.unwrap();
    s.vault.generate_store_key(CLUSTERS[0], &dead_key()).await.unwrap();
    for _ in 0..100 {
        // One thread runs everything here: the projection follows before the test goes on.
        tokio::task::yield_now().await;
    }
}

async fn notes(stores: &Stores) -> usize {
    let records = stores.s.store.snapshot().await.unwrap().records;
    records.keys().filter(|place| place.as_bytes().starts_with(b"s/born/")).count()
}

fn destroyed(stores: &Stores) -> usize {
    let lines = stores.s.audit_lines();
    let events = lines.iter().filter(|line| line["kind"] == "event");
    events.filter(|line| line["record"]["eventName"] == "DestroyUnfinishedKey").count()
}

async fn round(stores: &Stores, work: &mut DueWork, after_ms: u64) {
    stores.s.clock().forward_ms(after_ms);
    stores.s.service.run_due(work).await;
}

#[tokio::test]
async fn key_that_a_crash_left_in_its_token_is_destroyed_there() {
    let stores = Stores::start().await;
    let store = stores.connected().await;
    let known = stores.key(&store).await;
    assert_eq!(notes(&stores).await, 0, "a finished key leaves no note");
    die_half_way(&stores).await;
    let mut work = DueWork::default();
    round(&stores, &mut work, 59_000).await;
    assert_eq!(stores.tokens[0].keys().len(), 2, "it may still be on its way");
    round(&stores, &mut work, 1_000).await;
    assert_eq!((stores.tokens[0].keys().len(), notes(&stores).await, destroyed(&stores)), (1, 0, 1));
    stores.s.blob(&known, SECRET).await;
}

#[tokio::test]
async fn token_that_is_away_is_waited_for() {
    let stores = Stores::start().await;
    stores.connected().await;
    die_half_way(&stores).await;
    stores.tokens[0].set_mood(TokenMood::Away);
    let mut work = DueWork::default();
    for _ in 0..3 {
        round(&stores, &mut work, 600_000).await;
    }
    assert_eq!((notes(&stores).await, destroyed(&stores)), (1, 0));
    stores.tokens[0].set_mood(TokenMood::Present);
    round(&stores, &mut work, 1_000).await;
    assert_eq!((stores.tokens[0].keys().len(), notes(&stores).await, destroyed(&stores)), (0, 0, 1));
}

#[tokio::test]
async fn refusal_of_a_token_leaves_no_note_and_no_answer_leaves_one() {
    let stores = Stores::start().await;
    let store = stores.connected().await;
    let create =
        || stores.s.root("CreateKey", json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store }));
    stores.tokens[0].set_mood(TokenMood::PinRefused);
    create().await.refused_with("CloudHsmClusterInvalidConfigurationException", "PIN");
    assert_eq!(notes(&stores).await, 0);
    stores.tokens[0].set_mood(TokenMood::Away);
    create().await.refused_with("DependencyTimeoutException", "away");
    assert_eq!(notes(&stores).await, 1, "it may have been made");
    stores.tokens[0].set_mood(TokenMood::Present);
    round(&stores, &mut DueWork::default(), 60_000).await;
    assert_eq!(notes(&stores).await, 0);
}

/// Notes of a cluster's keys that were never made.
async fn leave_notes(stores: &Stores, cluster: &str, numbers: Range<usize>) {
    const BATCH: usize = 50;
    let numbers: Vec<usize> = numbers.collect();
    for batch in numbers.chunks(BATCH) {
        let (mut require, mut write) = (Vec::new(), Vec::new());
        for number in batch {
            let note = json!({
                "announced_ms": stores.s.clock().now().millis(), "wrapped": "00", "cluster": cluster,
            });
            let id = format!("22222222-2222-2222-2222-{number:012}");
            let place = Key::new(format!("s/born/{ACCOUNT}/{REGION}/{id}")).unwrap();
            let value = Value::new([&[1][..], note.to_string().as_bytes()].concat());
            require.push(Require::Absent { key: place.clone() });
            write.push(Write::Put { key: place, value });
        }
        let mut id = [8; 16];
        id[..8].copy_from_slice(&batch[0].to_be_bytes());
        stores.s.store.commit(Batch { id: BatchId::new(id), require, write }).await.unwrap();
    }
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn notes_of_one_cluster_are_limited_and_stop_no_other_cluster() {
    let stores = Stores::start().await;
    let first = stores.connected().await;
    let second = stores.create("other", 1).await;
    assert_eq!(stores.of_store("ConnectCustomKeyStore", &second).await.ok(), json!({}));
    leave_notes(&stores, CLUSTERS[0], 0..950).await;
    stores.key(&first).await;
    leave_notes(&stores, CLUSTERS[0], 950..1_000).await;
    let input = json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": first });
    stores.s.root("CreateKey", input).await.refused_with("ThrottlingException", "");
    stores.key(&second).await;
}

#[tokio::test]
async fn key_that_was_given_up_while_its_commit_waited_is_made_anew() {
    let faulty = Arc::new(FaultyStore::default());
    let stores = Arc::new(Stores::start_on(faulty.clone()).await);
    let store = stores.connected().await;
    let note = faulty.hold_next();
    let call = tokio::spawn({
        let (stores, store) = (stores.clone(), store.clone());
        async move { stores.key(&store).await }
    });
    faulty.commit_waits().await;
    let key = faulty.hold_next();
    note.send(()).unwrap();
    faulty.commit_waits().await;
    assert_eq!(stores.tokens[0].keys().len(), 1, "it is in the token, and its commit waits");
    round(&stores, &mut DueWork::default(), 60_000).await;
    assert!(stores.tokens[0].keys().is_empty());
    key.send(()).unwrap();
    let made = call.await.unwrap();
    assert_eq!((stores.tokens[0].keys().len(), notes(&stores).await), (1, 0));
    stores.s.blob(&made, SECRET).await;
}

#[tokio::test]
async fn commit_that_nobody_knows_of_keeps_its_key() {
    let faulty = Arc::new(FaultyStore::default());
    let stores = Arc::new(Stores::start_on(faulty.clone()).await);
    let store = stores.connected().await;
    let note = faulty.hold_next();
    let call = tokio::spawn({
        let (stores, input) =
            (stores.clone(), json!({ "Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store }));
        async move { stores.s.root("CreateKey", input).await.error.is_some() }
    });
    faulty.commit_waits().await;
    let key = faulty.hold_next();
    note.send(()).unwrap();
    faulty.commit_waits().await;
    faulty.fail(Some(CommitError::Unknown));
    key.send(()).unwrap();
    assert!(call.await.unwrap(), "nobody knows");
    faulty.fail(None);
    round(&stores, &mut DueWork::default(), 60_000).await;
    assert_eq!(
        (stores.tokens[0].keys().len(), notes(&stores).await),
        (1, 0),
        "it was committed: it is a key"
    );
    assert_eq!(stores.s.root("ListKeys", json!({})).await.ok()["Keys"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn note_outlives_the_rotation_of_the_domain_key_while_its_token_is_away() {
    let stores = Stores::start().await;
    stores.connected().await;
    // The vault is connected again: whoever rotates has its custody.
    let s = &stores.s;
    let mut custody = s.stand.connect_with_custody(&s.vault, s.service.keyring().as_ref()).await.unwrap();
    for (cluster, token) in CLUSTERS.iter().zip(&stores.tokens) {
        custody.connect_cluster(cluster, token.line().unwrap()).unwrap();
    }
    die_half_way(&stores).await;
    custody.act(CustodyAct::RotateDomainKey).unwrap();
    s.service.follow_act(ActDone::Rotated, 7).await.unwrap();
    let domain_keys = async || s.service.vault_status(0).await.unwrap().domain_keys.len();
    let mut rewrap = RewrapWork::default();
    for _ in 0..3 {
        s.service.rewrap(&mut rewrap).await;
        s.clock().forward_ms(16_000);
    }
    assert_eq!(
        domain_keys().await,
        2,
        "the key may still be on its way, and its note is under the older one"
    );
    stores.tokens[0].set_mood(TokenMood::Away);
    let mut work = DueWork::default();
    round(&stores, &mut work, 60_000).await;
    for _ in 0..3 {
        s.service.rewrap(&mut rewrap).await;
        s.clock().forward_ms(16_000);
    }
    assert_eq!((domain_keys().await, notes(&stores).await), (1, 1), "the note is wrapped anew");
    stores.tokens[0].set_mood(TokenMood::Present);
    round(&stores, &mut work, 1_000).await;
    assert_eq!((stores.tokens[0].keys().len(), notes(&stores).await, destroyed(&stores)), (0, 0, 1));
}
