//! The load: kept connections that send prepared requests one after the other, in a closed loop.

use crate::cpu::ProcessTree;
use crate::report::percentile_ms;
use crate::wire::{Connection, Target};
use anyhow::{Context, Result, bail};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::task::LocalSet;

/// Connections at a time.
pub(crate) const CONNECTIONS: usize = 64;

/// Connections over which a service is prepared. The vault's slow lane takes 64 calls at once, the front's own among them,
/// and refuses what is more.
const PREPARING: usize = CONNECTIONS / 2;

/// How long the load runs before it is measured.
pub(crate) const WARM_UP: Duration = Duration::from_secs(1);

/// What one measurement found.
#[derive(Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) requests_per_second: f64,
    /// Server CPU for each request, in microseconds, all processes.
    pub(crate) cpu_us: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// What the connections share.
#[derive(Default)]
struct Shared {
    next: Cell<usize>,
    done: Cell<u64>,
    measuring: Cell<bool>,
    ended: Cell<bool>,
    latencies_us: RefCell<Vec<u32>>,
    fault: RefCell<Option<anyhow::Error>>,
}

/// What a load runs on: one thread.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build().context("a runtime")
}

/// Runs the load against a server and measures it.
pub(crate) fn measure(
    target: &Target,
    pool: Vec<Vec<u8>>,
    tree: &ProcessTree,
    seconds: u64,
) -> Result<Measured> {
    let shared = Rc::new(Shared::default());
    let pool: Rc<[Vec<u8>]> = pool.into();
    LocalSet::new().block_on(&runtime()?, async {
        for _ in 0..CONNECTIONS {
            let connection = Connection::open(target).await?;
            tokio::task::spawn_local(drive(connection, pool.clone(), shared.clone()));
        }
        tokio::task::spawn_local(stay_awake(shared.clone()));
        tokio::time::sleep(WARM_UP).await;
        shared.measuring.set(true);
        let (start, cpu, done) = (Instant::now(), tree.used(), shared.done.get());
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        let (took, cpu, done) = (start.elapsed(), tree.used().since(&cpu), shared.done.get() - done);
        shared.ended.set(true);
        if let Some(fault) = shared.fault.take() {
            return Err(fault);
        }
        if done == 0 {
            bail!("no answer at all");
        }
        let mut latencies = shared.latencies_us.take();
        latencies.sort_unstable();
        Ok(Measured {
            requests_per_second: done as f64 / took.as_secs_f64(),
            cpu_us: cpu.as_secs_f64() * 1e6 / done as f64,
            p50_ms: percentile_ms(&latencies, 50),
            p99_ms: percentile_ms(&latencies, 99),
        })
    })
}

/// Keeps the load's core from sleeping: the kernel charges whoever sends with waking who receives, and a server that is
/// slower than the load would pay for that with every answer, a fast one never.
async fn stay_awake(shared: Rc<Shared>) {
    while !shared.ended.get() {
        tokio::task::yield_now().await;
    }
}

/// One connection's life.
async fn drive(mut connection: Connection, pool: Rc<[Vec<u8>]>, shared: Rc<Shared>) {
    while !shared.ended.get() {
        let index = shared.next.get();
        shared.next.set((index + 1) % pool.len());
        let start = Instant::now();
        if let Err(fault) = connection.exchange(&pool[index]).await {
            shared.fault.borrow_mut().get_or_insert(fault);
            return;
        }
        shared.done.set(shared.done.get() + 1);
        if shared.measuring.get() {
            let us = u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX);
            shared.latencies_us.borrow_mut().push(us);
        }
    }
}

/// Sends each request once and gives the bodies of the answers, in order.
pub(crate) fn exchange_all(target: &Target, requests: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
    let shared = Rc::new(Shared::default());
    let requests: Rc<[Vec<u8>]> = requests.into();
    let answers = Rc::new(RefCell::new(vec![Vec::new(); requests.len()]));
    LocalSet::new().block_on(&runtime()?, async {
        let mut tasks = Vec::new();
        for _ in 0..PREPARING {
            let mut connection = Connection::open(target).await?;
            let (requests, shared, answers) = (requests.clone(), shared.clone(), answers.clone());
            tasks.push(tokio::task::spawn_local(async move {
                loop {
                    let index = shared.next.get();
                    let Some(request) = requests.get(index) else { return Ok::<_, anyhow::Error>(()) };
                    shared.next.set(index + 1);
                    let body = connection.exchange(request).await?.to_vec();
                    answers.borrow_mut()[index] = body;
                }
            }));
        }
        for task in tasks {
            task.await??;
        }
        Ok(answers.take())
    })
}
