//! The log as a Merkle log: checkpoints, what a start refuses, verification, and every kind of damage pinpointed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod one_record;
mod signed_log;
mod signer;

use proptest::prelude::*;
use signed_log::{Bench, block_on, copied, settings};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use strongroom_audit::merkle::{Frontier, Levels, inclusion_proof, leaf_hash};
use strongroom_audit::verify::Finding;
use strongroom_audit::{
    AuditError, AuditLog, Disk, Gap, Hold, LineWrong, Purpose, RealDisk, RecordProof, Retention, Settings,
    keep_holds, seals,
};

#[tokio::test]
async fn tree_is_that_of_the_lines_and_goes_on_after_a_restart() {
    let mut bench = Bench::filled(25).await;
    let log = bench.open();
    bench.write(&log, 7).await;
    log.settle().await;
    let head = log.tree_head();
    let mut frontier = Frontier::default();
    bench.lines().iter().for_each(|(_, line)| frontier.push(leaf_hash(line.as_bytes())));
    assert_eq!((head.size, head.root, head.next), (32, frontier.root(), 33));
    assert_eq!(head.accounted, 32);
    drop(log);
    bench.drop_tree();
    let log = bench.open();
    assert_eq!(log.tree_head(), head, "made anew from the lines");
    let levels = Levels::open(bench.disk()).unwrap();
    assert_eq!(levels.frontier(), frontier);
}

#[tokio::test]
async fn whole_log_verifies_and_says_what_is_not_signed() {
    let mut bench = Bench::filled(25).await;
    let verified = bench.verify().unwrap();
    assert_eq!((verified.records, verified.unsigned, verified.uses), (25, 0, 25));
    assert_eq!((verified.checkpoints, verified.post_quantum), (3, 25));
    assert!(verified.tree && verified.gaps.is_empty() && verified.unclosed.is_empty());
    let log = bench.open();
    bench.write(&log, 2).await;
    drop(log);
    assert_eq!(bench.verify().unwrap().unsigned, 2);
}

#[tokio::test]
async fn proof_of_a_record_stands_alone() {
    let bench = Bench::filled(25).await;
    let lines = bench.lines();
    let levels = Levels::reader(bench.disk());
    let note = bench.signer.last.clone().unwrap();
    for (index, (_, line)) in lines.iter().enumerate() {
        let path = inclusion_proof(&levels, index as u64, 25).unwrap();
        let proof = RecordProof {
            line: line.clone().into_bytes(),
            index: index as u64,
            path,
            checkpoint: note.clone(),
        };
        let read: RecordProof = proof.to_string().parse().unwrap();
        assert_eq!(read.check(&bench.signer.keys()).unwrap().size, 25);
        let other = RecordProof { index: (index as u64 + 1) % 25, ..read };
        assert!(other.check(&bench.signer.keys()).is_err(), "the control");
    }
}

#[tokio::test]
async fn start_refuses_a_log_that_lacks_what_was_signed() {
    let bench = Bench::filled(28).await;
    let last = bench.segments().pop().unwrap();
    let whole = fs::read_to_string(&last).unwrap();
    let (kept, _) = whole.trim_end().rsplit_once('\n').unwrap();
    fs::write(&last, format!("{kept}\n")).unwrap();
    let refused = bench.try_open(settings()).unwrap_err();
    assert!(matches!(&refused, AuditError::Unreadable(why) if why.contains("27 records")), "{refused}");
    fs::write(&last, whole.replace("request-28", "request-99")).unwrap();
    let refused = bench.try_open(settings()).unwrap_err();
    assert!(matches!(&refused, AuditError::Unreadable(why) if why.contains("are not those")), "{refused}");
    fs::write(&last, whole).unwrap();
    bench.try_open(settings()).unwrap();
}

#[tokio::test]
async fn checkpoint_kept_elsewhere_tells_a_log_that_was_put_back() {
    let mut bench = Bench::filled(10).await;
    let log = bench.open();
    log.origin(|| "log/1".to_owned()).unwrap();
    drop(log);
    let older = tempfile::tempdir().unwrap();
    copied(bench.dir.path(), older.path());
    let log = bench.open();
    bench.write(&log, 5).await;
    bench.sign(&log, true).await;
    let kept = bench.signer.last.clone().unwrap().to_string();
    log.has_all_of(&kept).unwrap();
    let disk: Arc<dyn Disk> = Arc::new(RealDisk::new(older.path()).unwrap());
    let put_back = AuditLog::open_whole(settings(), disk).unwrap().log;
    let lacks = put_back.has_all_of(&kept).unwrap_err();
    assert!(matches!(&lacks, AuditError::Unreadable(why) if why.contains("10 records")), "{lacks}");
    assert!(log.has_all_of(&kept.replace("log/1", "log/2")).is_err(), "another log");
}

#[tokio::test]
async fn what_a_power_cut_takes_after_the_last_checkpoint_is_told() {
    let mut bench = Bench::filled(20).await;
    let log = bench.open();
    bench.write(&log, 3).await;
    drop(log);
    let last = bench.segments().pop().unwrap();
    let whole = fs::read(&last).unwrap();
    fs::write(&last, &whole[..whole.len() - 5]).unwrap();
    let log = bench.open();
    bench.signer.uses = 0;
    bench.signer.restart([2; 16], log.tree_head().accounted);
    let pending = log.reserve(Purpose::Change).unwrap();
    log.tell_gap(pending, "the log was not closed", None).await.unwrap();
    bench.sign(&log, true).await;
    drop(log);
    let verified = bench.verify().unwrap();
    let reasons: Vec<&str> = verified.gaps.iter().map(|(_, gap)| gap.reason.as_str()).collect();
    assert_eq!(reasons, ["the last line was torn", "the log was not closed"]);
    assert_eq!(verified.gaps[0].1.from, Some(23));
    let torn = whole[..whole.len() - 5].rsplit(|byte| *byte == b'\n').next().unwrap();
    assert_eq!(verified.gaps[0].1.bytes, Some(torn.len() as u64));
}

#[tokio::test]
async fn front_that_does_not_record_is_found_out() {
    let mut bench = Bench::new();
    let log = bench.open();
    bench.write(&log, 10).await;
    bench.sign(&log, false).await;
    // The vault is used; nothing is written.
    bench.signer.uses += 3;
    bench.signer.time_ms += 1_000;
    bench.sign(&log, false).await;
    drop(log);
    bench.verify().unwrap();
    let log = bench.open();
    bench.write(&log, 2).await;
    bench.signer.time_ms += 30_000;
    bench.sign(&log, false).await;
    drop(log);
    match bench.verify() {
        Err(Finding::Unrecorded { counted: 13, recorded: 12, size: 10, .. }) => {}
        other => panic!("{other:?}"),
    }
}

/// The end of a vault does not wipe out what it had counted.
#[tokio::test]
async fn front_that_does_not_record_is_found_out_when_another_vault_signs() {
    for (told, later_ms, found) in
        [(None, 30_000, true), (None, 29_000, false), (Some(2), 30_000, true), (Some(3), 30_000, false)]
    {
        let mut bench = Bench::new();
        let log = bench.open();
        bench.write(&log, 10).await;
        bench.sign(&log, false).await;
        let base = log.tree_head().accounted;
        bench.signer.uses += 3;
        bench.signer.time_ms += 1_000;
        bench.sign(&log, false).await;
        bench.signer.restart([2; 16], base);
        bench.signer.uses = 0;
        let gap = Gap { reason: "a vault ended".to_owned(), uses_at_least: told, ..Gap::default() };
        log.tell(log.reserve(Purpose::Change).unwrap(), &gap).await.unwrap();
        bench.sign(&log, false).await;
        bench.signer.time_ms += later_ms;
        bench.sign(&log, false).await;
        drop(log);
        match (found, bench.verify()) {
            (true, Err(Finding::Unrecorded { counted: 13, size: 10, .. })) => {}
            (false, Ok(verified)) => assert_eq!(verified.unclosed.len(), 1),
            other => panic!("{told:?} {later_ms}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn closing_the_log_leaves_no_use_out_and_a_gap_tells_of_some() {
    let mut bench = Bench::filled(10).await;
    let log = bench.open();
    bench.write(&log, 1).await;
    bench.signer.uses += 2;
    let pending = log.reserve(Purpose::Change).unwrap();
    log.tell_gap(pending, "told", Some(2)).await.unwrap();
    bench.sign(&log, true).await;
    bench.verify().unwrap();
    bench.write(&log, 1).await;
    bench.signer.uses += 1;
    bench.sign(&log, true).await;
    let found = bench.verify().unwrap_err();
    assert!(matches!(found, Finding::Unrecorded { counted: 15, recorded: 14, .. }), "the control: {found}");
}

#[tokio::test]
async fn checkpoints_that_shrink_fork_or_are_not_signed_are_named() {
    let bench = Bench::filled(20).await;
    let file = bench.dir.path().join("checkpoints");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, whole.replacen("\nuses 10\n", "\nuses 11\n", 1)).unwrap();
    assert!(matches!(bench.verify(), Err(Finding::Checkpoint { number: 1, .. })));
    let second = whole.find("log/1\n20\n").unwrap();
    let (first, rest) = whole.split_at(second);
    fs::write(&file, format!("{rest}{first}")).unwrap();
    let found = bench.verify().unwrap_err();
    assert!(matches!(found, Finding::Checkpoint { .. }), "{found}");
    fs::write(&file, "").unwrap();
    assert!(matches!(bench.verify(), Err(Finding::NoCheckpoint)));
    fs::write(&file, whole).unwrap();
    bench.verify().unwrap();
}

#[tokio::test]
async fn sealed_segments_are_read_alike_and_retention_leaves_what_proofs_need() {
    let mut bench = Bench::new();
    let sealing = Settings { seal: true, ..settings() };
    let log = bench.try_open(sealing).unwrap().log;
    for _ in 0..8 {
        bench.write(&log, 10).await;
        bench.sign(&log, false).await;
    }
    drop(log);
    let sealed = bench.disk().segments().unwrap().iter().filter(|segment| segment.sealed).count();
    assert!(sealed > 3, "{sealed}");
    assert_eq!(bench.verify().unwrap().records, 80);
    let before = bench.try_open(sealing).unwrap().log.tree_head();

    let log = bench.try_open(sealing).unwrap().log;
    let (keep, now) = (Retention { bytes: Some(1), ..Retention::default() }, 0);
    let hold = Hold { name: "case".to_owned(), reason: String::new(), since: 0 };
    keep_holds(&*bench.disk(), &[hold]).unwrap();
    assert_eq!(log.prune(&keep, now).unwrap().segments, 0, "while a hold stands");
    keep_holds(&*bench.disk(), &[]).unwrap();
    let days = Retention { days: Some(1), ..Retention::default() };
    assert_eq!(log.prune(&days, now).unwrap().segments, 0);
    let needed = Retention { needed_from: Some(1), ..keep };
    assert_eq!(log.prune(&needed, now).unwrap().segments, 0, "while a sink needs the first segment");
    let pruned = log.prune(&keep, now).unwrap();
    assert!(pruned.segments > 1);
    assert_eq!(log.tree_head(), before);
    bench.tell_removed(&log, pruned).await;
    bench.sign(&log, false).await;
    let after = log.tree_head();
    drop(log);
    let verified = bench.verify().unwrap();
    assert!(verified.pruned > 0);
    assert_eq!(verified.pruned + verified.records, 81);
    assert_eq!(bench.try_open(sealing).unwrap().log.tree_head(), after);
    assert!(seals(&*bench.disk()).unwrap().len() > pruned.segments);
}

#[tokio::test]
async fn segment_before_one_without_a_line_is_sealed_too() {
    let mut bench = Bench::new();
    let sealing = Settings { seal: true, ..settings() };
    let log = bench.try_open(sealing).unwrap().log;
    bench.write(&log, 7).await;
    bench.sign(&log, false).await;
    drop(log);
    // A death between the creation of a segment and its first line.
    fs::write(bench.dir.path().join(format!("{:020}.jsonl", 8)), "").unwrap();
    let log = bench.try_open(sealing).unwrap().log;
    bench.write(&log, 20).await;
    bench.sign(&log, true).await;
    drop(log);
    let segments = bench.disk().segments().unwrap();
    let (_, ended) = segments.split_last().unwrap();
    assert!(ended.len() > 1 && ended.iter().all(|segment| segment.sealed), "{segments:?}");
    assert_eq!(bench.verify().unwrap().records, 27);
}

/// What somebody does to the files.
#[derive(Clone, Debug)]
enum Harm {
    Alter(prop::sample::Index, prop::sample::Index),
    Drop(prop::sample::Index),
    Swap(prop::sample::Index),
    Insert(prop::sample::Index),
    Truncate(prop::sample::Index),
}

fn harm() -> impl Strategy<Value = Harm> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        (index(), index()).prop_map(|(line, byte)| Harm::Alter(line, byte)),
        index().prop_map(Harm::Drop),
        index().prop_map(Harm::Swap),
        index().prop_map(Harm::Insert),
        index().prop_map(Harm::Truncate),
    ]
}

/// What becomes of the tree's files besides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TreeFiles {
    Whole,
    /// They fit the lines as they were left.
    Rewritten,
    Gone,
}

fn tree_files() -> impl Strategy<Value = TreeFiles> {
    prop_oneof![Just(TreeFiles::Whole), Just(TreeFiles::Rewritten), Just(TreeFiles::Gone)]
}

/// The number of the first record that is wrong then, and the lines as they are left.
fn harmed(lines: &mut Vec<(PathBuf, String)>, harm: &Harm) -> u64 {
    let at = match harm {
        Harm::Alter(line, byte) => {
            let at = line.index(lines.len());
            let mut bytes = lines[at].1.clone().into_bytes();
            let byte = byte.index(bytes.len());
            // Another printable character: a digit of the number too.
            bytes[byte] = if bytes[byte] == b'x' { b'y' } else { b'x' };
            lines[at].1 = String::from_utf8(bytes).unwrap();
            at
        }
        Harm::Drop(line) => {
            let at = line.index(lines.len());
            lines.remove(at);
            at
        }
        Harm::Swap(line) => {
            let at = line.index(lines.len() - 1);
            let (one, other) = (lines[at].1.clone(), lines[at + 1].1.clone());
            (lines[at].1, lines[at + 1].1) = (other, one);
            at
        }
        Harm::Insert(line) => {
            // Behind the last one too.
            let at = line.index(lines.len() + 1);
            let copy = lines[at.min(lines.len() - 1)].clone();
            let forged = copy.1.replace("request-", "forged-");
            let own =
                forged.replace(&format!("{{\"sequence\":{at},"), &format!("{{\"sequence\":{},", at + 1));
            lines.insert(at, (copy.0, if at == lines.len() { own } else { forged }));
            at
        }
        Harm::Truncate(line) => {
            let at = line.index(lines.len());
            lines.truncate(at);
            at
        }
    };
    at as u64 + 1
}

/// The record that the finding names.
fn named(found: &Finding) -> (u64, u64) {
    match found {
        Finding::Altered { sequence, .. }
        | Finding::Truncated { sequence, .. }
        | Finding::Appended { sequence, .. } => (*sequence, *sequence),
        Finding::Line(fault) => (fault.sequence, fault.sequence),
        Finding::AlteredAmong { first, last, .. } => (*first, *last),
        other => panic!("{other}"),
    }
}

/// A log that every case gets a copy of.
static LOG: LazyLock<tempfile::TempDir> = LazyLock::new(|| block_on(Bench::filled(RECORDS)).dir);
const RECORDS: u64 = 35;

fn copy_of_the_log() -> Bench {
    let bench = Bench::new();
    copied(LOG.path(), bench.dir.path());
    bench
}

// `PROPTEST_CASES=100000` makes it as many.
proptest! {
    #[test]
    fn every_harm_is_pinpointed(harm in harm(), tree in tree_files(), with_kept: bool) {
        let bench = copy_of_the_log();
        let mut lines = bench.lines();
        let wrong = harmed(&mut lines, &harm);
        bench.put_lines(&lines);
        match tree {
            TreeFiles::Whole => {}
            TreeFiles::Rewritten => bench.rewrite_leaves(),
            TreeFiles::Gone => bench.drop_tree(),
        }
        if wrong > RECORDS {
            prop_assert_eq!(bench.verify().unwrap().unsigned, 1, "the control: nobody knows that the log was closed");
        }
        let found = if with_kept || wrong > RECORDS { bench.verify_closed() } else { bench.verify() };
        let (first, last) = named(&found.unwrap_err());
        if tree == TreeFiles::Whole {
            prop_assert_eq!((first, last), (wrong, wrong));
        } else {
            // Between two checkpoints, of which every tenth record has one.
            let before = (wrong - 1) / 10 * 10;
            prop_assert!(before < first && first <= wrong, "{} is not in {}..={}", wrong, first, last);
            prop_assert!(wrong <= last && last <= before + 10, "{} is not in {}..={}", wrong, first, last);
        }
    }

    #[test]
    fn harm_to_other_files_accuses_no_record(file in 0_usize..3, at: prop::sample::Index, bit in 0_u8..8) {
        let bench = copy_of_the_log();
        let path = bench.dir.path().join(["tree/00", "checkpoints", "seals"][file]);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        fs::write(&path, bytes).unwrap();
        match (file, bench.verify()) {
            (0, Ok(verified)) => prop_assert!(!verified.tree),
            (1, Err(Finding::Checkpoint { .. } | Finding::Io(_))) => {}
            // What the ML-DSA key signed is not looked at where a flipped bit takes its name away.
            (1, Ok(verified)) => prop_assert!(verified.post_quantum <= 35),
            (2, Ok(_) | Err(Finding::Seal { .. } | Finding::Io(_))) => {}
            (_, other) => prop_assert!(false, "{:?}", other),
        }
    }
}

/// Somebody alters a record and makes the tree's leaf fit.
fn altered_with_its_leaf(bench: &Bench, number: usize) {
    let mut lines = bench.lines();
    let line = &mut lines[number - 1].1;
    *line = line.replace("request-", "altered-");
    bench.put_lines(&lines);
    bench.rewrite_leaves();
}

#[test]
fn range_of_a_wrong_record_is_named_though_a_checkpoint_that_is_kept_covers_it_too() {
    let mut bench = copy_of_the_log();
    let newest = fs::read_to_string(bench.dir.path().join("checkpoint")).unwrap();
    // One of a size that no checkpoint of the log has: those are thinned.
    let mut frontier = Frontier::default();
    bench.lines()[..15].iter().for_each(|(_, line)| frontier.push(leaf_hash(line.as_bytes())));
    let between = bench.signer.sign(15, &frontier.root(), false).to_string();
    for (number, kept, within) in [(35, &newest, 31..=35), (15, &between, 11..=20), (16, &between, 11..=20)] {
        let bench = copy_of_the_log();
        bench.verify_kept(kept.clone(), false).unwrap();
        altered_with_its_leaf(&bench, number);
        let found = bench.verify_kept(kept.clone(), false).unwrap_err();
        let (first, last) = named(&found);
        assert!(within.contains(&first) && within.contains(&last), "{number}: {found}");
        assert!((first..=last).contains(&(number as u64)), "{number}: {found}");
    }
}

#[test]
fn history_that_forked_is_told_by_what_is_kept_whether_or_not_the_tree_is_there() {
    // At a checkpoint's size, the last one's too, between two, and behind the last one.
    for size in [30, 35, 15, 36] {
        for with_tree in [true, false] {
            let mut bench = copy_of_the_log();
            block_on(async {
                let log = bench.open();
                bench.write(&log, 2).await;
                log.settle().await;
            });
            if !with_tree {
                bench.drop_tree();
            }
            bench.verify().unwrap();
            let fork = bench.signer.sign(size, &[7; 32], false).to_string();
            let found = bench.verify_kept(fork, false).unwrap_err();
            assert!(matches!(found, Finding::OtherHistory { size: of, .. } if of == size), "{size}: {found}");
        }
    }
}

#[tokio::test]
async fn segment_that_is_gone_is_named() {
    let bench = Bench::filled(35).await;
    let segments = bench.segments();
    fs::remove_file(&segments[1]).unwrap();
    let first: u64 = first_of(&segments[1]);
    match bench.verify() {
        Err(Finding::Line(fault)) => {
            assert_eq!(fault.sequence, first);
            assert!(matches!(fault.wrong, LineWrong::Missing { .. }));
        }
        other => panic!("{other:?}"),
    }
}

fn first_of(path: &Path) -> u64 {
    path.file_stem().unwrap().to_str().unwrap().parse().unwrap()
}
