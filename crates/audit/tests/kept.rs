//! What becomes of a log's checkpoints: they are thinned, and witnesses are asked about them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod one_record;
mod signer;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use one_record::{record, removal};
use signer::Signer;
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::merkle::{Hash, verify_consistency};
use strongroom_audit::verify::{Verified, verify};
use strongroom_audit::{
    AuditLog, Disk, Durability, Purpose, RealDisk, Retention, Settings, event_seconds, seals,
};

const DAY_MS: u64 = 86_400_000;

/// A log, and a vault that signs it.
struct Bench {
    dir: tempfile::TempDir,
    log: AuditLog,
    signer: Signer,
    number: u64,
}

impl Bench {
    fn new() -> Self {
        Self::of(Settings::default())
    }

    fn of(settings: Settings) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let settings = Settings { sync_interval: Duration::from_millis(1), ..settings };
        let disk = Arc::new(RealDisk::new(dir.path()).unwrap());
        let (log, _) = AuditLog::open(settings, disk).unwrap();
        Self { dir, log, signer: Signer::new("log/1", [1; 16]), number: 0 }
    }

    /// One record of one use, and so many checkpoints, a second after each other.
    async fn grow(&mut self, checkpoints: u64) {
        self.number += 1;
        self.signer.uses += 1;
        let pending = self.log.reserve(Purpose::Use).unwrap();
        self.log.close(pending, &record(self.number, 1), Durability::Disk).await.unwrap();
        self.log.settle().await;
        let head = self.log.tree_head();
        for _ in 0..checkpoints {
            self.signer.time_ms += 1_000;
            let note = self.signer.sign(head.size, &head.root, false);
            self.log.keep_checkpoint(&note, &note).unwrap();
        }
    }

    fn verified(&self) -> Verified {
        verify(&RealDisk::new(self.dir.path()).unwrap(), &self.signer.keys()).unwrap()
    }
}

#[tokio::test]
async fn log_with_thinned_checkpoints_verifies_as_before() {
    let mut bench = Bench::new();
    for vault in 1..=3 {
        if vault > 1 {
            bench.signer.restart([vault; 16], bench.log.tree_head().accounted);
            bench.signer.uses = 0;
        }
        for _ in 0..10 {
            bench.grow(10).await;
        }
    }
    let before = bench.verified();
    assert_eq!((before.records, before.checkpoints, before.unclosed.len()), (30, 300, 2));
    let used = bench.log.status().used_bytes;
    let thinned = bench.log.thin_checkpoints(bench.signer.time_ms + 2 * DAY_MS).unwrap();
    assert!(thinned.checkpoints > 280 && thinned.bytes > 1 << 20, "{thinned:?}");
    let checkpoints = before.checkpoints - thinned.checkpoints;
    assert_eq!(bench.verified(), Verified { checkpoints, ..before });
    assert_eq!(bench.log.thin_checkpoints(bench.signer.time_ms + 2 * DAY_MS).unwrap().checkpoints, 0);
    // They count towards the budget.
    bench.log.prune(&Retention::default(), 0).unwrap();
    let beside = bench.log.status().used_bytes - used;
    let file = std::fs::metadata(bench.dir.path().join("checkpoints")).unwrap().len();
    assert!(beside >= file + 30 * 32, "{beside} {file}");
}

#[tokio::test]
async fn witness_is_asked_for_what_it_has_not_seen_with_a_proof_that_holds() {
    let mut bench = Bench::new();
    assert_eq!(bench.log.witness_request(0, false).unwrap(), None, "there is no checkpoint");
    for _ in 0..3 {
        bench.grow(1).await;
    }
    let old = bench.log.tree_head();
    let first = bench.log.witness_request(0, false).unwrap().unwrap();
    assert!(first.body.starts_with("old 0\n\nlog/1\n3\n"), "{}", first.body);
    assert_eq!(Some(&first.note), bench.signer.last.as_ref(), "the newest one");
    assert_eq!(bench.log.witness_request(3, false).unwrap(), None, "it has seen it");
    assert!(bench.log.witness_request(4, false).is_err(), "it has seen more");
    for _ in 0..4 {
        bench.grow(1).await;
    }
    let new = bench.log.tree_head();
    let again = bench.log.witness_request(7, true).unwrap().unwrap();
    assert!(again.body.starts_with("old 7\n\nlog/1\n7\n"), "{}", again.body);
    let request = bench.log.witness_request(3, false).unwrap().unwrap();
    let (head, note) = request.body.split_once("\n\n").unwrap();
    assert_eq!((request.size, note), (7, request.note.to_string().as_str()));
    let (old_line, proof) = head.split_once('\n').unwrap();
    assert_eq!(old_line, "old 3");
    let proof: Vec<Hash> =
        proof.lines().map(|line| STANDARD.decode(line).unwrap().try_into().unwrap()).collect();
    assert!(verify_consistency((3, &old.root), (7, &new.root), &proof));
    assert!(!verify_consistency((3, &[0; 32]), (7, &new.root), &proof), "the control: another history");
}

#[tokio::test]
async fn retention_by_age_removes_what_was_sealed_so_many_days_ago_and_no_sooner() {
    let mut bench = Bench::of(Settings { segment_bytes_max: 4 << 10, ..Settings::default() });
    let disk = RealDisk::new(bench.dir.path()).unwrap();
    // A thread of its own seals them.
    while seals(&disk).unwrap().len() < 4 {
        bench.grow(1).await;
    }
    let days = Retention { days: Some(2), ..Retention::default() };
    let sealed_at = seals(&disk).unwrap()[0].sealed_at;
    let two_days_s = 2 * DAY_MS / 1_000;
    assert_eq!(bench.log.prune(&days, sealed_at + two_days_s - 1).unwrap().segments, 0, "a second too early");
    let pruned = bench.log.prune(&days, sealed_at + two_days_s).unwrap();
    assert!(pruned.segments > 0 && pruned.first == 1, "{pruned:?}");
    let left: Vec<u64> = disk.segments().unwrap().iter().map(|segment| segment.first).collect();
    assert_eq!(left[0], pruned.next, "what is left begins where the removed ended");
    // What the next start begins with stays, and what comes after it.
    let newest = seals(&disk).unwrap().last().unwrap().first;
    bench.log.prune(&days, sealed_at + 10 * two_days_s).unwrap();
    let first = disk.segments().unwrap()[0].first;
    assert!(first >= newest);
    bench.number += 1;
    let pending = bench.log.reserve(Purpose::Change).unwrap();
    bench.log.close(pending, &removal(bench.number, first - 1, None), Durability::Disk).await.unwrap();
    bench.grow(1).await;
    let Bench { dir: _dir, log, signer, number } = bench;
    drop(log);
    let verified = verify(&disk, &signer.keys()).unwrap();
    assert_eq!(verified.pruned + verified.records, number);
}

#[tokio::test]
async fn old_segment_ends_though_nothing_is_written_and_goes_though_it_is_the_newest() {
    let settings = Settings { probe_interval: Duration::from_millis(1), ..Settings::default() };
    let mut bench = Bench::of(settings);
    let disk = RealDisk::new(bench.dir.path()).unwrap();
    let segments = || disk.segments().unwrap().len();
    let day_s = DAY_MS / 1_000;
    let recorded = event_seconds(&record(1, 0).event_time).unwrap();
    bench.grow(1).await;
    bench.log.end_old_segment(recorded + day_s);
    bench.grow(1).await;
    assert_eq!(segments(), 1, "a second too early");
    // What a start finds in a segment has an age too.
    let Bench { dir, log, signer, number } = bench;
    drop(log);
    let (log, _) = AuditLog::open(settings, Arc::new(RealDisk::new(dir.path()).unwrap())).unwrap();
    let mut bench = Bench { dir, log, signer, number };
    bench.log.end_old_segment(recorded + day_s + 1);
    while seals(&disk).unwrap().is_empty() {
        bench.log.settle().await;
    }
    assert_eq!(segments(), 2, "the next one has begun");
    let sealed_at = seals(&disk).unwrap()[0].sealed_at;
    let days = Retention { days: Some(2), ..Retention::default() };
    assert_eq!(bench.log.prune(&days, sealed_at + 2 * day_s - 1).unwrap().segments, 0, "a second too early");
    let much = Retention { bytes: Some(1), ..Retention::default() };
    assert_eq!(bench.log.prune(&much, sealed_at).unwrap().segments, 0, "it is not old, and the newest");
    let pruned = bench.log.prune(&days, sealed_at + 2 * day_s).unwrap();
    assert_eq!((pruned.segments, pruned.first, pruned.next), (1, 1, 3));
    bench.number += 1;
    let pending = bench.log.reserve(Purpose::Change).unwrap();
    bench.log.close(pending, &removal(3, 2, None), Durability::Disk).await.unwrap();
    bench.grow(1).await;
    let head = bench.log.tree_head();
    let verified = bench.verified();
    assert_eq!((verified.pruned, verified.records, verified.unsigned), (2, 2, 0));
    // And the next start goes on from there.
    let Bench { dir, log, .. } = bench;
    drop(log);
    let (log, _) = AuditLog::open(settings, Arc::new(RealDisk::new(dir.path()).unwrap())).unwrap();
    assert_eq!(log.tree_head(), head);
}
