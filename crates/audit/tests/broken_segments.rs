//! Segments in which nothing ever counted, because the disk failed when they were begun: they hold up neither retention
//! nor the next start. And lines that a failed sync or write left in doubt: what they tell of is accounted for once.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod memory_disk;
mod one_record;
mod signer;

use memory_disk::MemoryDisk;
use one_record::record;
use signer::Signer;
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::verify::{Finding, Verified, verify};
use strongroom_audit::{
    AuditError, AuditLog, Disk, Durability, FilesBeside, Purpose, Retention, Settings, seals, walk,
};

const EIO: i32 = 5;
const ENOSPC: i32 = 28;

/// A log whose segments have so many bytes.
fn open_with(disk: &MemoryDisk, segment_bytes_max: u64) -> AuditLog {
    let settings = Settings {
        segment_bytes_max,
        sync_interval: Duration::from_millis(1),
        probe_interval: Duration::from_millis(1),
        ..Settings::default()
    };
    AuditLog::open(settings, Arc::new(disk.clone())).unwrap().0
}

/// A log in which every batch begins a segment.
fn open(disk: &MemoryDisk) -> AuditLog {
    open_with(disk, 1)
}

/// Writes a record of no use when the log can be written; what it is answered.
async fn closed(log: &AuditLog, number: u64) -> Result<(), AuditError> {
    written(log, number, 0, Durability::Disk).await
}

/// The same with so many uses.
async fn written(log: &AuditLog, number: u64, uses: u16, durability: Durability) -> Result<(), AuditError> {
    let pending = loop {
        match log.reserve(Purpose::Use) {
            Ok(pending) => break pending,
            // It heals by itself.
            Err(_) => tokio::task::yield_now().await,
        }
    };
    log.close(pending, &record(number, uses), durability).await
}

/// That the log can be read from its beginning, whatever was not written.
fn is_whole(disk: &MemoryDisk) {
    walk(disk, &disk.segments().unwrap(), 1, &mut |_| Ok(())).unwrap();
}

/// Leaves a segment as earlier versions did, which sealed those around it only.
fn forget_seal(disk: &MemoryDisk, broken: u64) {
    let all = String::from_utf8(disk.read_part("seals", 0, 1 << 20).unwrap()).unwrap();
    let of_it = format!("{{\"first\":{broken},");
    let others: String = all.split_inclusive('\n').filter(|line| !line.starts_with(&of_it)).collect();
    assert_eq!(others.lines().count() + 1, all.lines().count());
    disk.replace("seals", others.as_bytes()).unwrap();
    disk.unseal(broken);
}

/// Segments are sealed, and retention removes them, this one too, also if an earlier version passed over it.
async fn retention_goes_beyond(disk: &MemoryDisk, log: AuditLog, broken: u64, passed_over: bool) {
    let mut number = 10;
    // A thread of its own seals them.
    while seals(disk).unwrap().last().is_none_or(|seal| seal.first <= broken + 1) {
        closed(&log, number).await.unwrap();
        number += 1;
    }
    is_whole(disk);
    let sealed: Vec<u64> = seals(disk).unwrap().iter().map(|seal| seal.first).collect();
    assert!(sealed.contains(&broken), "{sealed:?} lack {broken}");
    let log = if passed_over {
        drop(log);
        forget_seal(disk, broken);
        open(disk)
    } else {
        log
    };
    let up_to = Retention { bytes: Some(1), needed_from: Some(broken + 1), ..Retention::default() };
    let planned = log.prunable(&up_to, 0).unwrap();
    assert_eq!((planned.next, planned.passed_over), (broken + 1, usize::from(passed_over)));
    let as_planned = Retention { needed_from: Some(planned.next), ..up_to };
    assert_eq!(log.prune(&as_planned, 0).unwrap(), planned, "what the record says goes");
    log.prune(&Retention { bytes: Some(1), ..Retention::default() }, 0).unwrap();
    assert!(disk.segments().unwrap()[0].first > broken + 1, "and what comes after it");
    drop(log);
    closed(&open(disk), number).await.unwrap();
}

#[tokio::test]
async fn retention_goes_beyond_a_segment_whose_first_sync_failed() {
    for passed_over in [false, true] {
        let disk = MemoryDisk::default();
        let log = open(&disk);
        disk.fail_syncs(Some(EIO));
        closed(&log, 1).await.unwrap_err();
        disk.fail_syncs(None);
        retention_goes_beyond(&disk, log, 1, passed_over).await;
    }
}

#[tokio::test]
async fn retention_goes_beyond_a_segment_whose_first_write_failed() {
    for passed_over in [false, true] {
        let disk = MemoryDisk::default();
        let log = open(&disk);
        closed(&log, 1).await.unwrap();
        disk.fail_appends(Some(ENOSPC));
        closed(&log, 2).await.unwrap_err();
        disk.fail_appends(None);
        retention_goes_beyond(&disk, log, 2, passed_over).await;
    }
}

#[tokio::test]
async fn number_of_a_segment_that_got_its_name_and_no_more_is_told() {
    let disk = MemoryDisk::default();
    let log = open(&disk);
    closed(&log, 1).await.unwrap();
    disk.fail_named_creations(Some(EIO));
    closed(&log, 2).await.unwrap_err();
    disk.fail_named_creations(None);
    closed(&log, 3).await.unwrap();
    drop(log);
    let contents = disk.contents();
    assert_eq!(contents[&2], "", "the control: its name is taken");
    let told = contents.values().find(|lines| lines.contains(r#""kind":"gap""#)).unwrap();
    assert!(told.contains(r#""from":2"#), "{told}");
    is_whole(&disk);
    closed(&open(&disk), 4).await.unwrap();
}

async fn sign(log: &AuditLog, signer: &mut Signer, closed: bool) {
    log.settle().await;
    let head = log.tree_head();
    let note = signer.sign(head.size, &head.root, closed);
    log.keep_checkpoint(&note, &note).unwrap();
}

/// What an auditor finds when the sync failed of the second of three uses, and the vault counted so many: the line in doubt
/// is there, or lost with the next boot.
async fn audited_after_a_failed_sync(counted: u64, lost: bool) -> Result<Verified, Finding> {
    let disk = MemoryDisk::default();
    let (log, mut signer) = (open_with(&disk, 1 << 20), Signer::new("log/1", [1; 16]));
    written(&log, 1, 1, Durability::Disk).await.unwrap();
    signer.uses = 1;
    sign(&log, &mut signer, false).await;
    disk.fail_syncs(Some(EIO));
    written(&log, 2, 1, Durability::Kernel).await.unwrap();
    while log.status().failing.is_none() {
        tokio::task::yield_now().await;
    }
    disk.fail_syncs(None);
    written(&log, 3, 1, Durability::Disk).await.unwrap();
    signer.uses = counted;
    sign(&log, &mut signer, true).await;
    drop(log);
    if lost {
        disk.lose_unsynced();
    }
    verify(&disk, &signer.keys())
}

#[tokio::test]
async fn uses_that_a_failed_sync_left_in_doubt_count_once_whether_their_lines_are_there_or_not() {
    for lost in [false, true] {
        let verified = audited_after_a_failed_sync(3, lost).await.unwrap();
        assert_eq!((verified.records, verified.void), (3, u64::from(!lost)));
        let [(_, gap)] = &verified.gaps[..] else { panic!("{verified:?}") };
        assert_eq!((gap.uses, gap.uses_in_doubt), (Some(1), Some(1)));
        match audited_after_a_failed_sync(4, lost).await {
            Err(Finding::Unrecorded { counted: 4, recorded: 3, .. }) => {}
            other => panic!("the control: {other:?}"),
        }
    }
}

/// The same when the write of the second one failed: its line is there in full all the same, or in half.
async fn audited_after_a_failed_write(counted: u64, whole: bool) -> Result<Verified, Finding> {
    let disk = MemoryDisk::default();
    let (log, mut signer) = (open_with(&disk, 1 << 20), Signer::new("log/1", [1; 16]));
    written(&log, 1, 1, Durability::Disk).await.unwrap();
    signer.uses = 1;
    sign(&log, &mut signer, false).await;
    let fail = |errno| if whole { disk.fail_appends_late(errno) } else { disk.fail_appends(errno) };
    fail(Some(ENOSPC));
    written(&log, 2, 1, Durability::Kernel).await.unwrap_err();
    fail(None);
    written(&log, 3, 1, Durability::Disk).await.unwrap();
    signer.uses = counted;
    sign(&log, &mut signer, true).await;
    drop(log);
    verify(&disk, &signer.keys())
}

#[tokio::test]
async fn uses_of_a_failed_write_count_once_whether_their_lines_are_there_or_not() {
    for whole in [true, false] {
        let verified = audited_after_a_failed_write(3, whole).await.unwrap();
        assert_eq!((verified.records, verified.void), (3, u64::from(whole)));
        let [(_, gap)] = &verified.gaps[..] else { panic!("{verified:?}") };
        assert_eq!((gap.uses, gap.uses_in_doubt), (Some(1), Some(1)));
        match audited_after_a_failed_write(4, whole).await {
            Err(Finding::Unrecorded { counted: 4, recorded: 3, .. }) => {}
            other => panic!("the control: {other:?}"),
        }
    }
}
