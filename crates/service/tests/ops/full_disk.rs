//! A disk that is nearly full: what only adds waits until there is room, and authority can be taken away.

use crate::faulty_store::FaultyStore;
use crate::key_store::Stores;
use crate::scenario::{Key, Scenario, policy};
use serde_json::json;
use std::sync::Arc;
use strongroom_service::{ActDone, DueWork, OperatorError};
use strongroom_vault_protocol::CustodyAct;

const LOW: &str = "The disk is nearly full: only changes that take something away are made.";

/// A scenario, and the store that says whether its disk has room.
async fn start() -> (Scenario, Arc<FaultyStore>) {
    let store = Arc::new(FaultyStore::default());
    (Scenario::start_on(store.clone()).await, store)
}

async fn rotations(s: &Scenario, key: &Key) -> usize {
    let listed = s.root("ListKeyRotations", json!({ "KeyId": key.id })).await.ok();
    listed["Rotations"].as_array().unwrap().len()
}

#[tokio::test]
async fn change_of_keys_that_only_adds_waits_for_room() {
    let store = Arc::new(FaultyStore::default());
    let stores = Stores::start_on(store.clone()).await;
    let s = &stores.s;
    let (key, other, disabled) = (s.key().await, s.key().await, s.key().await);
    s.root("DisableKey", json!({ "KeyId": disabled.id })).await.empty();
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.id })).await.empty();
    let hsm = stores.create("hsm", 0).await;
    let changes = [
        ("EnableKey", json!({ "KeyId": disabled.id })),
        ("EnableKeyRotation", json!({ "KeyId": key.id })),
        ("UpdateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": other.id })),
        ("UpdateKeyDescription", json!({ "KeyId": key.id, "Description": "d" })),
        ("UpdateCustomKeyStore", json!({ "CustomKeyStoreId": hsm, "NewCustomKeyStoreName": "other" })),
        ("ConnectCustomKeyStore", json!({ "CustomKeyStoreId": hsm })),
    ];
    store.set_low_on_space();
    let revision = s.revision().await;
    for (operation, input) in &changes {
        s.root(operation, input.clone()).await.refused("KMSInternalException", LOW);
    }
    assert_eq!(s.revision().await, revision);
    store.set_roomy();
    for (operation, input) in &changes {
        s.root(operation, input.clone()).await.succeeded();
    }
}

#[tokio::test]
async fn change_of_iam_that_only_adds_waits_for_room() {
    let (s, store) = start().await;
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Principal": { "AWS": s.alice.arn }, "Action": "sts:AssumeRole" },
    });
    let trust = trust.to_string();
    s.iam("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trust)]).await.ok();
    s.iam("CreateGroup", &[("GroupName", "g")]).await.ok();
    let of_alice = [("UserName", "alice"), ("AccessKeyId", s.alice.access_key_id.as_str())];
    let changes: [(&str, &[(&str, &str)]); 5] = [
        ("UpdateUser", &[("UserName", "alice"), ("NewPath", "/team/")]),
        ("UpdateGroup", &[("GroupName", "g"), ("NewPath", "/team/")]),
        ("UpdateRole", &[("RoleName", "r"), ("Description", "d")]),
        ("UpdateRoleDescription", &[("RoleName", "r"), ("Description", "e")]),
        ("UpdateAccessKey", &[of_alice[0], of_alice[1], ("Status", "Active")]),
    ];
    store.set_low_on_space();
    s.iam("UpdateAccessKey", &[of_alice[0], of_alice[1], ("Status", "Inactive")]).await.ok();
    let revision = s.revision().await;
    for (action, params) in changes {
        s.iam(action, params).await.refused("ServiceFailure", LOW);
    }
    assert_eq!(s.revision().await, revision);
    store.set_roomy();
    for (action, params) in changes {
        s.iam(action, params).await.ok();
    }
}

#[tokio::test]
async fn authority_is_taken_away_and_a_deletion_is_cancelled_without_room() {
    let (s, store) = start().await;
    let (key, doomed) = (s.key().await, s.key().await);
    store.set_low_on_space();
    s.root("CreateKey", json!({})).await.refused("KMSInternalException", LOW);
    s.root("PutKeyPolicy", json!({ "KeyId": key.id, "Policy": policy(&[]) })).await.empty();
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    for operation in ["ScheduleKeyDeletion", "CancelKeyDeletion"] {
        s.root(operation, json!({ "KeyId": doomed.id })).await.succeeded();
    }
    s.renew_root_access_key(None).await;
}

#[tokio::test]
async fn act_of_the_operator_that_only_adds_waits_for_room() {
    let (s, store) = start().await;
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    store.set_low_on_space();
    let revision = s.revision().await;
    assert!(matches!(s.service.create_user("bob", 0).await, Err(OperatorError::NoRoom)));
    assert!(matches!(s.service.create_account("999999999999", 0).await, Err(OperatorError::NoRoom)));
    custody.act(CustodyAct::RotateDomainKey).unwrap();
    let rotated = s.service.follow_act(ActDone::Rotated, 7).await;
    assert!(matches!(rotated, Err(OperatorError::NoRoom)), "{rotated:?}");
    assert!(rotated.is_err_and(|error| error.changed_nothing()));
    let record = s.last_record();
    assert_eq!(record["eventName"], "OperatorRotateDomainKey");
    assert!(record["requestParameters"]["refused"].as_str().unwrap().contains("nearly full"), "{record}");
    assert_eq!(s.revision().await, revision);
    store.set_roomy();
    s.service.create_user("bob", 0).await.unwrap();
    s.service.create_account("999999999999", 0).await.unwrap();
    custody.act(CustodyAct::RotateDomainKey).unwrap();
    s.service.follow_act(ActDone::Rotated, 7).await.unwrap();
}

#[tokio::test]
async fn rotation_that_is_due_waits_for_room() {
    let (s, store) = start().await;
    let mut work = DueWork::default();
    s.service.run_due(&mut work).await;
    let key = s.key().await;
    s.root("EnableKeyRotation", json!({ "KeyId": key.id, "RotationPeriodInDays": 90 })).await.empty();
    store.set_low_on_space();
    s.clock().forward_days(90);
    s.service.run_due(&mut work).await;
    assert_eq!(rotations(&s, &key).await, 0);
    store.set_roomy();
    s.service.run_due(&mut work).await;
    assert_eq!(rotations(&s, &key).await, 1);
}
