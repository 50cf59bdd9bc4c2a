//! What is on the record, what must never be, and what happens while it cannot be written.

use crate::plaintext::{SECRET, SECRET_TEXT, bytes_of};
use crate::scenario::{ACCOUNT, Key, Scenario, audit_settings, caller, statement};
use serde_json::{Value, json};
use std::cell::Cell;
use strongroom_audit::verify::verify;
use strongroom_audit::{
    Checkpoint, Disk, FilesBeside, LogKeys, Notes, Retention, Settings, SignedNote, TreeHead, holds, seals,
};
use strongroom_service::{CheckpointWork, LogAct};
use strongroom_types::Clock;

#[tokio::test]
async fn record_of_a_call_that_succeeded() {
    let s = Scenario::start().await;
    let key = s.key_for_alice("kms:Encrypt").await;
    let input = json!({ "KeyId": key.arn, "Plaintext": SECRET, "EncryptionContext": { "file": "7" } });
    let received = s.signed(&s.alice, "Encrypt", input.to_string().as_bytes());
    s.send(&received).await.succeeded();
    let record = s.last_record();
    assert_eq!(record["requestID"], received.request_id.to_string());
    assert_eq!(record["eventTime"], "2026-01-15T12:00:00Z");
    assert_eq!(
        (&record["eventSource"], &record["awsRegion"]),
        (&json!("kms.amazonaws.com"), &json!("us-east-1"))
    );
    assert_eq!(
        (&record["sourceIPAddress"], &record["userAgent"]),
        (&json!("127.0.0.1"), &json!("scenario/1"))
    );
    let identity = &record["userIdentity"];
    assert_eq!((&identity["type"], &identity["arn"]), (&json!("IAMUser"), &json!(s.alice.arn)));
    assert_eq!(
        (&identity["userName"], &identity["accessKeyId"]),
        (&json!("alice"), &json!(s.alice.access_key_id))
    );
    assert_eq!(
        record["requestParameters"],
        json!({ "keyId": key.arn, "encryptionAlgorithm": "SYMMETRIC_DEFAULT", "encryptionContext": { "file": "7" } })
    );
    assert_eq!(record["resources"][0]["ARN"], json!(key.arn));
    let material = s.metadata(&key).await["CurrentKeyMaterialId"].take();
    assert_eq!(record["additionalEventData"], json!({ "keyMaterialId": material }));
}

#[tokio::test]
async fn line_says_how_often_the_vault_used_a_key() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let uses = || s.audit_lines().last().map(|line| line["uses"].clone()).unwrap_or_default();
    let input = json!({ "KeyId": key.arn, "Plaintext": SECRET });
    let blob = s.root("Encrypt", input).await.ok()["CiphertextBlob"].take();
    assert_eq!(uses(), 1);
    s.root("ReEncrypt", json!({ "CiphertextBlob": blob, "DestinationKeyId": key.arn })).await.succeeded();
    assert_eq!(uses(), 2, "both keys");
    s.root("DescribeKey", json!({ "KeyId": key.arn })).await.succeeded();
    assert_eq!(uses(), Value::Null);
    s.alice("Encrypt", json!({ "KeyId": key.arn, "Plaintext": SECRET })).await;
    assert_eq!(uses(), Value::Null, "a denial uses none");
    let wrong = json!({ "CiphertextBlob": blob, "EncryptionContext": { "a": "b" } });
    s.root("Decrypt", wrong).await;
    assert_eq!(uses(), Value::Null, "a refused ciphertext gives no result");
}

#[tokio::test]
async fn record_of_a_denial_names_the_key_and_the_context() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let input = json!({ "KeyId": key.arn, "KeySpec": "AES_256", "EncryptionContext": { "file": "7" } });
    let answer = s.alice("GenerateDataKey", input).await;
    let record = s.last_record();
    assert_eq!(record["errorCode"], "AccessDenied");
    assert_eq!(record["errorMessage"], answer.body["Message"]);
    assert_eq!(record["requestParameters"]["encryptionContext"], json!({ "file": "7" }));
    assert_eq!(record["resources"][0]["ARN"], json!(key.arn));
}

#[tokio::test]
async fn record_of_a_call_across_accounts_names_the_owner_of_the_key() {
    let s = Scenario::start().await;
    let made = s.service.create_account("210987654321", 0).await.unwrap();
    let arn = "arn:aws:iam::210987654321:root".to_owned();
    let other = caller(arn, &made.access_key_id, made.secret.expose());
    let key = s.key_with(&[statement("Allow", &other.arn, "kms:DescribeKey")]).await;
    s.call(&other, "DescribeKey", json!({ "KeyId": key.arn })).await.succeeded();
    let record = s.last_record();
    assert_eq!(record["recipientAccountId"], "210987654321");
    assert_eq!(record["resources"][0]["accountId"], json!(ACCOUNT));
    assert!(record["sharedEventID"].is_string());
    s.metadata(&key).await;
    assert_eq!(s.last_record().get("sharedEventID"), None, "the control");
}

#[tokio::test]
async fn record_of_an_invalid_call_and_none_of_a_stranger() {
    let s = Scenario::start().await;
    s.root("ListKeys", json!({ "Limit": 0 })).await.refused_with("ValidationException", "'limit'");
    let record = s.last_record();
    assert_eq!(
        (&record["errorCode"], &record["eventName"]),
        (&json!("ValidationException"), &json!("ListKeys"))
    );
    let before = s.audit_lines().len();
    let mut stranger = s.root.clone();
    stranger.secret.push('x');
    s.call(&stranger, "ListKeys", json!({}))
        .await
        .refused_with("InvalidSignatureException", "does not match");
    assert_eq!(s.audit_lines().len(), before);
}

#[tokio::test]
async fn change_that_is_refused_has_an_event_and_no_intent() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let before = s.audit_lines().len();
    s.alice("DisableKey", json!({ "KeyId": key.arn })).await.refused_with("AccessDeniedException", &key.arn);
    let lines = s.audit_lines().split_off(before);
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["kind"], &lines[0]["record"]["readOnly"]), (&json!("event"), &json!(false)));
}

/// Uses every operation that sees a secret; gives what must not be on the record.
async fn use_secrets(s: &Scenario, key: &Key) -> Vec<String> {
    let context = json!({ "visible": "context-value" });
    let input = json!({ "KeyId": key.id, "Plaintext": SECRET, "EncryptionContext": context });
    let blob = s.root("Encrypt", input).await.ok()["CiphertextBlob"].take();
    let moved =
        json!({ "CiphertextBlob": blob, "SourceEncryptionContext": context, "DestinationKeyId": key.id });
    let moved = s.root("ReEncrypt", moved).await.ok()["CiphertextBlob"].take();
    let opened = s.root("Decrypt", json!({ "CiphertextBlob": moved })).await.ok()["Plaintext"].take();
    s.root("Decrypt", json!({ "CiphertextBlob": blob })).await.refused("InvalidCiphertextException", None);
    let data_key = s.root("GenerateDataKey", json!({ "KeyId": key.id, "KeySpec": "AES_256" })).await.ok();
    let random = s.root("GenerateRandom", json!({ "NumberOfBytes": 32 })).await.ok();
    let token = json!({ "KeyId": key.id, "GrantTokens": ["a-grant-token-of-somebody"] });
    s.root("DescribeKey", token).await.refused_with("InvalidGrantTokenException", "token");
    let garbage = s.signed(&s.root, "Encrypt", format!("{{\"Plaintext\":7,\"x\":\"{SECRET}\"}}").as_bytes());
    s.send(&garbage).await.refused_with("SerializationException", "wrong type");
    let mut hidden = vec![SECRET_TEXT.to_owned(), "a-grant-token-of-somebody".to_owned()];
    for value in
        [&blob, &moved, &opened, &data_key["Plaintext"], &data_key["CiphertextBlob"], &random["Plaintext"]]
    {
        hidden.push(value.as_str().unwrap().trim_end_matches('=').to_owned());
        hidden.push(bytes_of(value).iter().map(|byte| format!("{byte:02x}")).collect());
    }
    hidden.extend([s.root.secret.clone(), s.alice.secret.clone()]);
    hidden
}

#[tokio::test]
async fn no_plaintext_ciphertext_token_or_secret_is_ever_on_the_record() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let hidden = use_secrets(&s, &key).await;
    let text = s.disk.text();
    for secret in &hidden {
        assert!(!text.contains(secret.as_str()), "{secret} is on the record");
    }
    // The same search finds what may be there.
    for shown in ["context-value", key.arn.as_str(), s.root.access_key_id.as_str()] {
        assert!(text.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn nothing_is_served_while_it_cannot_be_written_and_serving_resumes_by_itself() {
    let s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    let calls = [
        ("Decrypt", json!({ "CiphertextBlob": blob })),
        ("DescribeKey", json!({ "KeyId": key.id })),
        ("DisableKey", json!({ "KeyId": key.id })),
        ("Sign", json!({})),
    ];
    s.disk.fail(true);
    for (operation, input) in &calls {
        let answer = s.root(operation, input.clone()).await;
        assert!(!answer.text.contains(SECRET));
        answer.refused("KMSInternalException", "The audit record cannot be written; no request is served.");
    }
    assert!(!s.service.health().await.0);
    s.disk.fail(false);
    s.healed().await;
    assert_eq!(s.metadata(&key).await["KeyState"], "Enabled", "the change was not made");
    s.root("Decrypt", calls[0].1.clone()).await.succeeded();
    let kinds: Vec<Value> = s.audit_lines().into_iter().map(|mut line| line["kind"].take()).collect();
    assert!(kinds.contains(&json!("gap")), "the record tells that something may be missing: {kinds:?}");
}

#[tokio::test]
async fn change_whose_event_cannot_be_written_is_not_acknowledged_and_its_intent_stands() {
    let s = Scenario::start().await;
    let key = s.key().await;
    s.disk.fail_after(1);
    let received = s.signed(&s.root, "DisableKey", json!({ "KeyId": key.id }).to_string().as_bytes());
    s.send(&received).await.refused_with("KMSInternalException", "audit record");
    let last = s.audit_lines().pop().unwrap();
    assert_eq!(last["kind"], "intent");
    assert_eq!(last["record"]["requestID"], received.request_id.to_string());
    s.disk.fail(false);
    let s = s.restart().await;
    let closed = s.audit_lines().pop().unwrap();
    assert_eq!(closed["kind"], "correction");
    assert_eq!(closed["record"]["requestID"], received.request_id.to_string());
    assert_eq!(closed["record"]["errorCode"], Value::Null, "it was committed");
    assert_eq!(s.metadata(&key).await["KeyState"], "Disabled");
}

#[tokio::test]
async fn acts_of_the_operator_are_on_the_record() {
    let s = Scenario::start().await;
    let before = s.audit_lines().len();
    s.service.create_user("bob", 1_000).await.unwrap();
    let lines = s.audit_lines().split_off(before);
    let [intent, event] = lines.as_slice() else { panic!("{lines:#?}") };
    assert_eq!((&intent["kind"], &event["kind"]), (&json!("intent"), &json!("event")));
    assert_eq!(event["record"]["eventName"], "OperatorCreateUser");
    assert_eq!(event["record"]["userIdentity"]["invokedBy"], "operator (uid 1000)");
    assert_eq!(event["record"]["requestParameters"], json!({ "userName": "bob", "accountId": ACCOUNT }));
    s.disk.fail(true);
    assert!(s.service.create_user("carol", 0).await.is_err());
    s.disk.fail(false);
    s.healed().await;
    s.service.create_user("carol", 0).await.unwrap();
}

#[tokio::test]
async fn acts_on_the_log_are_on_the_record_and_those_that_are_refused() {
    let s = Scenario::start().await;
    let add = || LogAct::AddHold { name: "case 7".to_owned(), reason: "the court asks".to_owned() };
    s.service.act_on_log(add(), 7).await.unwrap();
    let record = s.last_record();
    assert_eq!(record["eventName"], "OperatorAddAuditHold");
    assert_eq!(record["userIdentity"]["invokedBy"], "operator (uid 7)");
    assert_eq!(record["requestParameters"], json!({ "name": "case 7", "reason": "the court asks" }));
    assert_eq!(record["errorCode"], Value::Null);
    let why = s.service.act_on_log(add(), 7).await.unwrap_err().to_string();
    let record = s.last_record();
    assert_eq!((&record["errorCode"], &record["errorMessage"]), (&json!("Refused"), &json!(why)));
    let key = "nobody+00000000+AAAA".to_owned();
    assert!(s.service.act_on_log(LogAct::AddWitness { key }, 7).await.is_err());
    s.service.act_on_log(LogAct::RemoveHold { name: "case 7".to_owned() }, 7).await.unwrap();
    assert_eq!(s.last_record()["eventName"], "OperatorRemoveAuditHold");
}

#[tokio::test]
async fn hold_is_not_removed_while_the_record_cannot_say_so() {
    let s = Scenario::start().await;
    let add = LogAct::AddHold { name: "case 7".to_owned(), reason: "the court asks".to_owned() };
    let remove = || LogAct::RemoveHold { name: "case 7".to_owned() };
    s.service.act_on_log(add, 7).await.unwrap();
    s.disk.fail(true);
    assert!(s.service.act_on_log(remove(), 7).await.unwrap_err().to_string().contains("audit record"));
    assert_eq!(holds(&s.disk).unwrap().len(), 1, "it stands");
    s.disk.fail(false);
    s.healed().await;
    let before = s.audit_lines().len();
    s.service.act_on_log(remove(), 7).await.unwrap();
    assert!(holds(&s.disk).unwrap().is_empty(), "with a record that can be written it is gone");
    let mut lines = s.audit_lines().split_off(before);
    lines.retain(|line| line["kind"] != "gap");
    let [intent, event] = lines.as_slice() else { panic!("{lines:#?}") };
    assert_eq!((&intent["kind"], &event["kind"]), (&json!("intent"), &json!("event")));
    assert_eq!(intent["record"]["requestParameters"], json!({ "name": "case 7" }));
    assert_eq!(intent["record"]["requestID"], event["record"]["requestID"]);
}

#[tokio::test]
async fn removal_of_a_hold_whose_outcome_cannot_be_written_leaves_its_intent_with_the_name() {
    let s = Scenario::start().await;
    let add = LogAct::AddHold { name: "case 7".to_owned(), reason: "the court asks".to_owned() };
    s.service.act_on_log(add, 7).await.unwrap();
    s.disk.fail_after(1);
    let remove = LogAct::RemoveHold { name: "case 7".to_owned() };
    let said = s.service.act_on_log(remove, 7).await.unwrap_err().to_string();
    assert!(said.contains("it is done"), "{said}");
    assert!(holds(&s.disk).unwrap().is_empty());
    let last = s.audit_lines().pop().unwrap();
    assert_eq!(
        (&last["kind"], &last["record"]["eventName"]),
        (&json!("intent"), &json!("OperatorRemoveAuditHold"))
    );
    s.disk.fail(false);
    let s = s.restart().await;
    let closed = s.audit_lines().pop().unwrap();
    assert_eq!((&closed["kind"], &closed["record"]["errorCode"]), (&json!("correction"), &json!("Unknown")));
    assert_eq!(closed["record"]["requestParameters"], json!({ "name": "case 7" }));
}

/// Applies retention, while checkpoints are made as they are every second.
pub(crate) async fn prune(s: &Scenario, work: &mut CheckpointWork, retention: Retention) {
    let done = Cell::new(false);
    let removing = async {
        s.service.prune_log(retention).await;
        done.set(true);
    };
    let signing = async {
        while !done.get() {
            s.service.checkpoint(work).await;
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(removing, signing);
}

#[tokio::test]
async fn hold_keeps_what_retention_removes_on_the_record_once_it_is_gone() {
    let s = Scenario::start_audited(Settings { segment_bytes_max: 4 << 10, ..audit_settings() }).await;
    let add = LogAct::AddHold { name: "case 7".to_owned(), reason: "the court asks".to_owned() };
    s.service.act_on_log(add, 7).await.unwrap();
    // A thread of its own seals segments.
    while seals(&s.disk).unwrap().len() < 4 {
        s.root("ListKeys", json!({})).await.succeeded();
    }
    let first = || s.disk.segments().unwrap()[0].first;
    let removals = || {
        let mut lines = s.audit_lines();
        lines.retain(|line| line["kind"] == "event" && line["record"]["eventName"] == "RemoveAuditSegments");
        lines
    };
    let mut work = CheckpointWork::default();
    let keep = Retention { bytes: Some(1), ..Retention::default() };
    prune(&s, &mut work, keep).await;
    assert_eq!((first(), removals().len()), (1, 0), "while the hold stands");
    s.service.act_on_log(LogAct::RemoveHold { name: "case 7".to_owned() }, 7).await.unwrap();
    prune(&s, &mut work, keep).await;
    let removals = removals();
    assert_eq!(removals.len(), 1);
    let parameters = &removals[0]["record"]["requestParameters"];
    assert_eq!(parameters["firstSequence"], 1, "{parameters}");
    assert_eq!(parameters["lastSequence"], first() - 1, "{parameters}");
}

#[tokio::test]
async fn retention_removes_what_the_signed_record_says_before_and_nothing_that_it_cannot_say() {
    let s = Scenario::start_audited(Settings { segment_bytes_max: 4 << 10, ..audit_settings() }).await;
    while seals(&s.disk).unwrap().len() < 4 {
        s.root("ListKeys", json!({})).await.succeeded();
    }
    let mut work = CheckpointWork::default();
    let keep = Retention { bytes: Some(1), ..Retention::default() };
    let oldest = s.disk.segments().unwrap()[0];
    s.disk.fail(true);
    prune(&s, &mut work, keep).await;
    assert_eq!(s.disk.segments().unwrap()[0], oldest, "the record cannot be written");
    s.disk.fail(false);
    s.healed().await;
    prune(&s, &mut work, keep).await;
    let mut told = s.audit_lines();
    told.retain(|line| line["record"]["eventName"] == "RemoveAuditSegments");
    let [intent, event] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!((&intent["kind"], &event["kind"]), (&json!("intent"), &json!("event")));
    for member in ["requestID", "requestParameters"] {
        assert_eq!(intent["record"][member], event["record"][member], "{member}");
    }
    let last = event["record"]["requestParameters"]["lastSequence"].as_u64().unwrap();
    let left = s.disk.segments().unwrap()[0];
    assert!(oldest.first <= last && last < left.first, "{last}: {left:?}");
    s.service.close_log(&mut work).await;
    let keys: LogKeys = s.service.log_keys().unwrap().parse().unwrap();
    assert!(verify(&s.disk, &keys).unwrap().pruned > 0, "nothing else is missing");
}

/// There is room again as soon as the oldest segment has gone. Never ends.
async fn room_once_a_segment_has_gone(s: &Scenario, oldest: u64) {
    while s.disk.segments().unwrap()[0].first == oldest {
        tokio::task::yield_now().await;
    }
    s.disk.set_free(1 << 40);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn retention_that_finds_no_room_for_its_intent_removes_first_and_tells_then() {
    let s = Scenario::start_audited(Settings { segment_bytes_max: 4 << 10, ..audit_settings() }).await;
    while seals(&s.disk).unwrap().len() < 4 {
        s.root("ListKeys", json!({})).await.succeeded();
    }
    s.disk.set_free(0);
    // The log looks for itself.
    while s.service.health().await.0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(s.root("ListKeys", json!({})).await.status, 500, "there is no room for any record");
    let mut work = CheckpointWork::default();
    let keep = Retention { bytes: Some(1), ..Retention::default() };
    let oldest = s.disk.segments().unwrap()[0].first;
    tokio::select! {
        () = prune(&s, &mut work, keep) => {}
        () = room_once_a_segment_has_gone(&s, oldest) => {}
    }
    let left = s.disk.segments().unwrap()[0].first;
    assert!(left > oldest, "nothing was removed");
    let mut told = s.audit_lines();
    told.retain(|line| line["record"]["eventName"] == "RemoveAuditSegments");
    let [event] = told.as_slice() else { panic!("{told:#?}") };
    assert_eq!(event["kind"], "event", "there was no room for an intent");
    let parameters = &event["record"]["requestParameters"];
    assert_eq!(
        (&parameters["firstSequence"], &parameters["lastSequence"]),
        (&json!(oldest), &json!(left - 1))
    );
    s.root("ListKeys", json!({})).await.succeeded();
    s.service.close_log(&mut work).await;
    let keys: LogKeys = s.service.log_keys().unwrap().parse().unwrap();
    assert_eq!(verify(&s.disk, &keys).unwrap().pruned, left - 1, "nothing else is missing");
}

/// The checkpoints that are kept, the oldest first.
fn kept_checkpoints(s: &Scenario) -> Vec<Checkpoint> {
    let bytes = usize::try_from(s.disk.length("checkpoints").unwrap()).unwrap();
    let text = s.disk.read_part("checkpoints", 0, bytes).unwrap();
    let mut notes = Notes::new(text.as_slice());
    let mut found = Vec::new();
    while let Some(note) = notes.next_note().unwrap() {
        let note: SignedNote = note.parse().unwrap();
        found.push(note.text.parse().unwrap());
    }
    found
}

#[tokio::test]
async fn every_second_with_something_new_has_its_checkpoint_and_the_end_one_of_everything() {
    let s = Scenario::start().await;
    let mut work = CheckpointWork::default();
    let recorded = || s.audit_lines().len() as u64;
    let covered = || kept_checkpoints(&s).last().map_or(0, |last| last.size);
    let signed_at = || kept_checkpoints(&s).last().and_then(|last| last.standing).unwrap().time_ms;
    for _ in 0..5 {
        s.clock().forward_ms(1_000);
        s.root("ListKeys", json!({})).await.succeeded();
        // What was recorded reaches the tree on a thread of its own.
        while covered() < recorded() {
            s.service.checkpoint(&mut work).await;
        }
        assert_eq!(signed_at(), s.clock().now().millis());
    }
    let checkpoints = kept_checkpoints(&s).len();
    assert!(checkpoints >= 5);
    s.clock().forward_ms(10_000);
    s.service.checkpoint(&mut work).await;
    assert_eq!(kept_checkpoints(&s).len(), checkpoints, "nothing is new");
    s.root("ListKeys", json!({})).await.succeeded();
    s.service.close_log(&mut work).await;
    assert_eq!((covered(), signed_at()), (recorded(), s.clock().now().millis()));
    let closed: Vec<bool> =
        kept_checkpoints(&s).iter().filter_map(|one| Some(one.standing?.closed)).collect();
    assert!(
        closed.ends_with(&[false, true]) && closed.iter().filter(|closed| **closed).count() == 1,
        "{closed:?}"
    );
    let keys: LogKeys = s.service.log_keys().unwrap().parse().unwrap();
    let verified = verify(&s.disk, &keys).unwrap();
    assert_eq!((verified.checkpoints, verified.unsigned), (checkpoints as u64 + 1, 0));
}

#[tokio::test]
async fn start_after_a_clean_end_says_first_what_it_found_and_an_end_takes_nothing_more() {
    let s = Scenario::start().await;
    let mut work = CheckpointWork::default();
    s.root("ListKeys", json!({})).await.succeeded();
    s.service.checkpoint(&mut work).await;
    let last = kept_checkpoints(&s).pop().unwrap();
    let found = TreeHead { size: last.size, root: last.root, next: last.size + 1, accounted: 0 };
    let mut work = CheckpointWork::after(Some((last.clone(), 0)), None).found_closed(found);
    // Written before the vault could sign.
    s.root("ListKeys", json!({})).await.succeeded();
    s.service.checkpoint(&mut work).await;
    let first = kept_checkpoints(&s).pop().unwrap();
    assert_eq!((first.size, first.root), (last.size, last.root));
    assert!(first.standing.unwrap().opened && !last.standing.unwrap().opened);
    assert_eq!(work.closed_with(), None, "the control");
    s.service.close_log(&mut work).await;
    let closed = kept_checkpoints(&s).pop().unwrap();
    assert!(closed.standing.unwrap().closed && closed.size > first.size);
    assert!(work.closed_with().unwrap().contains("\nclosed\n"));
    assert_ne!(s.root("ListKeys", json!({})).await.status, 200, "the log has ended");
    let keys: LogKeys = s.service.log_keys().unwrap().parse().unwrap();
    assert_eq!(verify(&s.disk, &keys).unwrap().unsigned, 0);
}
