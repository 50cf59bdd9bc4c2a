//! Started again on what it left behind: the same answers, and no change left open.

use crate::faulty_store::FaultyStore;
use crate::pages;
use crate::plaintext::{SECRET, decrypted};
use crate::scenario::{Scenario, policy, statement};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_service::DueWork;
use strongroom_storage::{CommitError, MemoryStore};

#[tokio::test]
async fn every_answer_is_as_it_was() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:Decrypt").await;
    let pending = s.key().await;
    let tags = json!([{ "TagKey": "a", "TagValue": "1" }, { "TagKey": "b", "TagValue": "2" }]);
    s.root("TagResource", json!({ "KeyId": key.id, "Tags": tags })).await.empty();
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.id })).await.empty();
    s.root("EnableKeyRotation", json!({ "KeyId": key.id })).await.empty();
    let old = s.blob(&key, SECRET).await;
    s.root("RotateKeyOnDemand", json!({ "KeyId": key.id })).await.succeeded();
    s.root("ScheduleKeyDeletion", json!({ "KeyId": pending.id })).await.succeeded();
    let questions = [
        ("DescribeKey", json!({ "KeyId": key.id })),
        ("DescribeKey", json!({ "KeyId": pending.id })),
        ("GetKeyPolicy", json!({ "KeyId": key.id })),
        ("GetKeyRotationStatus", json!({ "KeyId": key.id })),
        ("ListAliases", json!({})),
        ("ListKeyRotations", json!({ "KeyId": key.id, "IncludeKeyMaterial": "ALL_KEY_MATERIAL" })),
        ("ListKeys", json!({})),
        ("ListResourceTags", json!({ "KeyId": key.id })),
    ];
    let ask = async |s: &Scenario| {
        let mut answers = Vec::new();
        for (operation, input) in &questions {
            answers.push(s.root(operation, input.clone()).await.ok());
        }
        answers
    };
    let before = ask(&s).await;
    let s = s.restart().await;
    assert_eq!(ask(&s).await, before);
    for blob in [old, s.blob(&key, SECRET).await] {
        let answer = s.alice("Decrypt", json!({ "CiphertextBlob": blob })).await;
        assert_eq!(answer.ok()["Plaintext"], SECRET);
    }
    s.alice("DisableKey", json!({ "KeyId": key.arn })).await.refused_with("AccessDeniedException", &key.arn);
}

#[tokio::test]
async fn page_marker_is_still_good() {
    let s = Scenario::start().await;
    for _ in 0..3 {
        s.key().await;
    }
    let marker = pages::marker(&s, "ListKeys", &json!({})).await;
    let rest = json!({ "Marker": marker });
    let before = s.root("ListKeys", rest.clone()).await.ok();
    let s = s.restart().await;
    assert_eq!(s.root("ListKeys", rest).await.ok(), before);
}

/// The last lines of the log are cut off, as by a crash right after the intent.
fn crash_after_intent(s: &Scenario) -> Value {
    let text = s.disk.text();
    let intent = text.rfind("\"kind\":\"intent\"").unwrap();
    let end = intent + text[intent..].find('\n').unwrap() + 1;
    s.disk.cut(end);
    s.audit_lines().pop().unwrap()["record"]["requestID"].take()
}

#[tokio::test]
async fn change_that_a_crash_left_open_is_closed_as_committed_or_not() {
    for (fault, code) in [(None, Value::Null), (Some(CommitError::Unavailable), json!("NotCommitted"))] {
        let store = Arc::new(FaultyStore::default());
        let s = Scenario::start_on(store.clone()).await;
        let key = s.key().await;
        store.fail(fault);
        s.root("DisableKey", json!({ "KeyId": key.id })).await;
        store.fail(None);
        let whole = s.audit_lines().pop().unwrap()["record"].take();
        let request = crash_after_intent(&s);
        let s = s.restart().await;
        let closed = s.audit_lines().pop().unwrap();
        assert_eq!(closed["kind"], "correction");
        let record = &closed["record"];
        assert_eq!((&record["requestID"], &record["errorCode"]), (&request, &code));
        assert_eq!(record["eventName"], "DisableKey");
        // As the record of the call before it has it, which the crash took.
        let (who, before) = (&record["userIdentity"], &whole["userIdentity"]);
        for member in ["arn", "accountId", "accessKeyId"] {
            assert!(who[member].is_string() && who[member] == before[member], "{member}: {who}");
        }
        assert_eq!(record["sourceIPAddress"], whole["sourceIPAddress"]);
        let state = if code.is_null() { "Disabled" } else { "Enabled" };
        assert_eq!(s.metadata(&key).await["KeyState"], state);
        let lines = s.audit_lines().len();
        let s = s.restart().await;
        assert_eq!(s.audit_lines().len(), lines, "it is closed once");
    }
}

#[tokio::test]
async fn deletion_that_a_crash_left_open_is_closed_with_the_name_of_the_key() {
    let s = Scenario::start().await;
    let mut work = DueWork::default();
    s.service.run_due(&mut work).await;
    let key = s.key().await;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": 7 })).await.succeeded();
    for _ in 0..7 {
        s.clock().forward_days(1);
        s.service.run_due(&mut work).await;
    }
    crash_after_intent(&s);
    let s = s.restart().await;
    let closed = s.audit_lines().pop().unwrap();
    let record = &closed["record"];
    assert_eq!((&closed["kind"], &record["eventName"]), (&json!("correction"), &json!("DeleteKey")));
    assert_eq!(record["errorCode"], Value::Null, "it was committed");
    assert_eq!(record["resources"][0]["ARN"], json!(key.arn), "a restore reads it (--apply-deletions)");
}

#[tokio::test]
async fn change_that_the_history_no_longer_tells_of_is_closed_as_unknown() {
    let s = Scenario::start_on(Arc::new(MemoryStore::with_history(1))).await;
    let key = s.key().await;
    s.root("DisableKey", json!({ "KeyId": key.id })).await.empty();
    crash_after_intent(&s);
    // Other changes push the batch out of the history; what they wrote on the record is lost with the crash.
    let length = s.disk.text().len();
    for description in ["a", "b"] {
        let input = json!({ "KeyId": key.id, "Description": description });
        s.root("UpdateKeyDescription", input).await.empty();
    }
    s.disk.cut(length);
    let s = s.restart().await;
    let closed = s.audit_lines().pop().unwrap();
    assert_eq!((&closed["kind"], &closed["record"]["errorCode"]), (&json!("correction"), &json!("Unknown")));
}

#[tokio::test]
async fn vault_that_was_started_again_alone_is_opened_with_the_keyring() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    s.stand.take_away(&s.vault).await.unwrap();
    decrypted(&s, &blob, json!({})).await.refused_with("KeyUnavailableException", "Key material");
    s.root(
        "PutKeyPolicy",
        json!({ "KeyId": key.id, "Policy": policy(&[statement("Deny", "*", "kms:Sign")]) }),
    )
    .await
    .empty();
    s.stand.connect(&s.vault, s.service.keyring().as_ref()).await.unwrap();
    assert_eq!(decrypted(&s, &blob, json!({})).await.ok()["Plaintext"], SECRET);
}
