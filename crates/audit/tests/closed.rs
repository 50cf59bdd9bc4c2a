//! A log that was closed: what is added to it while no service runs, what a start says of it, and what binds checkpoints and
//! seals to what was before them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

mod one_record;
mod signed_log;
mod signer;

use one_record::record;
use signed_log::{Bench, settings};
use std::fs::{self, OpenOptions};
use std::io::Write;
use strongroom_audit::verify::{Finding, KeptCheckpoint, verify_with};
use strongroom_audit::{AuditError, AuditLog, Checkpoint, Closed, Durability, LogKeys, Purpose, Settings};

/// Opens it as one that is known to have been closed, and to have these keys; whether anything was begun.
fn reopened(bench: &Bench, records: u64, keys: LogKeys) -> (Result<AuditLog, AuditError>, bool) {
    let mut begun = false;
    let closed = Closed { records, keys: Some(keys) };
    let opened = AuditLog::open_closed(settings(), bench.disk(), Some(&closed), || {
        begun = true;
        Ok(())
    });
    (opened.map(|opened| opened.log), begun)
}

/// Adds a copy of the last line with the next number, as somebody may who writes to the folder.
fn forge(bench: &Bench, number: u64) {
    let (path, last) = bench.lines().pop().unwrap();
    let next = last.replace(&format!("\"sequence\":{number},"), &format!("\"sequence\":{},", number + 1));
    assert_ne!(next, last);
    writeln!(OpenOptions::new().append(true).open(path).unwrap(), "{next}").unwrap();
}

fn why(refused: Result<AuditLog, AuditError>) -> String {
    match refused {
        Err(AuditError::Unreadable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn line_that_is_added_to_a_closed_log_is_refused_and_named_and_nothing_is_touched() {
    let bench = Bench::filled(15).await;
    let (whole, begun) = reopened(&bench, 15, bench.signer.keys());
    assert!(whole.is_ok() && begun, "the control");
    drop(whole);
    bench.verify_closed().unwrap();
    forge(&bench, 15);
    let tree = fs::read(bench.dir.path().join("tree/00")).unwrap();
    let (refused, begun) = reopened(&bench, 15, bench.signer.keys());
    let why = why(refused);
    assert!(why.contains("closed with 15 records and has 16") && why.contains("record 16"), "{why}");
    assert!(!begun && fs::read(bench.dir.path().join("tree/00")).unwrap() == tree);
    match bench.verify_closed().unwrap_err() {
        Finding::Appended { sequence: 16, added: 1, size: 15, .. } => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(
        bench.verify().unwrap().unsigned,
        1,
        "who does not know that it was closed sees one that is not signed"
    );
    assert_eq!(bench.open().tree_head().size, 16, "nor does such a start refuse it");
}

#[tokio::test]
async fn what_says_that_a_log_was_closed_is_told_to_be_older_than_what_was_signed_since() {
    let mut bench = Bench::filled(10).await;
    let text = fs::read_to_string(bench.dir.path().join("checkpoint")).unwrap();
    let kept = KeptCheckpoint { name: "elsewhere".to_owned(), text, closed: true };
    let log = bench.open();
    bench.signer.restart([2; 16], log.tree_head().accounted);
    bench.signer.uses = 0;
    bench.signer.lines = "opened\n".to_owned();
    bench.sign(&log, false).await;
    bench.write(&log, 5).await;
    bench.sign(&log, true).await;
    drop(log);
    let (refused, begun) = reopened(&bench, 10, bench.signer.keys());
    let older = why(refused);
    assert!(older.contains("secrets folder is older") && older.contains("signed 15"), "{older}");
    assert!(!begun && !older.contains("somebody added"), "{older}");
    let (refused, _) = reopened(&bench, 10, LogKeys::new("log/1", &[1; 32], &[2; 1_952]).unwrap());
    assert!(why(refused).contains("somebody added"), "signed with other keys than those that are known");
    match verify_with(&*bench.disk(), &bench.signer.keys(), &[kept]) {
        Err(Finding::Kept { why, .. }) => assert!(why.contains("is older than the log"), "{why}"),
        other => panic!("{other:?}"),
    }
    bench.verify_closed().unwrap();
}

#[tokio::test]
async fn what_was_written_before_a_start_said_what_it_found_is_named() {
    for (opened, found) in [(true, true), (false, false)] {
        let mut bench = Bench::filled(10).await;
        forge(&bench, 10);
        let log = bench.open();
        bench.signer.restart([2; 16], log.tree_head().accounted);
        bench.signer.uses = 0;
        bench.signer.lines = if opened { "opened\n" } else { "" }.to_owned();
        bench.sign(&log, false).await;
        drop(log);
        match (found, bench.verify()) {
            (true, Err(Finding::Appended { sequence: 11, added: 1, size: 10, said, .. })) => {
                assert_eq!(said, "checkpoint 2");
            }
            (false, Ok(_)) => {}
            (_, other) => panic!("{opened}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn start_that_says_first_what_it_found_may_write_then() {
    let mut bench = Bench::filled(10).await;
    let log = bench.open();
    bench.signer.restart([2; 16], log.tree_head().accounted);
    bench.signer.uses = 0;
    bench.signer.lines = "opened\n".to_owned();
    bench.sign(&log, false).await;
    bench.write(&log, 3).await;
    bench.sign(&log, true).await;
    drop(log);
    assert_eq!(bench.verify_closed().unwrap().records, 13);
}

#[tokio::test]
async fn log_that_has_ended_takes_nothing_more_and_has_all_that_it_took() {
    let mut bench = Bench::new();
    let log = bench.open();
    bench.write(&log, 5).await;
    assert!(log.end().await);
    let head = log.tree_head();
    assert_eq!(head.size, 5);
    let refused = log.close(log.reserve(Purpose::Use).unwrap(), &record(6, 1), Durability::Kernel).await;
    assert_eq!(refused, Err(AuditError::Closed));
    drop(log);
    assert_eq!(bench.open().tree_head(), head);
}

/// The line that names the newest checkpoint.
fn after(bench: &Bench) -> String {
    let last: Checkpoint = bench.signer.last.as_ref().unwrap().text.parse().unwrap();
    format!("after {}\n", const_hex::encode(last.digest))
}

#[tokio::test]
async fn checkpoints_of_a_vault_that_has_ended_are_missed() {
    let mut bench = Bench::filled(10).await;
    let file = bench.dir.path().join("checkpoints");
    let first = fs::read_to_string(&file).unwrap();
    let log = bench.open();
    log.origin(|| "log/1".to_owned()).unwrap();
    let mut kept = Vec::new();
    for vault in [2, 3] {
        bench.signer.restart([vault; 16], log.tree_head().accounted);
        bench.signer.uses = 0;
        bench.signer.lines = after(&bench);
        bench.write(&log, 2).await;
        bench.sign(&log, true).await;
        kept.push(bench.signer.last.clone().unwrap().to_string());
    }
    bench.verify().unwrap();
    log.has_all_of(&kept[1]).unwrap();
    fs::write(&file, format!("{first}{}", kept[1])).unwrap();
    let found = bench.verify().unwrap_err();
    assert!(matches!(found, Finding::Checkpoint { number: 3, .. }), "{found}");
    // Those at the end are named by the one that is kept elsewhere.
    fs::write(&file, format!("{first}{}", kept[0])).unwrap();
    bench.verify().unwrap();
    let found = bench.verify_closed().unwrap_err();
    assert!(matches!(found, Finding::Kept { .. }), "{found}");
    let lacks = log.has_all_of(&kept[1]).unwrap_err();
    assert!(lacks.to_string().contains("audit/checkpoints"), "{lacks}");
}

/// A log whose segments are sealed, and the last seal's line.
async fn sealed() -> (Bench, Settings, String) {
    let mut bench = Bench::new();
    let sealing = Settings { seal: true, ..settings() };
    let log = bench.try_open(sealing).unwrap().log;
    bench.write(&log, 60).await;
    bench.sign(&log, true).await;
    drop(log);
    let last = fs::read_to_string(bench.dir.path().join("seals")).unwrap().lines().last().unwrap().to_owned();
    (bench, sealing, last)
}

/// Another line in place of the last seal.
fn put_seal(bench: &Bench, line: &str) {
    let path = bench.dir.path().join("seals");
    let whole = fs::read_to_string(&path).unwrap();
    let before =
        whole.trim_end().rsplit_once('\n').map_or(String::new(), |(before, _)| format!("{before}\n"));
    fs::write(path, format!("{before}{line}\n")).unwrap();
}

#[tokio::test]
async fn every_number_and_intent_of_a_seal_is_compared_with_the_records() {
    let (bench, sealing, seal) = sealed().await;
    bench.verify().unwrap();
    let intent =
        r#"{"sequence":2,"intent":{"requestID":"x","batchId":"","headRevision":0,"eventName":"DeleteKey"}}"#;
    let open = format!("\"open\":[{intent}]");
    for (of, forged) in
        [("\"told\":0", "\"told\":1"), ("\"certain\":", "\"certain\":1"), ("\"open\":[]", open.as_str())]
    {
        let line = seal.replace(of, forged);
        assert_ne!(line, seal);
        put_seal(&bench, &line);
        let found = bench.verify().unwrap_err();
        assert!(matches!(found, Finding::Seal { .. }), "{forged}: {found}");
    }
    // An intent that a start would act on is looked up.
    let refused = why(bench.try_open(sealing).map(|opened| opened.log));
    assert!(refused.contains("the seal of segment") && refused.contains("record 2"), "{refused}");
    put_seal(&bench, &seal);
    bench.try_open(sealing).unwrap();
    bench.verify().unwrap();
}

#[tokio::test]
async fn seal_with_another_root_is_named_by_the_start_that_it_stops() {
    let (bench, sealing, seal) = sealed().await;
    let at = seal.find("\"root\":\"").unwrap() + 8;
    let digit = if seal[at..].starts_with('0') { "1" } else { "0" };
    put_seal(&bench, &format!("{}{digit}{}", &seal[..at], &seal[at + 1..]));
    let refused = why(bench.try_open(sealing).map(|opened| opened.log));
    assert!(refused.contains("the seal of segment") && !refused.contains("missing"), "{refused}");
    put_seal(&bench, &seal);
    bench.try_open(sealing).unwrap();
}
