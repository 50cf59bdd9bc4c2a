//! What the operator's log is told: of calls by nobody one a second, and every minute what is about to go wrong.

use crate::faulty_store::FaultyStore;
use crate::scenario::{Scenario, audit_settings};
use serde_json::json;
use std::cell::RefCell;
use std::io;
use std::sync::{Arc, Once};
use strongroom_audit::Settings;
use strongroom_service::DueWork;
use strongroom_types::{Clock, Timestamp};
use tracing_subscriber::filter::LevelFilter;

thread_local! {
    static TOLD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what a thread tells for that thread: each of these tests has one, and serves every call in it.
struct OfThisThread;

impl io::Write for OfThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A thread that ends may tell something yet.
        let _ = TOLD.try_with(|told| told.borrow_mut().extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From here on warnings and errors are heard. For the whole process: what is heard in one thread alone may be missed, if
/// another thread, which is not heard, was the first to say it.
fn listen() {
    static LISTENS: Once = Once::new();
    LISTENS.call_once(|| {
        let log = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::WARN)
            .with_ansi(false)
            .without_time()
            .with_writer(|| OfThisThread)
            .finish();
        tracing::subscriber::set_global_default(log).unwrap();
    });
    told();
}

/// The lines since this was asked last.
fn told() -> Vec<String> {
    let bytes = TOLD.take();
    String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
}

/// What the service warns of now.
fn warnings(s: &Scenario) -> Vec<String> {
    told();
    s.service.warn();
    told()
}

/// One of the lines has all of this in it.
#[track_caller]
fn assert_told(lines: &[String], parts: &[&str]) {
    assert!(lines.iter().any(|line| parts.iter().all(|part| line.contains(part))), "{parts:?}\n{lines:#?}");
}

#[tokio::test]
async fn of_calls_by_nobody_one_a_second_is_told_and_all_are_counted() {
    let s = Scenario::start().await;
    let mut stranger = s.root.clone();
    stranger.secret.push('x');
    listen();
    s.root("ListKeys", json!({})).await.succeeded();
    assert_eq!(told(), [""; 0], "the control: who is known");
    for (calls, total) in [(3, "total=1"), (2, "total=4")] {
        for _ in 0..calls {
            let answer = s.call(&stranger, "ListKeys", json!({})).await;
            answer.refused_with("InvalidSignatureException", "does not match");
        }
        let lines = told();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        assert_told(&lines, &["WARN", "not authenticated", "127.0.0.1", "InvalidSignatureException", total]);
        s.clock().forward_ms(1_000);
    }
}

#[tokio::test]
async fn record_that_cannot_be_written_is_told_until_it_can() {
    let s = Scenario::start().await;
    listen();
    assert_eq!(warnings(&s), [""; 0], "the control");
    s.disk.fail(true);
    s.root("ListKeys", json!({})).await;
    assert_told(&warnings(&s), &["ERROR", "the audit record cannot be written: requests are refused"]);
    s.disk.fail(false);
    s.healed().await;
    let after = warnings(&s);
    assert!(!after.iter().any(|line| line.contains("cannot be written")), "{after:#?}");
}

#[tokio::test]
async fn budget_that_is_nearly_used_up_is_told() {
    let s = Scenario::start_audited(Settings { warn_percent: 0, ..audit_settings() }).await;
    listen();
    let budget = format!("budget_bytes={}", audit_settings().budget_bytes);
    assert_told(&warnings(&s), &["WARN", "the audit log's budget is nearly used up", &budget]);
}

#[tokio::test]
async fn disks_that_are_nearly_full_are_told() {
    let store = Arc::new(FaultyStore::default());
    let s = Scenario::start_on(store.clone()).await;
    listen();
    assert_eq!(warnings(&s), [""; 0], "the control");
    s.disk.set_free(200 << 20);
    // The log asks its disk again by itself.
    while s.service.readiness().await.warnings.is_empty() {
        tokio::task::yield_now().await;
    }
    let lines = warnings(&s);
    assert_told(&lines, &["WARN", "the disk of the audit log is nearly full", "free_bytes=209715200"]);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    store.set_low_on_space();
    let low = ["ERROR", "the disk is nearly full: only changes that take something away are made"];
    assert_told(&warnings(&s), &low);
}

#[tokio::test]
async fn clock_that_was_set_back_is_told() {
    let s = Scenario::start().await;
    s.service.run_due(&mut DueWork::default()).await;
    listen();
    assert_eq!(warnings(&s), [""; 0], "the control");
    let now = s.clock().now();
    s.clock().set(Timestamp::from_millis(now.millis() - 3_600_000));
    assert_told(&warnings(&s), &["ERROR", "the clock says ", "strongroom clock accept"]);
}
