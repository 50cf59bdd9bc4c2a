//! Power cuts: every acknowledged batch is there afterwards, every other one wholly or not at all.
//! `STRONGROOM_POWER_CUTS` sets how many (300; soak: 10,000).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod disk;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use disk::{Dice, SimDisk};
use strongroom_storage::{Batch, BatchId, CommitError, Key, Require, Revision, Store, Value, Write};
use strongroom_storage_embedded::{EmbeddedStore, Settings};

/// Cuts on one store before a new one is begun, which bounds its size and tries creation again.
const CUTS_PER_STORE: u64 = 12;

fn settings() -> Settings {
    Settings { history_max: 20, retry_interval: Duration::from_secs(3_600) }
}

/// Batch `number` makes two records that belong together and moves a counter.
fn batch(number: u64, counter: Option<Revision>, dice: &mut Dice) -> Batch {
    let key = |text: String| Key::new(text).unwrap();
    let mut id = [0; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    let size = usize::try_from(dice.below(3_000)).unwrap();
    let count = key("s/counter".to_owned());
    Batch {
        id: BatchId::new(id),
        require: vec![match counter {
            Some(at) => Require::Unchanged { key: count.clone(), at },
            None => Require::Absent { key: count.clone() },
        }],
        write: vec![
            Write::Put { key: count, value: Value::new(number.to_be_bytes()) },
            Write::Put { key: key(format!("s/left/{number:08}")), value: Value::new(vec![1_u8; size]) },
            Write::Put { key: key(format!("s/right/{number:08}")), value: Value::new(vec![2_u8; size]) },
        ],
    }
}

/// What was told to the caller, by batch.
#[derive(Default)]
struct Told {
    next: u64,
    answers: BTreeMap<u64, Result<Revision, CommitError>>,
    /// Batches that were seen present or absent after a restart must stay so.
    settled: BTreeMap<u64, bool>,
}

/// Commits until the power goes or enough is done.
async fn write_until_cut(store: &dyn Store, told: &mut Told, dice: &mut Dice) {
    let Ok(snapshot) = store.snapshot().await else { return };
    let counter = Key::new("s/counter").unwrap();
    let mut at = snapshot.records.get(&counter).map(|(revision, _)| *revision);
    for _ in 0..40 {
        told.next += 1;
        let answer = store.commit(batch(told.next, at, dice)).await;
        told.answers.insert(told.next, answer.clone());
        match answer {
            Ok(revision) => at = Some(revision),
            Err(CommitError::Unavailable | CommitError::Unknown) => return,
            Err(other) => panic!("{other}"),
        }
    }
}

async fn check(store: &dyn Store, told: &mut Told, cut: u64) {
    let snapshot = store.snapshot().await.unwrap();
    let revision_of = |key: String| snapshot.records.get(&Key::new(key).unwrap()).map(|(at, _)| *at);
    for (number, answer) in &told.answers {
        let left = revision_of(format!("s/left/{number:08}"));
        let right = revision_of(format!("s/right/{number:08}"));
        assert_eq!(left, right, "cut {cut}: batch {number} is torn");
        match answer {
            Ok(revision) => {
                assert_eq!(left, Some(*revision), "cut {cut}: acknowledged batch {number} is lost")
            }
            Err(CommitError::Unavailable) => {
                assert_eq!(left, None, "cut {cut}: batch {number} was told absent")
            }
            Err(_) => {}
        }
        let before = told.settled.insert(*number, left.is_some());
        assert!(before.is_none_or(|was| was == left.is_some()), "cut {cut}: batch {number} changed its fate");
    }
    assert!(told.answers.values().flatten().all(|revision| *revision <= snapshot.revision));
}

#[test]
fn power_cuts_lose_nothing_acknowledged() {
    let cuts = std::env::var("STRONGROOM_POWER_CUTS").map_or(300, |text| text.parse::<u64>().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (mut acknowledged, mut unknown) = (0, 0);
    for store_number in 0..cuts.div_ceil(CUTS_PER_STORE) {
        let sim = SimDisk::new(store_number);
        let mut dice = Dice(store_number ^ 0x5eed);
        let mut told = Told::default();
        for cut in 0..CUTS_PER_STORE {
            // Some cuts fall into creation or recovery, some into a commit.
            let span = if dice.below(3) == 0 { 60 } else { 900 };
            sim.cut_after(dice.below(span));
            if let Ok(store) = EmbeddedStore::open_with(Arc::new(sim.clone()), settings()) {
                runtime.block_on(write_until_cut(&store, &mut told, &mut dice));
            }
            sim.restart();
            let store = EmbeddedStore::open_with(Arc::new(sim.clone()), settings())
                .unwrap_or_else(|fault| panic!("store {store_number}, cut {cut}: {fault}"));
            runtime.block_on(check(&store, &mut told, store_number * CUTS_PER_STORE + cut));
        }
        acknowledged += told.answers.values().filter(|answer| answer.is_ok()).count();
        unknown += told.answers.values().filter(|answer| **answer == Err(CommitError::Unknown)).count();
    }
    println!("{cuts} cuts: {acknowledged} acknowledged batches, {unknown} of unknown fate");
    assert!(acknowledged > usize::try_from(cuts).unwrap(), "the cuts fell too early to show anything");
}
