//! A disk that is slow, or does not answer at all: who waits for it is told before long, nobody else waits behind him, and
//! the log goes on by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod memory_disk;
mod one_record;

use memory_disk::MemoryDisk;
use one_record::record;
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::{AuditError, AuditLog, Durability, Pending, Purpose, Settings};

fn open(disk: &MemoryDisk) -> AuditLog {
    AuditLog::open(Settings::default(), Arc::new(disk.clone())).unwrap().0
}

/// A log that nobody waits long for.
fn impatient(disk: &MemoryDisk) -> AuditLog {
    let moment = Duration::from_millis(1);
    let settings = Settings { answer_within: moment, probe_interval: moment, ..Settings::default() };
    AuditLog::open(settings, Arc::new(disk.clone())).unwrap().0
}

/// Room, as soon as the log gives some.
fn reserved(log: &AuditLog, purpose: Purpose) -> Pending {
    loop {
        match log.reserve(purpose) {
            Ok(pending) => return pending,
            Err(AuditError::Stalled) => std::thread::yield_now(),
            Err(fault) => panic!("{fault}"),
        }
    }
}

/// Returns when the log refuses because of its disk.
fn refuses(log: &AuditLog, purpose: Purpose) {
    while log.reserve(purpose).map(drop) != Err(AuditError::Stalled) {
        std::thread::yield_now();
    }
}

#[tokio::test]
async fn slow_syncs_stop_nobody_and_what_lies_behind_them_is_told() {
    let disk = MemoryDisk::default();
    let log = open(&disk);
    disk.hold_syncs(true);
    for number in 1..=50 {
        log.close(log.reserve(Purpose::Use).unwrap(), &record(number, 1), Durability::Kernel).await.unwrap();
    }
    assert_eq!(log.figures().unsynced_records, 50);
    assert_eq!(log.tree_head().size, 0, "nothing is signed that the disk does not have");
    assert_eq!(log.status().failing, None, "slow is not broken");
    disk.hold_syncs(false);
    log.settle().await;
    assert_eq!(log.tree_head().size, 50);
}

#[tokio::test]
async fn disk_that_takes_no_writes_refuses_and_heals() {
    let disk = MemoryDisk::default();
    let log = impatient(&disk);
    disk.hold_appends(true);
    let pending = reserved(&log, Purpose::Use);
    let told = log.close(pending, &record(1, 1), Durability::Kernel).await;
    assert_eq!(told, Err(AuditError::Stalled));
    refuses(&log, Purpose::Use);
    refuses(&log, Purpose::Change);
    assert_eq!(log.status().failing, Some(AuditError::Stalled.to_string()));
    disk.hold_appends(false);
    drop(reserved(&log, Purpose::Change));
    log.settle().await;
    assert_eq!(log.tree_head().size, 1, "what was under way is on the record");
    assert!(disk.contents()[&1].contains("request-1"));
}

#[tokio::test]
async fn disk_that_does_not_sync_refuses_changes_and_serves_uses() {
    let disk = MemoryDisk::default();
    let log = impatient(&disk);
    disk.hold_syncs(true);
    let pending = reserved(&log, Purpose::Change);
    let told = log.close(pending, &record(1, 1), Durability::Disk).await;
    assert_eq!(told, Err(AuditError::Stalled));
    refuses(&log, Purpose::Change);
    drop(reserved(&log, Purpose::Use));
    disk.hold_syncs(false);
    drop(reserved(&log, Purpose::Change));
}
