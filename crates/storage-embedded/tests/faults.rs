//! Disks that fail, fill up and flip bits: the store says so, loses nothing, and serves again by itself.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod disk;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use disk::{Dice, SimDisk};
use strongroom_storage::{Batch, BatchId, CommitError, Key, Require, Revision, Store, Value, Write};
use strongroom_storage_embedded::{EmbeddedStore, OpenError, Settings};

fn settings() -> Settings {
    Settings { history_max: 20, retry_interval: Duration::from_millis(1) }
}

fn open(sim: &SimDisk) -> Result<EmbeddedStore, OpenError> {
    EmbeddedStore::open_with(Arc::new(sim.clone()), settings())
}

fn create(number: u64, bytes: usize) -> Batch {
    let key = Key::new(format!("s/{number:06}")).unwrap();
    Batch {
        id: BatchId::new([7; 16]),
        require: vec![Require::Absent { key: key.clone() }],
        write: vec![Write::Put { key, value: Value::new(vec![5_u8; bytes]) }],
    }
}

async fn assert_holds(store: &dyn Store, acknowledged: &BTreeMap<u64, Revision>, when: &str) {
    let snapshot = store.snapshot().await.unwrap();
    for (number, revision) in acknowledged {
        let key = Key::new(format!("s/{number:06}")).unwrap();
        let at = snapshot.records.get(&key).map(|(at, _)| *at);
        assert_eq!(at, Some(*revision), "{when}: batch {number}");
    }
}

#[tokio::test]
async fn failed_write_or_sync_loses_nothing_and_heals() {
    let mut faults = 0;
    for place in 0..80 {
        let sim = SimDisk::new(place);
        let store = open(&sim).unwrap();
        let mut acknowledged = BTreeMap::new();
        let mut changes = store.watch(Revision::ZERO).await.unwrap();
        sim.fail_after(place);
        for number in 0..25 {
            if let Ok(revision) = store.commit(create(number, 700)).await {
                acknowledged.insert(number, revision);
            }
        }
        faults += sim.faults();
        assert!(acknowledged.len() >= 23, "place {place}: one fault costs one batch");
        assert_holds(&store, &acknowledged, "before the cut").await;
        // The watch saw each acknowledged batch, in order, once.
        for revision in acknowledged.values() {
            let change = changes.next().await.unwrap();
            assert_eq!(change.revision, *revision, "place {place}");
        }
        sim.cut_after(0);
        drop(store);
        sim.restart();
        assert_holds(&open(&sim).unwrap(), &acknowledged, "after the cut").await;
    }
    assert!(faults > 70, "{faults} faults");
}

#[test]
fn full_queue_is_busy_and_loses_nothing_that_waits_in_it() {
    let sim = SimDisk::new(1);
    let store = open(&sim).unwrap();
    let still = sim.stand_still();
    let mut waiting = Vec::new();
    let refused = loop {
        let mut commit = store.commit(create(waiting.len() as u64, 10));
        match commit.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => waiting.push(commit),
            Poll::Ready(answer) => break answer,
        }
    };
    assert_eq!(refused, Err(CommitError::Busy));
    assert!(waiting.len() >= 1_024, "{} wait", waiting.len());
    drop(still);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let next = waiting.len() as u64;
    for commit in waiting {
        runtime.block_on(commit).unwrap();
    }
    runtime.block_on(store.commit(create(next, 10))).unwrap();
}

/// A scrub in which the write or sync of that place fails, commits after it, and a power cut. Whether the scrub came so far, and
/// whether it failed.
async fn scrub_with_a_fault(place: u64, seed: u64) -> (bool, bool) {
    let sim = SimDisk::new(seed);
    let store = open(&sim).unwrap();
    let mut acknowledged = BTreeMap::new();
    acknowledged.insert(0, store.commit(create(0, 700)).await.unwrap());
    sim.fail_after(place);
    let failed = store.scrub().await.is_err();
    let came_so_far = sim.faults() > 0;
    for number in 1..5 {
        if let Ok(revision) = store.commit(create(number, 700)).await {
            acknowledged.insert(number, revision);
        }
    }
    assert!(acknowledged.len() >= 3, "place {place}: one fault costs no more than the scrub and one batch");
    sim.cut_after(0);
    drop(store);
    sim.restart();
    assert_holds(&open(&sim).unwrap(), &acknowledged, &format!("place {place}, seed {seed}")).await;
    (came_so_far, failed)
}

#[tokio::test]
async fn scrub_that_fails_anywhere_loses_nothing_that_was_acknowledged_before_or_after_it() {
    let mut failed_scrubs = 0;
    for place in 0.. {
        let mut end = true;
        for seed in 0..3 {
            let (came_so_far, failed) = scrub_with_a_fault(place, seed).await;
            end &= !came_so_far;
            failed_scrubs += u64::from(failed);
        }
        if end {
            break;
        }
    }
    assert!(failed_scrubs > 10, "{failed_scrubs} scrubs failed");
}

#[tokio::test]
async fn full_disk_gives_up_its_ballast_then_refuses_and_heals() {
    let sim = SimDisk::new(1);
    let store = open(&sim).unwrap();
    assert!(!store.health().low_on_space);
    sim.set_room(Some(sim.used() + 4_096));
    let mut acknowledged = BTreeMap::new();
    let mut low_seen = false;
    let mut refused = false;
    for number in 0..2_000 {
        match store.commit(create(number, 3_000)).await {
            Ok(revision) => {
                acknowledged.insert(number, revision);
                low_seen |= store.health().low_on_space;
            }
            Err(CommitError::Unavailable) => {
                refused = true;
                break;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(low_seen, "commits went on from the ballast's room");
    assert!(refused, "and were refused when that was used up");
    assert_holds(&store, &acknowledged, "on the full disk").await;
    sim.set_room(None);
    let revision = store.commit(create(9_999, 3_000)).await.expect("room again");
    acknowledged.insert(9_999, revision);
    drop(store);
    let store = open(&sim).unwrap();
    assert_holds(&store, &acknowledged, "after reopening").await;
    assert!(!store.health().low_on_space, "the ballast is held again");
}

#[tokio::test]
async fn flipped_bit_is_refused_or_harmless() {
    let sim = SimDisk::new(3);
    let store = open(&sim).unwrap();
    let mut acknowledged = BTreeMap::new();
    for number in 0..200 {
        acknowledged.insert(number, store.commit(create(number, 900)).await.unwrap());
    }
    let before = store.snapshot().await.unwrap();
    drop(store);
    let mut dice = Dice(9);
    let (mut refused, mut harmless) = (0, 0);
    for _ in 0..60 {
        let copy = sim.copy();
        copy.flip(dice.below(copy.bytes() * 8));
        // A debug build of redb panics where a release build returns `Corrupted`.
        let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| open(&copy)));
        match opened {
            Ok(Ok(store)) => {
                let after = store.snapshot().await.unwrap();
                assert_eq!(before.records, after.records, "a flipped bit was served as data");
                harmless += 1;
            }
            Ok(Err(_)) | Err(_) => refused += 1,
        }
    }
    assert!(refused > 0, "no flip was noticed ({harmless} harmless)");
}

#[test]
fn empty_file_is_not_taken_for_a_new_store() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("state.redb"), b"").unwrap();
    assert!(matches!(EmbeddedStore::open(dir.path()), Err(OpenError::Corrupted(_))));
    assert_eq!(std::fs::read(dir.path().join("state.redb")).unwrap(), b"");
}
