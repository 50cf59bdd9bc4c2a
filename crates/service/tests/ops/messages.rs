//! Messages under a backing key are counted in the store, in blocks, and end at 2^48.

use crate::faulty_store::FaultyStore;
use crate::plaintext::{SECRET, decrypted};
use crate::scenario::{Key, Scenario};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_storage::{
    Batch, BatchId, CommitError, Key as StoreKey, MemoryStore, Require, Store, Value as Stored, Write,
};

/// Messages in one reservation.
pub(crate) const BLOCK: u64 = 1 << 20;

/// The most messages under one backing key.
pub(crate) const MESSAGES_MAX: u64 = 1 << 48;

fn place(key: &Key, seq: u32) -> StoreKey {
    StoreKey::new(format!("s/count/111122223333/us-east-1/{}/{seq:08x}", key.id)).unwrap()
}

/// What the store says is reserved.
pub(crate) async fn reserved(s: &Scenario, key: &Key, seq: u32) -> Option<u64> {
    let snapshot = s.store.snapshot().await.unwrap();
    let (_, value) = snapshot.records.get(&place(key, seq))?;
    let record: Value = serde_json::from_slice(&value.as_bytes()[1..]).unwrap();
    record["reserved"].as_u64()
}

/// Writes what is reserved, as a service that encrypted so much would have left it.
pub(crate) async fn leave(store: &dyn Store, key: &Key, reserved: u64) {
    let value = Stored::new([b"\x01", format!("{{\"reserved\":{reserved}}}").as_bytes()].concat());
    let at = store.snapshot().await.unwrap().records[&place(key, 1)].0;
    let require = vec![Require::Unchanged { key: place(key, 1), at }];
    let write = vec![Write::Put { key: place(key, 1), value }];
    store.commit(Batch { id: BatchId::new([9; 16]), require, write }).await.unwrap();
}

async fn revision(s: &Scenario) -> strongroom_storage::Revision {
    s.store.snapshot().await.unwrap().revision
}

#[tokio::test]
async fn block_is_reserved_before_the_first_message_and_serves_the_next() {
    let s = Scenario::start().await;
    let key = s.key().await;
    assert_eq!(reserved(&s, &key, 1).await, None);
    s.blob(&key, SECRET).await;
    assert_eq!(reserved(&s, &key, 1).await, Some(BLOCK));
    let before = revision(&s).await;
    for operation in ["GenerateDataKey", "GenerateDataKeyWithoutPlaintext"] {
        s.root(operation, json!({ "KeyId": key.id, "KeySpec": "AES_256" })).await.succeeded();
    }
    let blob = s.blob(&key, SECRET).await;
    decrypted(&s, &blob, json!({})).await.succeeded();
    s.root("ReEncrypt", json!({ "CiphertextBlob": blob, "DestinationKeyId": key.id })).await.succeeded();
    assert_eq!(revision(&s).await, before, "nothing is written for them");
}

#[tokio::test]
async fn opening_counts_nothing() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let s = s.restart().await;
    decrypted(&s, &blob, json!({})).await.succeeded();
    assert_eq!(reserved(&s, &key, 1).await, Some(BLOCK));
}

#[tokio::test]
async fn dry_runs_count_nothing() {
    let s = Scenario::start().await;
    let (key, untouched) = (s.key().await, s.key().await);
    let blob = s.blob(&key, SECRET).await;
    for (operation, input) in [
        ("Encrypt", json!({ "KeyId": untouched.id, "Plaintext": SECRET })),
        ("ReEncrypt", json!({ "CiphertextBlob": blob, "DestinationKeyId": untouched.id })),
        ("GenerateDataKey", json!({ "KeyId": untouched.id, "KeySpec": "AES_256" })),
        ("GenerateDataKeyWithoutPlaintext", json!({ "KeyId": untouched.id, "KeySpec": "AES_256" })),
    ] {
        let mut dry = input.clone();
        dry["DryRun"] = json!(true);
        s.root(operation, dry).await.refused_with("DryRunOperationException", "would have succeeded");
        assert_eq!(reserved(&s, &untouched, 1).await, None, "{operation}");
    }
    s.root("ReEncrypt", json!({ "CiphertextBlob": blob, "DestinationKeyId": untouched.id }))
        .await
        .succeeded();
    assert_eq!(reserved(&s, &untouched, 1).await, Some(BLOCK), "as it does when it is not dry");
}

#[tokio::test]
async fn restart_skips_what_was_reserved() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.blob(&key, SECRET).await;
    let s = s.restart().await;
    s.blob(&key, SECRET).await;
    assert_eq!(reserved(&s, &key, 1).await, Some(2 * BLOCK));
}

#[tokio::test]
async fn many_at_once_reserve_one_block() {
    let s = Arc::new(Scenario::start().await);
    let key = s.key().await;
    let before = revision(&s).await;
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..64 {
        let (s, id) = (s.clone(), key.id.clone());
        calls.spawn(async move {
            s.root("GenerateDataKey", json!({ "KeyId": id, "KeySpec": "AES_128" })).await.succeeded();
        });
    }
    calls.join_all().await;
    assert_eq!(reserved(&s, &key, 1).await, Some(BLOCK));
    assert_eq!(revision(&s).await.get(), before.get() + 1);
}

#[tokio::test]
async fn backing_key_that_encrypted_enough_is_replaced() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let s = Scenario::start_on(store.clone()).await;
    let key = s.key().await;
    let old = s.blob(&key, SECRET).await;
    leave(&*store, &key, MESSAGES_MAX - BLOCK).await;
    let s = s.restart().await;
    let last = s.root("Encrypt", json!({ "KeyId": key.id, "Plaintext": SECRET })).await.ok();
    assert_eq!(reserved(&s, &key, 1).await, Some(MESSAGES_MAX), "the last block is used");
    let s = s.restart().await;
    let next = s.root("Encrypt", json!({ "KeyId": key.id, "Plaintext": SECRET })).await.ok();
    assert_eq!(reserved(&s, &key, 1).await, Some(MESSAGES_MAX), "and no number beyond it");
    assert_eq!(reserved(&s, &key, 2).await, Some(BLOCK));
    let material = |blob: &Value| {
        let bytes = <_ as base64::Engine>::decode(&base64::prelude::BASE64_STANDARD, blob.as_str().unwrap());
        bytes.unwrap()[20..36].to_vec()
    };
    assert_eq!(material(&old), material(&last["CiphertextBlob"]));
    assert_ne!(material(&old), material(&next["CiphertextBlob"]));
    for blob in [&old, &last["CiphertextBlob"], &next["CiphertextBlob"]] {
        decrypted(&s, blob, json!({})).await.succeeded();
    }
    let listed = s.root("ListKeyRotations", json!({ "KeyId": key.id })).await.ok();
    assert_eq!(listed["Rotations"][0]["RotationType"], "AUTOMATIC");
    let rotations = s.audit_lines().into_iter().filter(|line| line["record"]["eventName"] == "RotateKey");
    let kinds: Vec<Value> = rotations.map(|mut line| line["kind"].take()).collect();
    assert_eq!(kinds, ["intent", "event"]);
}

#[tokio::test]
async fn message_without_a_number_is_refused() {
    let store = Arc::new(FaultyStore::default());
    let s = Scenario::start_on(store.clone()).await;
    let (used, fresh) = (s.key().await, s.key().await);
    s.blob(&used, SECRET).await;
    store.fail(Some(CommitError::Unavailable));
    let input = |key: &Key| json!({ "KeyId": key.id, "KeySpec": "AES_256" });
    s.root("GenerateDataKey", input(&used)).await.succeeded();
    s.root("GenerateDataKey", input(&fresh)).await.refused_with("KMSInternalException", "not confirmed");
    store.fail(None);
    s.root("GenerateDataKey", input(&fresh)).await.succeeded();
}

#[tokio::test]
async fn next_block_is_reserved_while_the_last_one_serves_and_no_message_waits_for_it() {
    let store = Arc::new(FaultyStore::default());
    let s = Scenario::start_reserving(store.clone(), 16).await;
    let key = s.key().await;
    let message = || s.root("GenerateDataKey", json!({ "KeyId": key.id, "KeySpec": "AES_128" }));
    for _ in 0..9 {
        message().await.succeeded();
    }
    assert_eq!(reserved(&s, &key, 1).await, Some(16));
    let release = store.hold_next();
    let service = s.service.clone();
    let ahead = tokio::spawn(async move { service.reserve_ahead().await });
    store.commit_waits().await;
    for _ in 0..7 {
        message().await.succeeded();
    }
    release.send(()).unwrap();
    ahead.await.unwrap();
    assert_eq!(reserved(&s, &key, 1).await, Some(32), "nothing of the first block is left");
    store.fail(Some(CommitError::Unavailable));
    for _ in 0..16 {
        message().await.succeeded();
    }
    s.service.reserve_ahead().await;
    message().await.refused_with("KMSInternalException", "not confirmed");
    store.fail(None);
    message().await.succeeded();
    assert_eq!(reserved(&s, &key, 1).await, Some(48), "whoever found none reserves as before");
}
