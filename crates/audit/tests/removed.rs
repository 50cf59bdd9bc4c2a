//! Segments that somebody removes: the oldest ones, as retention does, and the one that is being written.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod one_record;
mod signed_log;
mod signer;

use one_record::record;
use serde_json::json;
use signed_log::{Bench, settings};
use std::fs;
use strongroom_audit::verify::Finding;
use strongroom_audit::{
    AuditError, AuditLog, Durability, Intent, LineWrong, Pruned, Purpose, Retention, Settings,
};

fn sealing() -> Settings {
    Settings { seal: true, ..settings() }
}

/// A log with sealed segments, and the numbers that its first three begin with.
async fn sealed_log() -> (Bench, [u64; 3]) {
    let mut bench = Bench::new();
    let log = bench.try_open(sealing()).unwrap().log;
    for _ in 0..4 {
        bench.write(&log, 10).await;
        bench.sign(&log, false).await;
    }
    drop(log);
    let segments = bench.disk().segments().unwrap();
    assert!(segments.len() > 4 && segments[..3].iter().all(|segment| segment.sealed), "{segments:?}");
    (bench, [segments[0].first, segments[1].first, segments[2].first])
}

/// What verification finds to be missing from the beginning.
fn missing(bench: &Bench) -> (u64, u64) {
    match bench.verify() {
        Err(Finding::Removed { first, last }) => (first, last),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn oldest_segments_may_be_missing_as_far_as_a_signed_record_says_that_retention_removed_them() {
    let (mut bench, [first, second, third]) = sealed_log().await;
    assert_eq!(bench.verify().unwrap().pruned, 0, "the control");
    bench.disk().prune(first).unwrap();
    assert_eq!(missing(&bench), (1, second - 1));
    let log = bench.try_open(sealing()).unwrap().log;
    bench.tell_removed(&log, Pruned { segments: 1, first, next: second, ..Pruned::default() }).await;
    log.settle().await;
    assert_eq!(missing(&bench), (1, second - 1), "whoever writes to the folder can write that too");
    bench.sign(&log, false).await;
    assert_eq!(bench.verify().unwrap().pruned, second - 1);
    bench.disk().prune(second).unwrap();
    assert_eq!(missing(&bench), (second, third - 1), "more than the record says");
}

#[tokio::test]
async fn seal_that_is_left_of_what_retention_removed_is_the_one_that_the_record_names() {
    for told in [true, false] {
        let (mut bench, _) = sealed_log().await;
        let log = bench.try_open(sealing()).unwrap().log;
        let retention = Retention { bytes: Some(1), ..Retention::default() };
        let pruned = log.prune(&retention, 0).unwrap();
        assert!(pruned.segments > 0 && pruned.seal.is_some());
        let seal = pruned.seal.filter(|_| told);
        bench.tell_removed(&log, Pruned { seal, ..pruned }).await;
        bench.sign(&log, true).await;
        drop(log);
        bench.verify().unwrap();
        let path = bench.dir.path().join("seals");
        let whole = fs::read_to_string(&path).unwrap();
        let removed = whole.lines().take(pruned.segments).last().unwrap();
        let forged = removed.replacen("\"certain\":", "\"certain\":9", 1);
        fs::write(&path, whole.replacen(removed, &forged, 1)).unwrap();
        let found = bench.verify();
        // The seal that follows counts on from it.
        assert!(matches!(found, Err(Finding::Seal { .. })), "{told}: {found:?}");
        let path = bench.dir.path().join("seals");
        let counted_on = |line: &str| line.replacen("\"bytes\":", "\"bytes\":9", 1);
        fs::write(&path, whole.replacen(removed, &counted_on(removed), 1)).unwrap();
        assert_eq!(bench.verify().is_err(), told, "what nothing counts on is bound by the record alone");
    }
}

#[tokio::test]
async fn kill_between_a_removal_and_its_record_condemns_no_log() {
    let (mut bench, [first, second, _]) = sealed_log().await;
    let log = bench.try_open(sealing()).unwrap().log;
    let intent = Intent {
        request_id: "removal".to_owned(),
        batch_id: String::new(),
        head_revision: 0,
        event_name: "RemoveAuditSegments".to_owned(),
        request_parameters: Some(json!({ "lastSequence": second - 1 })),
        key_arn: None,
        caller: None,
    };
    let pending = log.reserve(Purpose::Change).unwrap();
    log.intent(&pending, &intent).await.unwrap();
    drop(pending);
    bench.sign(&log, false).await;
    drop(log);
    bench.disk().prune(first).unwrap();
    assert_eq!(bench.verify().unwrap().pruned, second - 1);
    assert_eq!(bench.try_open(sealing()).unwrap().open_intents.len(), 1, "the next start says what is known");
}

/// Writes a record of no use; what it is answered.
async fn closed(log: &AuditLog, number: u64) -> Result<(), AuditError> {
    let pending = loop {
        match log.reserve(Purpose::Use) {
            Ok(pending) => break pending,
            // It heals by itself.
            Err(_) => tokio::task::yield_now().await,
        }
    };
    log.close(pending, &record(number, 0), Durability::Disk).await
}

#[tokio::test]
async fn removal_of_the_segment_that_is_being_written_is_refused_told_and_named() {
    let mut bench = Bench::new();
    let log = bench.try_open(sealing()).unwrap().log;
    bench.write(&log, 3).await;
    bench.sign(&log, false).await;
    closed(&log, 98).await.unwrap();
    fs::remove_file(bench.segments().pop().unwrap()).unwrap();
    let refused = closed(&log, 99).await.unwrap_err();
    assert!(matches!(&refused, AuditError::Unwritable(why) if why.contains("was removed")), "{refused}");
    closed(&log, 100).await.unwrap();
    bench.sign(&log, true).await;
    drop(log);
    let told = bench.lines().remove(0).1;
    assert!(told.contains(r#""kind":"gap""#) && told.contains("a sync failed"), "{told}");
    match bench.verify() {
        Err(Finding::Line(fault)) => {
            assert_eq!(fault.sequence, 1);
            assert!(matches!(fault.wrong, LineWrong::Missing { .. }), "{fault}");
        }
        other => panic!("{other:?}"),
    }
    bench.try_open(sealing()).unwrap_err();
}
