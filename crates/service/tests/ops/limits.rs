//! Limits hold for changes in flight too: each was decided while there was room for one more.

use crate::concurrent::{held, scenario};
use crate::grant::{made, wanted};
use crate::scenario::{ACCOUNT, Key, REGION, Scenario};
use serde_json::json;
use std::sync::Arc;
use strongroom_storage::{Batch, BatchId, Key as Place, Require, WRITES_MAX, Write};

/// Puts so many copies of a record beside it, past the service.
async fn copies(s: &Scenario, record: &str, count: usize, place: impl Fn(usize) -> String) {
    let snapshot = s.store.snapshot().await.unwrap();
    let (_, value) = &snapshot.records[&Place::new(record).unwrap()];
    let places: Vec<Place> = (0..count).map(|n| Place::new(place(n)).unwrap()).collect();
    for (n, places) in places.chunks(WRITES_MAX).enumerate() {
        let put = |key: &Place| Write::Put { key: key.clone(), value: value.clone() };
        let batch = Batch {
            id: BatchId::new((n as u128).to_be_bytes()),
            require: vec![Require::Absent { key: places[0].clone() }],
            write: places.iter().map(put).collect(),
        };
        s.store.commit(batch).await.unwrap();
    }
}

async fn alias(s: &Scenario, name: &str, key: &Key) {
    s.root("CreateAlias", json!({ "AliasName": name, "TargetKeyId": key.id })).await.empty();
}

async fn aliases(s: &Scenario, key: &Key) -> usize {
    let listed = s.root("ListAliases", json!({ "KeyId": key.id, "Limit": 100 })).await.ok();
    listed["Aliases"].as_array().unwrap().len()
}

/// What is answered to an alias that comes to a key of so many while another one is made for the key. One that is moved is
/// another key's before.
async fn alias_beside_another(moved: bool, before: usize) -> (Arc<Scenario>, Key, crate::answer::Answer) {
    let (s, store) = scenario().await;
    let (key, other) = (s.key().await, s.key().await);
    for n in 0..before {
        alias(&s, &format!("alias/{n}"), &key).await;
    }
    let operation = if moved { "UpdateAlias" } else { "CreateAlias" };
    if moved {
        alias(&s, "alias/held", &other).await;
    }
    let input = json!({ "AliasName": "alias/held", "TargetKeyId": key.id });
    let (release, call) = held(&s, &store, &s.root, operation, input).await;
    alias(&s, "alias/other", &key).await;
    release.send(()).unwrap();
    let answer = call.await.unwrap();
    (s, key, answer)
}

#[tokio::test]
async fn aliases_that_come_at_once_do_not_pass_the_limit() {
    for moved in [false, true] {
        let (s, key, answer) = alias_beside_another(moved, 49).await;
        let text = format!("The limit of 50 aliases for {} has been reached.", key.arn);
        answer.refused("LimitExceededException", &*text);
        assert_eq!(aliases(&s, &key).await, 50);
    }
}

#[tokio::test]
async fn aliases_that_come_at_once_below_the_limit_all_come() {
    for moved in [false, true] {
        let (s, key, answer) = alias_beside_another(moved, 48).await;
        answer.empty();
        assert_eq!(aliases(&s, &key).await, 50);
    }
}

#[tokio::test]
async fn grants_that_are_made_at_once_do_not_pass_the_limit() {
    let (s, store) = scenario().await;
    let key = s.key().await;
    let input = || wanted(&s, &key, &["Encrypt"], json!({}));
    let first = made(s.root("CreateGrant", input()).await);
    let place = |id: &str| format!("s/grant/{ACCOUNT}/{REGION}/{}/{id}", key.id);
    copies(&s, &place(&first.id), 49_998, |n| place(&format!("{n:064x}"))).await;
    // In force when this is.
    s.root("UpdateKeyDescription", json!({ "KeyId": key.id, "Description": "full" })).await.empty();
    let (release, call) = held(&s, &store, &s.root, "CreateGrant", input()).await;
    s.root("CreateGrant", input()).await.succeeded();
    release.send(()).unwrap();
    let text = format!("The limit of 50000 grants for {} has been reached.", key.arn);
    call.await.unwrap().refused("LimitExceededException", &*text);
}

#[tokio::test]
async fn keys_that_are_made_at_once_do_not_pass_the_limit() {
    let (s, store) = scenario().await;
    let key = s.key().await;
    let place = |id: &str| format!("s/key/{ACCOUNT}/{REGION}/{id}");
    copies(&s, &place(&key.id), 99_998, |n| place(&format!("{n:08x}-0000-4000-8000-000000000000"))).await;
    // In force when this is.
    s.root("UpdateKeyDescription", json!({ "KeyId": key.id, "Description": "full" })).await.empty();
    let (release, call) = held(&s, &store, &s.root, "CreateKey", json!({})).await;
    s.root("CreateKey", json!({})).await.succeeded();
    release.send(()).unwrap();
    let text = "The limit of 100000 KMS keys has been reached.";
    call.await.unwrap().refused("LimitExceededException", text);
}
