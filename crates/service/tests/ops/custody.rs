//! Sealing, the rotation of domain keys, and deletion that erases: the front's side of custody.

use crate::expired_sessions::sessions;
use crate::plaintext::{SECRET, decrypted};
use crate::scenario::{ACCOUNT, Caller, Key as KmsKey, REGION, Scenario};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use strongroom_audit::LogKeys;
use strongroom_audit::verify::{Finding, verify};
use strongroom_service::{
    ActDone, CheckpointWork, DueWork, OperatorError, RewrapWork, VaultShown, built_operations, built_queries,
};
use strongroom_storage::Key;
use strongroom_storage_embedded::EmbeddedStore;
use strongroom_types::Clock;
use strongroom_vault_protocol::{BackingKey, CustodyAct, KeyBinding, RootKey, RootSecret, VaultClient};

/// Sixteen seconds: longer than requests in flight may take.
const GRACE_MS: u64 = 16_000;

async fn shown(s: &Scenario) -> VaultShown {
    s.service.vault_status(0).await.unwrap()
}

fn events(s: &Scenario, name: &str) -> usize {
    let records = s.audit_lines().into_iter().filter(|line| line["kind"] == "event");
    records.filter(|line| line["record"]["eventName"] == name).count()
}

/// Rounds until nothing is left and the old domain keys are retired.
async fn rewrap_to_the_end(s: &Scenario) {
    let mut work = RewrapWork::default();
    for _ in 0..3 {
        s.service.rewrap(&mut work).await;
        s.clock().forward_ms(GRACE_MS);
    }
}

#[tokio::test]
async fn sealed_service_refuses_every_call_and_says_so_until_it_is_unsealed() {
    let s = Scenario::start().await;
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    custody.act(CustodyAct::Seal).unwrap();
    s.service.follow_act(ActDone::Sealed, 7).await.unwrap();
    // The signing key of this caller was kept a moment ago.
    for operation in ["ListKeys", "CreateKey", "GenerateRandom"] {
        let answer = s.root(operation, json!({ "NumberOfBytes": 8 })).await;
        answer.refused_with("DependencyTimeoutException", "the vault is sealed");
    }
    assert_eq!(s.service.health().await, (false, "the vault is sealed".to_owned()));
    let status = s.service.status(0).await.unwrap();
    assert_eq!(
        (status.vault.as_str(), status.not_authenticated),
        ("sealed", 0),
        "nobody is a stranger for it"
    );
    s.service.look_at_vault().await;
    assert!(s.service.is_sealed(), "the front cannot open it");
    assert_eq!(shown(&s).await.state, "sealed");
    custody.act(CustodyAct::Present(s.stand.root_secret())).unwrap();
    let root = custody.act(CustodyAct::Unseal).unwrap();
    s.service.follow_act(ActDone::Unsealed(root), 7).await.unwrap();
    decrypted(&s, &blob, json!({})).await.succeeded();
    let stranger = Caller { secret: "another".to_owned(), ..s.root.clone() };
    assert!(s.call(&stranger, "ListKeys", json!({})).await.error.is_some());
    assert_eq!(s.service.status(0).await.unwrap().not_authenticated, 1, "positive control");
    assert!(s.service.health().await.0);
    assert_eq!((events(&s, "OperatorSealVault"), events(&s, "OperatorUnsealVault")), (1, 1));
}

/// What every operation and every query is answered, without parameters: nobody reads them before the caller is known. Those
/// whose answer says that the vault is sealed, and all.
async fn sealed_of_all(s: &Scenario) -> (usize, usize) {
    let (mut sealed, mut all) = (0, 0);
    for (operation, _) in built_operations() {
        let answer = s.root(operation, json!({})).await;
        let named = (answer.status, answer.error) == (503, Some("DependencyTimeoutException"));
        sealed += usize::from(named && answer.text.contains("the vault is sealed"));
        all += 1;
    }
    for (service, action) in built_queries() {
        let answer = s.query(&s.root, service, action, &[]).await;
        let named = answer.status == 500 && answer.text.contains("<Code>ServiceFailure</Code>");
        sealed += usize::from(named && answer.text.contains("the vault is sealed"));
        all += 1;
    }
    (sealed, all)
}

#[tokio::test]
async fn every_operation_and_every_query_is_refused_while_the_vault_is_sealed() {
    let s = Scenario::start().await;
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    let revision = s.revision().await;
    custody.act(CustodyAct::Seal).unwrap();
    s.service.follow_act(ActDone::Sealed, 7).await.unwrap();
    let (sealed, all) = sealed_of_all(&s).await;
    assert!(all > 100, "{all}");
    assert_eq!(sealed, all);
    assert_eq!(s.revision().await, revision, "nothing was changed");
    custody.act(CustodyAct::Present(s.stand.root_secret())).unwrap();
    let root = custody.act(CustodyAct::Unseal).unwrap();
    s.service.follow_act(ActDone::Unsealed(root), 7).await.unwrap();
    assert_eq!(sealed_of_all(&s).await, (0, all), "positive control");
}

#[tokio::test]
async fn service_that_starts_with_a_sealed_vault_serves_once_it_is_open() {
    let mut s = Scenario::start().await;
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    s.vault = VaultClient::new();
    let mut custody = s.stand.connect_with_custody(&s.vault, None).await.unwrap();
    custody.act(CustodyAct::Seal).unwrap();
    let s = s.restart_on_this_vault().await;
    assert!(s.service.is_sealed());
    s.root("ListKeys", json!({})).await.refused_with("DependencyTimeoutException", "the vault is sealed");
    custody.act(CustodyAct::Present(s.stand.root_secret())).unwrap();
    custody.act(CustodyAct::Unseal).unwrap();
    // Nobody told the front: it looks every second.
    s.service.look_at_vault().await;
    decrypted(&s, &blob, json!({})).await.succeeded();
}

#[tokio::test]
async fn seed_of_a_device_is_wrapped_anew_before_the_old_domain_key_goes() {
    let s = Scenario::start().await;
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    let device = s.device_of_alice().await;
    custody.act(CustodyAct::RotateDomainKey).unwrap();
    s.service.follow_act(ActDone::Rotated, 7).await.unwrap();
    assert_eq!(shown(&s).await.records_to_rewrap, 3, "the access keys of root and alice, and the seed");
    rewrap_to_the_end(&s).await;
    assert_eq!(shown(&s).await.domain_keys.len(), 1);
    s.session_with(&s.alice, &device, &device.code(&s, 0)).await.ok();
}

#[tokio::test]
async fn rotated_domain_key_wraps_everything_anew_and_the_old_one_is_retired() {
    let s = Scenario::start().await;
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    custody.act(CustodyAct::RotateDomainKey).unwrap();
    s.service.follow_act(ActDone::Rotated, 7).await.unwrap();
    let before = shown(&s).await;
    // The key's material, and the access keys of root and alice.
    assert_eq!((before.domain_keys.len(), before.records_to_rewrap), (2, 3));
    s.key().await;
    assert_eq!(shown(&s).await.domain_keys[1].records, 1, "what is new is wrapped under the new one");
    let mut work = RewrapWork::default();
    s.service.rewrap(&mut work).await;
    let after = shown(&s).await;
    assert_eq!((after.domain_keys.len(), after.records_to_rewrap), (2, 0));
    s.service.rewrap(&mut work).await;
    s.service.rewrap(&mut work).await;
    assert_eq!(shown(&s).await.domain_keys.len(), 2, "requests in flight may bring old records");
    s.clock().forward_ms(GRACE_MS);
    s.service.rewrap(&mut work).await;
    let retired = shown(&s).await;
    assert_eq!((retired.domain_keys.len(), retired.domain_keys[0].version), (1, 2));
    decrypted(&s, &blob, json!({})).await.succeeded();
    s.alice("ListKeys", json!({})).await.refused_with("AccessDeniedException", "alice");
    assert_eq!((events(&s, "OperatorRotateDomainKey"), events(&s, "RetireDomainKeys")), (1, 1));
    let s = s.restart().await;
    decrypted(&s, &blob, json!({})).await.succeeded();
}

#[tokio::test]
async fn wrapping_anew_goes_on_after_a_restart() {
    let s = Scenario::start().await;
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    let key = s.key().await;
    let blob = s.blob(&key, SECRET).await;
    custody.act(CustodyAct::RotateDomainKey).unwrap();
    s.service.follow_act(ActDone::Rotated, 7).await.unwrap();
    let s = s.restart().await;
    assert_eq!(shown(&s).await.records_to_rewrap, 3);
    rewrap_to_the_end(&s).await;
    assert_eq!(shown(&s).await.domain_keys.len(), 1);
    decrypted(&s, &blob, json!({})).await.succeeded();
}

#[tokio::test]
async fn sessions_end_when_a_root_is_removed_and_access_keys_go_on() {
    let s = Scenario::start().await;
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    let sessions = sessions(&s, 900).await;
    for caller in &sessions {
        s.call(caller, "ListKeys", json!({})).await.succeeded();
    }
    let other = || RootSecret::Key(RootKey::copy_of(&[7; 32]));
    custody.act(CustodyAct::Present(other())).unwrap();
    let id = custody.act(CustodyAct::Enrol { name: "second".into(), at_ms: 1 }).unwrap();
    s.service.follow_act(ActDone::Enrolled { id, name: "second".into() }, 7).await.unwrap();
    custody.act(CustodyAct::Present(other())).unwrap();
    let first = s.service.keyring().unwrap().roots[0].id;
    assert_eq!(custody.act(CustodyAct::Remove(first)), Ok(String::new()));
    let removed = ActDone::Removed { id: "00".into(), dropped: Vec::new() };
    s.service.follow_act(removed, 7).await.unwrap();
    for caller in &sessions {
        let answer = s.call(caller, "ListKeys", json!({})).await;
        answer.refused_with("UnrecognizedClientException", "security token");
    }
    s.root("ListKeys", json!({})).await.succeeded();
    assert_eq!(shown(&s).await.roots.len(), 1);
}

#[tokio::test]
async fn log_verifies_after_a_root_was_removed_with_the_old_keys_and_the_new_ones() {
    for ends_at_once in [false, true] {
        let s = Scenario::start().await;
        let keyring = s.service.keyring();
        let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
        let mut work = CheckpointWork::default();
        let key = s.key().await;
        let blob = s.blob(&key, SECRET).await;
        s.service.checkpoint(&mut work).await;
        let before: LogKeys = s.service.log_keys().unwrap().parse().unwrap();
        let other = || RootSecret::Key(RootKey::copy_of(&[7; 32]));
        custody.act(CustodyAct::Present(other())).unwrap();
        let id = custody.act(CustodyAct::Enrol { name: "second".into(), at_ms: 1 }).unwrap();
        s.service.follow_act(ActDone::Enrolled { id, name: "second".into() }, 7).await.unwrap();
        custody.act(CustodyAct::Present(other())).unwrap();
        let first = s.service.keyring().unwrap().roots[0].id;
        custody.act(CustodyAct::Remove(first)).unwrap();
        let removed = ActDone::Removed { id: "00".into(), dropped: Vec::new() };
        s.service.follow_act(removed, 7).await.unwrap();
        decrypted(&s, &blob, json!({})).await.succeeded();
        if !ends_at_once {
            s.service.checkpoint(&mut work).await;
        }
        s.service.close_log(&mut work).await;
        assert!(work.closed_with().is_some(), "at once: {ends_at_once}");
        let after: LogKeys = s.service.log_keys().unwrap().parse().unwrap();
        assert!(after.lists(&before) && !before.lists(&after));
        assert_eq!(events(&s, "ChangeAuditKeys"), 1);
        let verified = verify(&s.disk, &after).unwrap();
        assert!(verified.checkpoints > 1 && verified.unsigned == 0);
        assert!(verify(&s.disk, &before).is_err(), "without the new keys");
    }
}

#[tokio::test]
async fn end_meets_a_vault_that_was_started_anew_while_nothing_was_to_be_signed_and_closes_the_log() {
    for is_another in [false, true] {
        let s = Scenario::start().await;
        let mut work = CheckpointWork::default();
        s.root("ListKeys", json!({})).await.succeeded();
        s.service.checkpoint(&mut work).await;
        if is_another {
            s.stand.connect(&s.vault, s.service.keyring().as_ref()).await.unwrap();
        }
        s.service.close_log(&mut work).await;
        assert!(work.closed_with().is_some(), "another vault: {is_another}");
        let gaps = s.audit_lines().iter().filter(|line| line["kind"] == "gap").count();
        assert_eq!(gaps, usize::from(is_another), "what the vault before may have left unrecorded");
        let keys: LogKeys = s.service.log_keys().unwrap().parse().unwrap();
        assert_eq!(verify(&s.disk, &keys).unwrap().unsigned, 0);
    }
}

/// A key that the vault made for the scenario's front, past the service.
async fn key_past_the_service(s: &Scenario) -> BackingKey {
    let binding = KeyBinding {
        arn: "arn:aws:kms:us-east-1:111122223333:key/mrk-11111111111111111111111111111111".into(),
        key_id: [0x11; 16],
        spec: "SYMMETRIC_DEFAULT".into(),
        usage: "ENCRYPT_DECRYPT".into(),
        origin: "AWS_KMS".into(),
    };
    let made = s.vault.generate_backing_key(&binding).await.unwrap();
    BackingKey::new(&binding, &made.material_id, &made.record)
}

#[tokio::test]
async fn front_that_uses_a_key_without_a_record_is_found_out_when_its_log_is_closed() {
    for recorded in [true, false] {
        let s = Scenario::start().await;
        let mut work = CheckpointWork::default();
        let key = s.key().await;
        let generate = || s.root("GenerateDataKey", json!({ "KeyId": key.id, "KeySpec": "AES_256" }));
        generate().await.succeeded();
        s.service.checkpoint(&mut work).await;
        if recorded {
            generate().await.succeeded();
        } else {
            // The same command to the vault, of a front that writes nothing.
            let beside = key_past_the_service(&s).await;
            s.vault.generate_data_key(&beside, &[0, 0], 32).await.unwrap();
        }
        s.service.close_log(&mut work).await;
        let keys: LogKeys = s.service.log_keys().unwrap().parse().unwrap();
        match (recorded, verify(&s.disk, &keys)) {
            (true, Ok(verified)) => assert_eq!((verified.uses, verified.unsigned), (2, 0), "the control"),
            (false, Err(Finding::Unrecorded { counted: 2, recorded: 1, .. })) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn act_whose_proposal_is_gone_is_refused_and_changes_nothing() {
    let s = Scenario::start().await;
    let before = s.service.keyring();
    let told = s.service.follow_act(ActDone::Rotated, 7).await;
    assert!(matches!(told, Err(OperatorError::KeyringChanged)), "{told:?}");
    assert_eq!(s.service.keyring(), before);
    s.service.note_refused_act("OperatorUnsealVault", "a wrong passphrase", 7).await;
    assert_eq!(events(&s, "OperatorUnsealVault"), 1);
}

#[tokio::test]
async fn enrolment_stores_no_proposal_but_its_own() {
    let s = Scenario::start().await;
    let before = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, before.as_ref()).await.unwrap();
    let mut enrol = |byte: u8, name: &str| {
        custody.act(CustodyAct::Present(RootSecret::Key(RootKey::copy_of(&[byte; 32])))).unwrap();
        custody.act(CustodyAct::Enrol { name: name.into(), at_ms: 1 }).unwrap()
    };
    let (first, second) = (enrol(7, "second"), enrol(8, "third"));
    let told = s.service.follow_act(ActDone::Enrolled { id: first, name: "second".into() }, 7).await;
    assert!(matches!(&told, Err(OperatorError::KeyringChanged)), "{told:?}");
    let told = s.service.follow_act(ActDone::Rotated, 7).await;
    assert!(matches!(&told, Err(OperatorError::KeyringChanged)), "nor does a rotation: {told:?}");
    assert_eq!(s.service.keyring(), before);
    s.service.follow_act(ActDone::Enrolled { id: second, name: "third".into() }, 7).await.unwrap();
    let names: Vec<String> = shown(&s).await.roots.into_iter().map(|root| root.name).collect();
    assert_eq!(names, ["key-file", "third"], "the control: its own");
}

#[tokio::test]
async fn what_is_gone_is_wiped_within_a_day_or_at_once() {
    let s = Scenario::start().await;
    assert_eq!(shown(&s).await.scrub_wanted_since_ms, None);
    s.renew_root_access_key(None).await;
    let since = shown(&s).await.scrub_wanted_since_ms.unwrap();
    s.clock().forward_ms(19 * 3_600_000);
    s.service.scrub_if_due().await;
    assert_eq!(shown(&s).await.scrub_wanted_since_ms, Some(since));
    s.clock().forward_ms(3_600_000);
    s.service.scrub_if_due().await;
    assert_eq!(shown(&s).await.scrub_wanted_since_ms, None);
    s.renew_root_access_key(None).await;
    s.service.scrub(7).await.unwrap();
    assert_eq!(shown(&s).await.scrub_wanted_since_ms, None);
    let mark = Key::new("s/scrub").unwrap();
    assert!(!s.store.snapshot().await.unwrap().records.contains_key(&mark));
}

#[tokio::test]
async fn material_of_a_deleted_key_is_wiped_within_a_day_of_its_end() {
    let (s, mut work) = (Scenario::start().await, DueWork::default());
    s.service.run_due(&mut work).await;
    let key = s.key().await;
    s.root("ScheduleKeyDeletion", json!({ "KeyId": key.id, "PendingWindowInDays": 7 })).await.succeeded();
    for _ in 0..6 {
        s.clock().forward_days(1);
        s.service.run_due(&mut work).await;
    }
    assert_eq!(shown(&s).await.scrub_wanted_since_ms, None, "it may be cancelled yet");
    s.clock().forward_days(1);
    s.service.run_due(&mut work).await;
    let ended = s.clock().now().millis();
    assert_eq!(shown(&s).await.scrub_wanted_since_ms, Some(ended));
    s.clock().forward_ms(23 * 3_600_000);
    s.service.scrub_if_due().await;
    assert_eq!(shown(&s).await.scrub_wanted_since_ms, None);
    // The wiped store is whole.
    let s = s.restart().await;
    s.root("DescribeKey", json!({ "KeyId": key.id }))
        .await
        .refused_with("NotFoundException", "does not exist");
    s.key().await;
}

/// A key's wrapped material as the record in the store has it.
async fn wrapped_material(s: &Scenario, key: &KmsKey) -> String {
    let place = Key::new(format!("s/bk/{ACCOUNT}/{REGION}/{}/00000001", key.id)).unwrap();
    let snapshot = s.store.snapshot().await.unwrap();
    let record: Value = serde_json::from_slice(&snapshot.records[&place].1.as_bytes()[1..]).unwrap();
    record["wrapped"].as_str().unwrap().to_owned()
}

/// Whether any file of the folder holds that text.
fn lies_in(folder: &Path, wanted: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        bytes.windows(wanted.len()).any(|window| window == wanted.as_bytes())
    })
}

#[tokio::test]
async fn wrapped_material_of_a_deleted_key_is_in_no_file_of_the_store_after_the_scrub() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(EmbeddedStore::open(folder.path()).unwrap());
    let (s, mut work) = (Scenario::start_on(store).await, DueWork::default());
    s.service.run_due(&mut work).await;
    let (deleted, kept) = (s.key().await, s.key().await);
    let (gone, stays) = (wrapped_material(&s, &deleted).await, wrapped_material(&s, &kept).await);
    assert!(gone.len() > 64 && gone != stays, "{gone}");
    assert!(lies_in(folder.path(), &gone) && lies_in(folder.path(), &stays), "positive control");
    let input = json!({ "KeyId": deleted.id, "PendingWindowInDays": 7 });
    s.root("ScheduleKeyDeletion", input).await.succeeded();
    for _ in 0..7 {
        s.clock().forward_days(1);
        s.service.run_due(&mut work).await;
    }
    s.root("DescribeKey", json!({ "KeyId": deleted.id }))
        .await
        .refused_with("NotFoundException", "does not exist");
    assert!(lies_in(folder.path(), &gone), "positive control: deletion alone leaves it in the file");
    s.clock().forward_ms(23 * 3_600_000);
    s.service.scrub_if_due().await;
    assert!(!lies_in(folder.path(), &gone), "the deleted key's material");
    assert!(lies_in(folder.path(), &stays), "the other key's");
    let blob = s.blob(&kept, SECRET).await;
    decrypted(&s, &blob, json!({})).await.succeeded();
}
