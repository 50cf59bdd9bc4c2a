//! Backups and the recovery set: the front's side of them.

use crate::scenario::Scenario;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use strongroom_backup::SealedHeader;
use strongroom_service::{ActDone, OperatorError};
use strongroom_vault_protocol::CustodyAct;

fn records(s: &Scenario, name: &str) -> Vec<serde_json::Value> {
    let events = s.audit_lines().into_iter().filter(|line| line["kind"] == "event");
    events.map(|line| line["record"].clone()).filter(|record| record["eventName"] == name).collect()
}

/// A service with a recovery set of 3 shares; the set's id.
async fn with_set() -> (Scenario, String) {
    let s = Scenario::start().await;
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    let set = custody.act(CustodyAct::CreateRecovery { shares: 3, threshold: 2, at_ms: 7 }).unwrap();
    assert_eq!(custody.shares().len(), 3);
    let created = ActDone::RecoveryCreated { set: set.clone(), shares: 3, threshold: 2 };
    s.service.follow_act(created, 7).await.unwrap();
    (s, set)
}

#[tokio::test]
async fn backup_without_a_recovery_set_is_refused_with_the_command_and_on_the_record() {
    let s = Scenario::start().await;
    let refused = s.service.back_up(tempfile::tempfile().unwrap(), 7).await.unwrap_err();
    assert!(matches!(refused, OperatorError::NoRecoverySet));
    assert!(refused.to_string().contains("strongroom vault recovery create"));
    let noted = records(&s, "OperatorBackup");
    assert_eq!(noted.len(), 1);
    assert!(noted[0]["requestParameters"]["refused"].as_str().unwrap().contains("no recovery set"));
}

#[tokio::test]
async fn backup_is_of_the_set_and_revision_and_says_what_it_holds() {
    let (s, set) = with_set().await;
    s.key().await;
    s.key().await;
    let mut file = tempfile::tempfile().unwrap();
    let made = s.service.back_up(file.try_clone().unwrap(), 7).await.unwrap();
    let snapshot = s.store.snapshot().await.unwrap();
    assert_eq!((made.set.as_str(), made.samples), (set.as_str(), 2));
    assert!(made.records > 0 && made.revision <= snapshot.revision.get());
    file.seek(SeekFrom::Start(0)).unwrap();
    let header = SealedHeader::read(&mut file).unwrap().header;
    assert_eq!((header.revision, header.set_id().to_string()), (made.revision, set));
    assert_eq!(header.cluster, s.service.keyring().unwrap().cluster.0);
    file.seek(SeekFrom::Start(0)).unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes.len() as u64, made.bytes);
    assert!(!bytes.windows(9).any(|part| part == b"s/vault/k" || part == b"s/acct/00"));
    let noted = records(&s, "OperatorBackup");
    assert_eq!(noted[0]["requestParameters"]["backup"], made.backup.as_str());
    let lines = s.audit_lines();
    let samples: Vec<_> =
        lines.iter().filter(|line| line["record"]["eventName"] == "MakeBackupSample").collect();
    assert_eq!(samples.len(), 2);
    assert!(samples.iter().all(|line| line["uses"] == 1), "the vault counts them");
}

#[tokio::test]
async fn backup_that_cannot_be_read_back_is_none() {
    let (s, _) = with_set().await;
    let folder = tempfile::tempdir().unwrap();
    // Open for writing alone: what cannot be verified is not called a backup.
    let file = File::create(folder.path().join("b")).unwrap();
    let refused = s.service.back_up(file, 7).await.unwrap_err();
    assert!(matches!(refused, OperatorError::Backup(_)), "{refused}");
}

#[tokio::test]
async fn recovery_set_is_shown_survives_a_restart_and_is_removed() {
    let (s, set) = with_set().await;
    let shown = s.service.vault_status(7).await.unwrap().recovery.unwrap();
    assert_eq!((shown.set, shown.shares, shown.threshold, shown.made_ms), (set, 3, 2, 7));
    let keyring = s.service.keyring();
    let mut custody = s.stand.connect_with_custody(&s.vault, keyring.as_ref()).await.unwrap();
    custody.act(CustodyAct::Present(s.stand.root_secret())).unwrap();
    custody.act(CustodyAct::RemoveRecovery).unwrap();
    let removed = ActDone::RecoveryRemoved { dropped: Vec::new() };
    let told = s.service.follow_act(removed, 7).await.unwrap();
    assert_eq!((told["Removed"].as_bool(), told["DomainKey"].as_u64()), (Some(true), Some(2)), "{told}");
    assert!(s.service.vault_status(7).await.unwrap().recovery.is_none());
    let (created, removed) = (records(&s, "OperatorCreateRecovery"), records(&s, "OperatorRemoveRecovery"));
    assert_eq!((created.len(), removed.len()), (1, 1));
    assert!(!format!("{created:?}").contains("srshare"));
}
