//! What the writer hashes for the tree: the tree is that of the lines, whether they were handed over or read back.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod memory_disk;
mod one_record;

use memory_disk::MemoryDisk;
use one_record::record;
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::merkle::{Frontier, Hash, leaf_hash};
use strongroom_audit::{AuditLog, Durability, Intent, Pending, Purpose, Settings};
use strongroom_types::RequestId;

/// Input/output error.
const EIO: i32 = 5;

/// A log that syncs only when somebody waits for the disk.
fn open(disk: &MemoryDisk) -> AuditLog {
    let settings = Settings { sync_interval: Duration::from_secs(3_600), seal: false, ..Settings::default() };
    AuditLog::open(settings, Arc::new(disk.clone())).unwrap().0
}

async fn write(log: &AuditLog, numbers: std::ops::RangeInclusive<u64>, durability: Durability) {
    for number in numbers {
        log.close(log.reserve(Purpose::Use).unwrap(), &record(number, 2), durability).await.unwrap();
    }
}

/// The root of the lines that the disk has.
fn root_of_lines(disk: &MemoryDisk) -> Hash {
    let mut frontier = Frontier::default();
    for text in disk.contents().values() {
        text.lines().for_each(|line| frontier.push(leaf_hash(line.as_bytes())));
    }
    frontier.root()
}

#[tokio::test]
async fn records_are_in_the_tree_without_being_read_back() {
    let disk = MemoryDisk::default();
    let log = open(&disk);
    write(&log, 1..=300, Durability::Kernel).await;
    assert_eq!(log.tree_head().size, 0, "the disk does not have them yet");
    write(&log, 301..=301, Durability::Disk).await;
    log.settle().await;
    let head = log.tree_head();
    assert_eq!((head.size, head.next, head.accounted), (301, 302, 602));
    assert_eq!(head.root, root_of_lines(&disk));
    assert_eq!(disk.lines_read(), 0);
}

#[tokio::test]
async fn record_of_an_open_intent_is_read_back_and_closes_it() {
    let disk = MemoryDisk::default();
    let log = open(&disk);
    let request = RequestId::from_random([1; 16]);
    let pending = log.reserve(Purpose::Change).unwrap();
    log.intent(&pending, &Intent::new(request, [2; 16], 3, "DisableKey")).await.unwrap();
    write(&log, 1..=3, Durability::Kernel).await;
    let mut of_intent = record(4, 0);
    of_intent.request_id = request.to_string().into();
    log.close(pending, &of_intent, Durability::Disk).await.unwrap();
    log.settle().await;
    let read = disk.lines_read();
    assert!(read > 0);
    write(&log, 5..=6, Durability::Disk).await;
    log.settle().await;
    assert_eq!(disk.lines_read(), read, "nothing is open any more");
    let head = log.tree_head();
    assert_eq!((head.size, head.root), (7, root_of_lines(&disk)));
    drop(log);
    let settings = Settings { seal: false, ..Settings::default() };
    let opened = AuditLog::open_whole(settings, Arc::new(disk)).unwrap();
    assert!(opened.open_intents.is_empty());
    assert_eq!(opened.log.tree_head(), head, "as a start reads it");
}

fn reserve_when_healed(log: &AuditLog) -> Pending {
    loop {
        match log.reserve(Purpose::Use) {
            Ok(pending) => return pending,
            Err(_) => std::thread::yield_now(),
        }
    }
}

#[tokio::test]
async fn lines_of_a_write_or_a_sync_that_failed_are_not_in_the_tree_and_those_after_them_are() {
    for fail in [MemoryDisk::fail_appends as fn(&MemoryDisk, Option<i32>), MemoryDisk::fail_syncs] {
        let disk = MemoryDisk::default();
        let settings = Settings {
            sync_interval: Duration::from_secs(3_600),
            probe_interval: Duration::from_millis(1),
            seal: false,
            ..Settings::default()
        };
        let (log, _) = AuditLog::open(settings, Arc::new(disk.clone())).unwrap();
        write(&log, 1..=3, Durability::Disk).await;
        let pending = log.reserve(Purpose::Use).unwrap();
        fail(&disk, Some(EIO));
        log.close(pending, &record(4, 2), Durability::Disk).await.unwrap_err();
        fail(&disk, None);
        let pending = reserve_when_healed(&log);
        log.close(pending, &record(5, 2), Durability::Kernel).await.unwrap();
        write(&log, 6..=8, Durability::Disk).await;
        log.settle().await;
        let head = log.tree_head();
        assert_eq!(head.size, 3 + 1 + 4, "with the gap, without the line that failed");
        drop(log);
        let settings = Settings { seal: false, ..Settings::default() };
        let opened = AuditLog::open_whole(settings, Arc::new(disk)).unwrap();
        assert_eq!(opened.log.tree_head(), head, "as a start reads it");
    }
}

#[tokio::test]
async fn line_changed_between_its_write_and_its_sync_is_not_what_is_signed() {
    let disk = MemoryDisk::default();
    let log = open(&disk);
    write(&log, 1..=1, Durability::Kernel).await;
    // Returns when it was handed over.
    write(&log, 2..=2, Durability::Disk).await;
    write(&log, 3..=3, Durability::Kernel).await;
    let (written, told) = (root_of_lines(&disk), disk.contents());
    disk.falsify("request-3", "request-8");
    assert_ne!((root_of_lines(&disk), disk.contents()), (written, told), "it is changed");
    write(&log, 4..=4, Durability::Disk).await;
    log.settle().await;
    assert_ne!(log.tree_head().root, root_of_lines(&disk), "the change would have been signed");
    disk.falsify("request-8", "request-3");
    assert_eq!(log.tree_head().root, root_of_lines(&disk), "the lines as they were written are");
}
