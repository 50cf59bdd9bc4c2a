//! A caller that floods: what others notice of it. One account calls at a modest, fixed pace and its latencies are
//! measured, with and without another account that calls far beyond its quota (threat T-41).

use crate::admin::Admin;
use crate::load::{WARM_UP, runtime};
use crate::machine::{self, Cores};
use crate::report::{self, percentile_ms};
use crate::service::{AccessKey, Service};
use crate::wire::{Connection, Target};
use crate::workload::signed;
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// The account that floods.
const FLOODING: &str = "210987654321";

/// Calls a second that the quota lets each account make.
const QUOTA: u32 = 1_000;

/// How many times its quota the flooding account calls where it keeps a pace.
const SHARES: u32 = 10;

/// Connections of the account that floods.
const FLOOD_CONNECTIONS: u32 = 64;

/// Calls a second, and connections, of the account that is measured: well below its own quota.
const PROBES: u32 = 400;
const PROBE_CONNECTIONS: u32 = 8;

/// Different requests of each of the two.
const REQUESTS: usize = 1_000;

/// The least priority of a thread: the flood must not keep the probes' own thread from the core they share.
const NICEST: i32 = 19;

/// How the flood calls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pace {
    /// Not at all.
    Quiet,
    /// At [`SHARES`] times the quota.
    Beyond,
    /// As fast as answers come.
    FlatOut,
}

/// One situation, and what was measured in each round.
struct Row {
    name: &'static str,
    pace: Pace,
    quota: u32,
    measured: Vec<Measured>,
}

/// Of one round.
#[derive(Clone, Copy)]
struct Measured {
    p50_ms: f64,
    p99_ms: f64,
    /// The flood's answers a second, and the share of them that were throttled.
    flood_per_second: f64,
    throttled: f64,
}

/// Who calls which key.
struct Party {
    caller: AccessKey,
    key: String,
}

impl Party {
    /// An account's root, and a key of its own.
    fn new(caller: AccessKey, target: &Target) -> Result<Self> {
        let key = Admin { root: caller.clone(), target }.create_key(None)?;
        Ok(Self { caller, key })
    }

    fn requests(&self, target: &Target) -> Result<Vec<Vec<u8>>> {
        let request = |number: usize| {
            let context = json!({ "object": format!("object-{number}") });
            let input = json!({ "KeyId": self.key, "KeySpec": "AES_256", "EncryptionContext": context });
            signed(&self.caller, "GenerateDataKey", &input, target)
        };
        (0..REQUESTS).map(request).collect()
    }
}

/// Measures and prints.
pub(crate) fn run(binary: &Path, rounds: usize, seconds: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let cores = Cores::part()?;
    let service = cores.on_server_core(|| Service::start(binary, folder.path()))?;
    let target = Target { address: service.plain, tls: None };
    let measured = Party::new(service.root()?, &target)?;
    let flooding = Party::new(service.create_account(FLOODING)?, &target)?;
    let row = |name, pace, quota| Row { name, pace, quota, measured: Vec::new() };
    let mut rows = [
        row("no flood", Pace::Quiet, QUOTA),
        row("flood at 10 times its quota", Pace::Beyond, QUOTA),
        row("flood flat out, quota on", Pace::FlatOut, QUOTA),
        row("flood flat out, quota off", Pace::FlatOut, 0),
    ];
    for round in 0..rounds {
        let mut order: Vec<&mut Row> = rows.iter_mut().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for row in order {
            service.set_quota(row.quota)?;
            row.measured.push(measure(&measured, &flooding, &target, row.pace, seconds)?);
        }
    }
    print(&cores, rounds, seconds, &rows);
    Ok(())
}

/// One round of one row: the flood in a thread of its own, the probes in this one.
fn measure(
    measured: &Party,
    flooding: &Party,
    target: &Target,
    pace: Pace,
    seconds: u64,
) -> Result<Measured> {
    let probes = measured.requests(target)?;
    let flood = if pace == Pace::Quiet {
        None
    } else {
        Some(Flood::start(flooding.requests(target)?, target.clone(), pace))
    };
    let answers = flood.as_ref().map(|flood| flood.answers.clone()).unwrap_or_default();
    let probed = probe(probes, target, seconds, &answers);
    if let Some(flood) = flood {
        flood.end()?;
    }
    probed
}

/// What the flood was answered so far.
#[derive(Default)]
struct Answers {
    all: AtomicU64,
    throttled: AtomicU64,
}

impl Answers {
    fn now(&self) -> (f64, f64) {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed) as f64;
        (read(&self.all), read(&self.throttled))
    }
}

/// A flood that runs.
struct Flood {
    answers: Arc<Answers>,
    ended: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Result<()>>,
}

impl Flood {
    fn start(requests: Vec<Vec<u8>>, target: Target, pace: Pace) -> Self {
        let (answers, ended) = (Arc::new(Answers::default()), Arc::new(AtomicBool::new(false)));
        let (counted, told) = (answers.clone(), ended.clone());
        let thread = std::thread::spawn(move || run_flood(requests, &target, pace, &counted, &told));
        Self { answers, ended, thread }
    }

    fn end(self) -> Result<()> {
        self.ended.store(true, Ordering::Relaxed);
        match self.thread.join() {
            Ok(outcome) => outcome.context("the flood"),
            Err(_) => bail!("the flood panicked"),
        }
    }
}

/// All connections of the flood, until it is told to end.
fn run_flood(
    requests: Vec<Vec<u8>>,
    target: &Target,
    pace: Pace,
    answers: &Arc<Answers>,
    ended: &Arc<AtomicBool>,
) -> Result<()> {
    rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICEST)?;
    let requests: Rc<[Vec<u8>]> = requests.into();
    LocalSet::new().block_on(&runtime()?, async {
        let start = |number| {
            let (target, requests) = (target.clone(), requests.clone());
            let task = flood_by_one(number, pace, target, requests, answers.clone(), ended.clone());
            tokio::task::spawn_local(task)
        };
        let tasks: Vec<_> = (0..FLOOD_CONNECTIONS).map(start).collect();
        for task in tasks {
            task.await??;
        }
        Ok(())
    })
}

/// One connection of the flood.
async fn flood_by_one(
    number: u32,
    pace: Pace,
    target: Target,
    requests: Rc<[Vec<u8>]>,
    answers: Arc<Answers>,
    ended: Arc<AtomicBool>,
) -> Result<()> {
    let mut connection = Connection::open(&target).await?;
    let period = Duration::from_secs(1) * FLOOD_CONNECTIONS / (QUOTA * SHARES);
    let mut due = Instant::now() + period * number / FLOOD_CONNECTIONS;
    for request in requests.iter().cycle().skip(usize::try_from(number)?) {
        if ended.load(Ordering::Relaxed) {
            break;
        }
        if pace == Pace::Beyond {
            tokio::time::sleep_until(due.into()).await;
            due += period;
        }
        let (status, body) = connection.send(request).await?;
        let throttled = status == 400 && body.windows(19).any(|window| window == b"ThrottlingException");
        ensure!(status == 200 || throttled, "the flood was answered {}", String::from_utf8_lossy(body));
        answers.all.fetch_add(1, Ordering::Relaxed);
        answers.throttled.fetch_add(u64::from(throttled), Ordering::Relaxed);
    }
    Ok(())
}

/// Calls at a fixed pace, for so many seconds after warming up.
fn probe(requests: Vec<Vec<u8>>, target: &Target, seconds: u64, answers: &Answers) -> Result<Measured> {
    let requests: Rc<[Vec<u8>]> = requests.into();
    let latencies = Rc::new(RefCell::new(Vec::new()));
    LocalSet::new().block_on(&runtime()?, async {
        let begin = Instant::now() + WARM_UP;
        let end = begin + Duration::from_secs(seconds);
        let start = |number| {
            let task = probe_by_one(number, target.clone(), requests.clone(), latencies.clone(), begin, end);
            tokio::task::spawn_local(task)
        };
        let tasks: Vec<_> = (0..PROBE_CONNECTIONS).map(start).collect();
        tokio::time::sleep_until(begin.into()).await;
        let before = answers.now();
        tokio::time::sleep_until(end.into()).await;
        let after = answers.now();
        for task in tasks {
            task.await??;
        }
        let mut latencies = latencies.take();
        latencies.sort_unstable();
        ensure!(!latencies.is_empty(), "no answer at all");
        let (all, throttled) = (after.0 - before.0, after.1 - before.1);
        Ok(Measured {
            p50_ms: percentile_ms(&latencies, 50),
            p99_ms: percentile_ms(&latencies, 99),
            flood_per_second: all / seconds as f64,
            throttled: if all > 0.0 { throttled / all } else { 0.0 },
        })
    })
}

/// One connection of the probes. Latency counts from when the call was due: a late answer makes the next call late too.
/// Only what the timer itself oversleeps is left out.
async fn probe_by_one(
    number: u32,
    target: Target,
    requests: Rc<[Vec<u8>]>,
    latencies: Rc<RefCell<Vec<u32>>>,
    begin: Instant,
    end: Instant,
) -> Result<()> {
    let mut connection = Connection::open(&target).await?;
    let period = Duration::from_secs(1) * PROBE_CONNECTIONS / PROBES;
    let mut due = Instant::now() + period * number / PROBE_CONNECTIONS;
    for request in requests.iter().cycle().skip(usize::try_from(number)?) {
        if due >= end {
            break;
        }
        let mut start = due;
        if Instant::now() < due {
            tokio::time::sleep_until(due.into()).await;
            start = Instant::now();
        }
        connection.exchange(request).await?;
        if due >= begin {
            let us = u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX);
            latencies.borrow_mut().push(us);
        }
        due += period;
    }
    Ok(())
}

fn print(cores: &Cores, rounds: usize, seconds: u64, rows: &[Row]) {
    println!("machine: {}; {}", machine::description(), cores.text());
    println!(
        "GenerateDataKey over plain HTTP: one account makes {PROBES} calls a second over {PROBE_CONNECTIONS} kept \
         connections and is measured, another one floods over {FLOOD_CONNECTIONS}; the quota is {QUOTA} calls a second \
         for each account; {rounds} rounds of {seconds} s, taking turns"
    );
    println!("ratios are beside `no flood` of the same round: median [lowest-highest]");
    println!(
        "{:<28} {:>8} {:>8}  {:<18} {:<18} {:>9} {:>9}",
        "", "p50 ms", "p99 ms", "p50", "p99", "flood/s", "throttled"
    );
    let Some(first) = rows.first() else { return };
    for row in rows {
        let median = |value: fn(&Measured) -> f64| report::median(row.measured.iter().map(value));
        let ratio = |value: fn(&Measured) -> f64| {
            report::spread(
                row.measured.iter().zip(&first.measured).map(|(ours, base)| value(ours) / value(base)),
            )
        };
        println!(
            "{:<28} {:>8.2} {:>8.2}  {:<18} {:<18} {:>9.0} {:>8.0}%",
            row.name,
            median(|m| m.p50_ms),
            median(|m| m.p99_ms),
            ratio(|m| m.p50_ms),
            ratio(|m| m.p99_ms),
            median(|m| m.flood_per_second),
            median(|m| m.throttled * 100.0)
        );
    }
}
