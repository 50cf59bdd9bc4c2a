//! Zero stale allows: what was decided before a change is not released after it.

use crate::answer::Answer;
use crate::plaintext::SECRET;
use crate::scenario::{Caller, Key, Scenario, audit_settings, policy};
use serde_json::{Value, json};
use std::sync::Arc;
use strongroom_audit::{Purpose, Settings};
use strongroom_storage::{Batch, BatchId, Require, Value as Bytes, Write};
use tokio::task::JoinHandle;

/// A call that is in the vault: decided, and not answered yet.
async fn in_the_vault(
    s: &Arc<Scenario>,
    caller: &Caller,
    operation: &'static str,
    input: Value,
) -> JoinHandle<Answer> {
    // The signing key is fetched before the gate is shut.
    s.call(caller, "ListKeys", json!({})).await;
    s.root("ListKeys", json!({})).await.succeeded();
    s.stand.gate.shut();
    let (scenario, caller) = (s.clone(), caller.clone());
    let call = tokio::spawn(async move { scenario.call(&caller, operation, input).await });
    while !s.stand.gate.is_waited_at() {
        tokio::task::yield_now().await;
    }
    call
}

async fn answered(s: &Scenario, call: JoinHandle<Answer>) -> Answer {
    s.stand.gate.open();
    call.await.unwrap()
}

#[tokio::test]
async fn right_that_was_taken_while_the_vault_worked_gets_no_plaintext() {
    let s = Arc::new(Scenario::start().await);
    for revoked in [true, false] {
        let key = s.key_for_alice("kms:Decrypt").await;
        let input = json!({ "CiphertextBlob": s.blob(&key, SECRET).await, "KeyId": key.arn });
        let call = in_the_vault(&s, &s.alice, "Decrypt", input).await;
        if revoked {
            s.root("PutKeyPolicy", json!({ "KeyId": key.id, "Policy": policy(&[]) })).await.empty();
        }
        let answer = answered(&s, call).await;
        if revoked {
            assert!(!answer.text.contains(SECRET));
            answer.refused_with("AccessDeniedException", "no identity-based policy allows the kms:Decrypt");
            assert_eq!(s.last_record()["errorCode"], "AccessDenied");
        } else {
            assert_eq!(answer.ok()["Plaintext"], SECRET);
        }
    }
}

#[tokio::test]
async fn right_that_was_given_while_the_vault_worked_is_no_reason_to_refuse() {
    let s = Arc::new(Scenario::start().await);
    let key = s.key_for_alice("kms:Decrypt").await;
    let input = json!({ "CiphertextBlob": s.blob(&key, SECRET).await });
    let call = in_the_vault(&s, &s.alice, "Decrypt", input).await;
    s.root("TagResource", json!({ "KeyId": key.id, "Tags": [{ "TagKey": "a", "TagValue": "b" }] }))
        .await
        .empty();
    assert_eq!(answered(&s, call).await.ok()["Plaintext"], SECRET);
}

#[tokio::test]
async fn key_that_was_disabled_while_the_vault_worked_gives_no_data_key() {
    let s = Arc::new(Scenario::start().await);
    let key = s.key().await;
    let input = json!({ "KeyId": key.id, "KeySpec": "AES_256" });
    let call = in_the_vault(&s, &s.root, "GenerateDataKey", input).await;
    // DisableKey tells the vault to forget the key, which waits at the gate behind the data key.
    let disable = {
        let (s, key) = (s.clone(), key.clone());
        tokio::spawn(async move { s.root("DisableKey", json!({ "KeyId": key.id })).await })
    };
    // An answer that the change overtakes is withdrawn, so not every question is answered.
    let state = || s.root("DescribeKey", json!({ "KeyId": key.id }));
    while state().await.body["KeyMetadata"]["KeyState"] != "Disabled" {
        tokio::task::yield_now().await;
    }
    answered(&s, call).await.refused("DisabledException", &*format!("{} is disabled.", key.arn));
    disable.await.unwrap().empty();
}

#[tokio::test]
async fn alias_that_was_moved_while_the_vault_worked_leads_to_the_new_key() {
    let s = Arc::new(Scenario::start().await);
    let (key, other) = (s.key().await, s.key().await);
    s.root("CreateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": key.id })).await.empty();
    let input = json!({ "KeyId": "alias/a", "Plaintext": SECRET });
    let call = in_the_vault(&s, &s.root, "Encrypt", input).await;
    s.root("UpdateAlias", json!({ "AliasName": "alias/a", "TargetKeyId": other.id })).await.empty();
    assert_eq!(answered(&s, call).await.ok()["KeyId"], json!(other.arn));
}

#[tokio::test]
async fn access_key_that_was_replaced_while_the_vault_worked_gets_no_answer() {
    let s = Arc::new(Scenario::start().await);
    let key = s.key().await;
    let input = json!({ "CiphertextBlob": s.blob(&key, SECRET).await });
    let call = in_the_vault(&s, &s.root, "Decrypt", input).await;
    s.renew_root_access_key(None).await;
    let answer = answered(&s, call).await;
    assert!(!answer.text.contains(SECRET));
    answer.refused("KMSInternalException", "The key or its policy changed while the request was served.");
}

/// Changes a key's record in the store as another node would: not through this service.
async fn disabled_by_another_node(s: &Scenario, key: &Key) {
    let snapshot = s.store.snapshot().await.unwrap();
    let wanted = format!("/{}", key.id);
    let of_key = |at: &&strongroom_storage::Key| {
        at.as_bytes().starts_with(b"s/key/") && at.as_bytes().ends_with(wanted.as_bytes())
    };
    let at = snapshot.records.keys().find(of_key).unwrap();
    let record = String::from_utf8(snapshot.records[at].1.as_bytes().to_vec()).unwrap();
    let changed = record.replace("\"Enabled\"", "\"Disabled\"");
    assert_ne!(changed, record);
    let write = vec![Write::Put { key: at.clone(), value: Bytes::new(changed.into_bytes()) }];
    let require = vec![Require::Unchanged { key: at.clone(), at: snapshot.records[at].0 }];
    let batch = Batch { id: BatchId::new([9; 16]), require, write };
    s.store.commit(batch).await.unwrap();
    for _ in 0..100 {
        // One thread runs everything here: the projection follows before the test goes on.
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn answer_that_became_stale_while_its_record_was_written_is_withdrawn() {
    for changed in [true, false] {
        let s = Arc::new(Scenario::start().await);
        let key = s.key().await;
        let input = json!({ "CiphertextBlob": s.blob(&key, SECRET).await });
        let held = s.disk.hold();
        let call = {
            let s = s.clone();
            tokio::spawn(async move { s.root("Decrypt", input).await })
        };
        while !s.disk.is_waited_for() {
            tokio::task::yield_now().await;
        }
        if changed {
            disabled_by_another_node(&s, &key).await;
        }
        drop(held);
        let answer = call.await.unwrap();
        let lines = s.audit_lines();
        let [.., before, last] = lines.as_slice() else { panic!("{lines:#?}") };
        if changed {
            assert!(!answer.text.contains(SECRET));
            answer.refused(
                "KMSInternalException",
                "The key or its policy changed while the request was served.",
            );
            assert_eq!((&before["kind"], &last["kind"]), (&json!("event"), &json!("correction")));
            assert_eq!(before["record"]["requestID"], last["record"]["requestID"]);
            assert_eq!(last["record"]["errorCode"], "KMSInternalException");
        } else {
            assert_eq!(answer.ok()["Plaintext"], SECRET);
            assert_eq!(last["record"]["eventName"], "Decrypt");
        }
    }
}

/// The room for the second record is the call's own: others may have taken the rest meanwhile.
#[tokio::test]
async fn withdrawn_answer_is_recorded_when_there_is_no_room_for_another_call() {
    let settings = Settings { budget_bytes: 8 << 20, ..audit_settings() };
    let (s, log) = Scenario::start_with_log(settings).await;
    let s = Arc::new(s);
    let key = s.key().await;
    let input = json!({ "CiphertextBlob": s.blob(&key, SECRET).await });
    let held = s.disk.hold();
    let call = {
        let s = s.clone();
        tokio::spawn(async move { s.root("Decrypt", input).await })
    };
    while !s.disk.is_waited_for() {
        tokio::task::yield_now().await;
    }
    disabled_by_another_node(&s, &key).await;
    let mut others = Vec::new();
    while let Ok(pending) = log.reserve(Purpose::Change) {
        others.push(pending);
    }
    assert!(!others.is_empty(), "there was room before");
    drop(held);
    call.await
        .unwrap()
        .refused("KMSInternalException", "The key or its policy changed while the request was served.");
    let last = s.audit_lines().pop().unwrap();
    assert_eq!((&last["kind"], &last["record"]["eventName"]), (&json!("correction"), &json!("Decrypt")));
    assert_eq!(last["record"]["errorCode"], "KMSInternalException");
    drop(others);
}
