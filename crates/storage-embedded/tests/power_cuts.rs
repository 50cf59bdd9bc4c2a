//! Power cuts: every acknowledged batch is there afterwards, every other one wholly or not at all, whether the cut came into a
//! commit or into a scrub, which puts a new file in the place of the old one.
//! `STRONGROOM_POWER_CUTS` sets how many (300; soak: 10,000).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod disk;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use disk::{Dice, SimDisk};
use strongroom_storage::{Batch, BatchId, CommitError, Key, Require, Revision, Store, Value, Write};
use strongroom_storage_embedded::{EmbeddedStore, OpenError, Settings};

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

/// What all the cuts came to.
#[derive(Default)]
struct Sum {
    acknowledged: usize,
    unknown: usize,
    scrubs: u64,
    /// Scrubs that the cut came into.
    broken_scrubs: u64,
}

/// One store that loses its power again and again.
struct Life {
    disk: SimDisk,
    dice: Dice,
    told: Told,
}

impl Life {
    fn new(disk: SimDisk, seed: u64) -> Self {
        Self { disk, dice: Dice(seed ^ 0x5eed), told: Told::default() }
    }

    fn open(&self) -> Result<EmbeddedStore, OpenError> {
        EmbeddedStore::open_with(Arc::new(self.disk.clone()), settings())
    }

    /// Serves until the power goes, and compares when it is back.
    async fn until_a_cut(&mut self, sum: &mut Sum) -> Result<(), String> {
        // Some cuts fall into creation or recovery, some into a commit.
        let span = if self.dice.below(3) == 0 { 60 } else { 900 };
        self.disk.cut_after(self.dice.below(span));
        if let Ok(store) = self.open() {
            self.write_until_cut(&store, sum).await?;
        }
        self.disk.restart();
        let store = self.open().map_err(|fault| fault.to_string())?;
        self.check(&store).await
    }

    /// Commits, and scrubs now and then, until the power goes or enough is done.
    async fn write_until_cut(&mut self, store: &dyn Store, sum: &mut Sum) -> Result<(), String> {
        let Ok(snapshot) = store.snapshot().await else { return Ok(()) };
        let counter = Key::new("s/counter").unwrap();
        let mut at = snapshot.records.get(&counter).map(|(revision, _)| *revision);
        for _ in 0..40 {
            if self.dice.below(12) == 0 {
                let scrubbed = store.scrub().await;
                match scrubbed {
                    Ok(_) => sum.scrubs += 1,
                    Err(_) if !self.disk.has_power() => sum.broken_scrubs += 1,
                    Err(fault) => return Err(format!("a scrub: {fault}")),
                }
            }
            self.told.next += 1;
            let answer = store.commit(batch(self.told.next, at, &mut self.dice)).await;
            self.told.answers.insert(self.told.next, answer.clone());
            match answer {
                Ok(revision) => at = Some(revision),
                Err(CommitError::Unavailable | CommitError::Unknown) => return Ok(()),
                Err(other) => return Err(other.to_string()),
            }
        }
        Ok(())
    }

    async fn check(&mut self, store: &dyn Store) -> Result<(), String> {
        let snapshot = store.snapshot().await.map_err(|fault| fault.to_string())?;
        let revision_of = |key: String| snapshot.records.get(&Key::new(key).unwrap()).map(|(at, _)| *at);
        for (number, answer) in &self.told.answers {
            let left = revision_of(format!("s/left/{number:08}"));
            let right = revision_of(format!("s/right/{number:08}"));
            if left != right {
                return Err(format!("batch {number} is torn"));
            }
            match answer {
                Ok(revision) if left != Some(*revision) => {
                    return Err(format!("acknowledged batch {number} is lost"));
                }
                Err(CommitError::Unavailable) if left.is_some() => {
                    return Err(format!("batch {number} was told absent"));
                }
                _ => {}
            }
            let before = self.told.settled.insert(*number, left.is_some());
            if before.is_some_and(|was| was != left.is_some()) {
                return Err(format!("batch {number} changed its fate"));
            }
        }
        match self.told.answers.values().flatten().find(|revision| **revision > snapshot.revision) {
            Some(revision) => Err(format!("{revision:?} is newer than the store")),
            None => Ok(()),
        }
    }
}

fn life_of_a_store(disk: SimDisk, seed: u64, sum: &mut Sum) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut life = Life::new(disk, seed);
    for cut in 0..CUTS_PER_STORE {
        let survived = runtime.block_on(life.until_a_cut(sum));
        survived.map_err(|why| format!("store {seed}, cut {cut}: {why}"))?;
    }
    let answers = life.told.answers.values();
    sum.acknowledged += answers.clone().filter(|answer| answer.is_ok()).count();
    sum.unknown += answers.filter(|answer| **answer == Err(CommitError::Unknown)).count();
    Ok(())
}

#[test]
fn power_cuts_lose_nothing_acknowledged() {
    let cuts = std::env::var("STRONGROOM_POWER_CUTS").map_or(300, |text| text.parse::<u64>().unwrap());
    let mut sum = Sum::default();
    for seed in 0..cuts.div_ceil(CUTS_PER_STORE) {
        if let Err(why) = life_of_a_store(SimDisk::new(seed), seed, &mut sum) {
            panic!("{why}");
        }
    }
    let Sum { acknowledged, unknown, scrubs, broken_scrubs } = sum;
    println!(
        "{cuts} cuts: {acknowledged} acknowledged batches, {unknown} of unknown fate; {scrubs} scrubs, and {broken_scrubs} \
         that a cut came into"
    );
    assert!(acknowledged > usize::try_from(cuts).unwrap(), "the cuts fell too early to show anything");
    assert!(scrubs > 0 && broken_scrubs > 0, "no cut came into a scrub");
}

#[test]
fn disk_that_lies_about_its_syncs_is_found_out() {
    let life = |seed| life_of_a_store(SimDisk::lying(seed), seed, &mut Sum::default());
    assert!((0..20).all(|seed| life(seed).is_err_and(|why| why.contains("is lost"))), "the control");
}
