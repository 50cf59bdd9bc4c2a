//! Power cuts: what the disk was said to have is there, what is missing is the end of the log and is told, and the log
//! goes on and verifies. `STRONGROOM_POWER_CUTS` sets how many (60; soak: 10,000). How old what is missing may be is no matter
//! of this simulation, whose threads run in real time: `syncer` has that, in simulated time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod cut_disk;
mod one_record;
mod signer;

use cut_disk::{CutDisk, Dice};
use one_record::record;
use signer::Signer;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use strongroom_audit::verify::verify;
use strongroom_audit::{
    AuditError, AuditLog, Checkpoint, Disk, Durability, Purpose, Settings, WalkError, text_member, walk,
};

/// Cuts of one log before a new one is begun.
const CUTS_OF_A_LOG: u64 = 12;

/// Records between two cuts, and writes and syncs before one that comes in the middle of something.
const RECORDS_MAX: u64 = 60;
const ACTS_MAX: u64 = 100;

const NOT_CLOSED: &str = "the log was not closed";

/// Segments of a few records; everything else as it ships, but that a simulated disk compresses nothing.
fn settings() -> Settings {
    Settings { segment_bytes_max: 8_000, seal: false, ..Settings::default() }
}

/// A record whose caller has its answer.
#[derive(Debug)]
struct Answered {
    number: u64,
    at: Instant,
    /// It has to be there whatever happens.
    on_disk: bool,
}

/// What all the cuts came to.
#[derive(Debug, Default)]
struct Sum {
    cuts: u64,
    answered: u64,
    missing: u64,
    /// The longest time from the answer of a record that is missing to the cut.
    oldest: Duration,
}

/// A log that is started again and again.
struct Life {
    disk: CutDisk,
    signer: Signer,
    dice: Dice,
    /// Vault processes so far.
    vaults: u8,
    /// Records so far.
    number: u64,
    answered: Vec<Answered>,
    /// Gaps that were told for the disk to keep.
    told: usize,
}

impl Life {
    fn new(disk: CutDisk, seed: u64) -> Self {
        let (signer, dice) = (Signer::new("log/1", [0; 16]), Dice::new(seed));
        Self { disk, signer, dice, vaults: 0, number: 0, answered: Vec::new(), told: 0 }
    }

    /// Starts, serves until the power goes, and compares when it is back.
    async fn until_a_cut(&mut self, sum: &mut Sum) -> Result<(), String> {
        if self.dice.below(2) == 0 {
            let acts = self.dice.below(ACTS_MAX);
            self.disk.cut_after(acts);
        }
        let served = self.start_and_serve().await;
        served.or_else(|fault| if self.disk.is_off() { Ok(()) } else { Err(fault.to_string()) })?;
        self.compare(sum)
    }

    /// The power goes at the end of this, if it has not gone before.
    async fn start_and_serve(&mut self) -> Result<(), AuditError> {
        let opened = AuditLog::open_whole(settings(), Arc::new(self.disk.clone()))?;
        let served = self.serve(&opened.log, opened.last).await;
        if served.is_ok() {
            self.disk.power_off();
        }
        served
    }

    async fn serve(&mut self, log: &AuditLog, last: Option<(Checkpoint, u64)>) -> Result<(), AuditError> {
        self.begin(log, last).await?;
        for _ in 0..self.dice.below(RECORDS_MAX) {
            let on_disk = self.dice.below(8) == 0;
            let durability = if on_disk { Durability::Disk } else { Durability::Kernel };
            self.number += 1;
            self.signer.uses += 1;
            log.close(log.reserve(Purpose::Use)?, &record(self.number, 1), durability).await?;
            self.answered.push(Answered { number: self.number, at: Instant::now(), on_disk });
            if self.dice.below(20) == 0 {
                self.sign(log).await?;
            }
        }
        Ok(())
    }

    /// What the service does first: another vault signs, and a log that was not closed says so.
    async fn begin(&mut self, log: &AuditLog, last: Option<(Checkpoint, u64)>) -> Result<(), AuditError> {
        self.vaults += 1;
        self.signer.uses = 0;
        self.signer.restart([self.vaults; 16], last.map_or(0, |(_, accounted)| accounted));
        if self.vaults > 1 {
            log.tell_gap(log.reserve(Purpose::Change)?, NOT_CLOSED, None).await?;
            self.told += 1;
        }
        self.sign(log).await
    }

    /// A checkpoint of everything that is written, unless the power goes meanwhile.
    async fn sign(&mut self, log: &AuditLog) -> Result<(), AuditError> {
        while log.tree_head().next <= log.status().newest {
            if self.disk.is_off() {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        let head = log.tree_head();
        if head.size == 0 {
            return Ok(());
        }
        self.signer.time_ms += 60_000;
        let note = self.signer.sign(head.size, &head.root, false);
        log.keep_checkpoint(&note, &note)
    }

    /// What is there when the power is back, beside what was answered.
    fn compare(&mut self, sum: &mut Sum) -> Result<(), String> {
        let cut_at = self.disk.power_off();
        self.disk = self.disk.survived(&mut self.dice);
        let recorded = self.recorded().map_err(|fault| fault.to_string())?;
        let is_there = |record: &Answered| recorded.contains(&format!("request-{}", record.number));
        let kept = self.answered.iter().take_while(|record| is_there(record)).count();
        for lost in self.answered.drain(kept..) {
            if lost.on_disk || is_there(&lost) {
                return Err(format!("{lost:?} was on the disk, or one before it is missing"));
            }
            sum.missing += 1;
            sum.oldest = sum.oldest.max(cut_at.saturating_duration_since(lost.at));
        }
        // What a start finds stays.
        self.answered.iter_mut().for_each(|record| record.on_disk = true);
        sum.cuts += 1;
        Ok(())
    }

    /// The requests whose records are leaves.
    fn recorded(&self) -> Result<BTreeSet<String>, WalkError> {
        let mut found = BTreeSet::new();
        let segments = self.disk.segments().unwrap();
        walk(&self.disk, &segments, 1, &mut |line| {
            if !line.void {
                found.extend(text_member(line.record, "requestID"));
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// One more start, and an auditor.
    async fn audited(mut self, sum: &mut Sum) -> Result<(), String> {
        let opened = AuditLog::open_whole(settings(), Arc::new(self.disk.clone()));
        let opened = opened.map_err(|fault| fault.to_string())?;
        self.begin(&opened.log, opened.last).await.map_err(|fault| fault.to_string())?;
        drop(opened.log);
        let verified = verify(&self.disk, &self.signer.keys()).map_err(|finding| finding.to_string())?;
        let told = verified.gaps.iter().filter(|(_, gap)| gap.reason == NOT_CLOSED).count();
        // One more than was answered is there where the power went between the disk and the answer.
        if told < self.told || verified.unsigned > 0 {
            return Err(format!("{told} of {} gaps are on the record: {verified:?}", self.told));
        }
        sum.answered += self.number;
        Ok(())
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn life_of_a_log(disk: CutDisk, seed: u64, sum: &mut Sum) -> Result<(), String> {
    let mut life = Life::new(disk, seed);
    for _ in 0..CUTS_OF_A_LOG {
        life.until_a_cut(sum).await?;
    }
    life.audited(sum).await
}

#[test]
fn power_cuts_take_the_end_of_the_log_and_nothing_that_the_disk_had() {
    let cuts = std::env::var("STRONGROOM_POWER_CUTS").map_or(60, |cuts| cuts.parse().unwrap());
    let mut sum = Sum::default();
    for seed in 0.. {
        if let Err(why) = block_on(life_of_a_log(CutDisk::default(), seed, &mut sum)) {
            panic!("seed {seed}: {why}");
        }
        if sum.cuts >= cuts {
            break;
        }
    }
    let Sum { cuts, answered, missing, oldest } = sum;
    println!(
        "{cuts} cuts of the audit log: {answered} records, {missing} answered at `kernel` are missing, the oldest was \
         answered {oldest:.1?} before its cut; none at `disk`"
    );
    assert!(missing > 0, "cuts that take nothing show nothing");
}

#[test]
fn disk_that_lies_about_its_syncs_is_found_out() {
    let mut sum = Sum::default();
    let found = (0..20).find_map(|seed| block_on(life_of_a_log(CutDisk::lying(), seed, &mut sum)).err());
    assert!(found.is_some(), "the control");
}
