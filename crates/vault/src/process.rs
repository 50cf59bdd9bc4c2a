//! The vault process: from exec to serving, in the order of `reference/vault.md` section 3.

use crate::cluster::{self, Cluster};
use crate::custody::{Job, Outcome, run_job};
use crate::execute::Worker;
use crate::expiry;
use crate::lane::{LaneEnd, serve};
use crate::pkcs11_line::{LOOK, LOOKS_A_PIN, TokenLine};
use crate::random::WorkerRandom;
use crate::stack::wiped_after;
use crate::vault::{Vault, arena_for};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;
use strongroom_confine::VaultConfinement;
use strongroom_types::SystemClock;
use strongroom_vault_protocol::{
    ClusterLine, CustodyChannel, FromVault, LaneEnds, MemoryKind, Pkcs11Line, RootSecret, ToVault,
};

/// The exit code of a vault whose random source failed: it is not started again.
pub const RANDOM_FAILED_EXIT: u8 = 70;

/// Unwrapped keys that are kept.
const CACHED_KEYS: usize = 4_096;

/// Serves until the supervisor closes `control`. The first thing a vault process does, while it has one thread.
pub fn run(control: OwnedFd) -> ExitCode {
    let control = CustodyChannel::new(UnixStream::from(control));
    match start(&control) {
        Ok(started) => hand_on(&control, &started),
        Err(reason) => {
            // If nobody listens any more there is nobody to tell.
            let _ = control.send_to_supervisor(&FromVault::Failed(reason));
            ExitCode::FAILURE
        }
    }
}

/// A panic's backtrace would open files: the hook says what happened over the socket and ends the process.
fn die_quietly(control: &CustodyChannel) {
    if let Ok(control) = control.try_clone() {
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            let _ = control.send_to_supervisor(&FromVault::Failed(format!("panic at {place}")));
            std::process::abort();
        }));
    }
}

/// Where each worker gets its next lane from.
struct Lanes {
    fast: Sender<UnixStream>,
    slow: Sender<UnixStream>,
}

impl Lanes {
    fn hand_on(&self, ends: LaneEnds) -> Result<(), String> {
        let gone = |_| "a worker has ended".to_owned();
        self.fast.send(ends.fast).map_err(gone)?;
        self.slow.send(ends.slow).map_err(gone)
    }
}

/// Where lanes, lines and jobs of a vault that runs go.
struct Started {
    vault: Arc<Vault>,
    lanes: Lanes,
    custody: Sender<Job>,
}

fn start(control: &CustodyChannel) -> Result<Started, String> {
    strongroom_confine::run_after_the_waker();
    let confinement = VaultConfinement::begin(control.as_fd()).map_err(|e| e.to_string())?;
    // It has closed every other descriptor, a copy of this one too.
    die_quietly(control);
    let Start { root, ends, line, clusters } = wiped_after(|| receive_start(control))?;
    let (vault, memory) = make_vault(root)?;
    let (ready, started) = channel();
    start_expiry(&vault, &ready)?;
    let mut threads = 4;
    if let Some(line) = line {
        vault.token().connect(line);
        start_watch(control, &ready, Watched::Root(vault.clone()))?;
        threads += 1;
    }
    for line in clusters {
        start_cluster(&vault, control, &ready, line)?;
        threads += 1 + cluster::THREADS;
    }
    let lanes =
        Lanes { fast: start_worker(&vault, "fast", &ready)?, slow: start_worker(&vault, "slow", &ready)? };
    let custody = start_custody(&vault, control, &ready)?;
    for _ in 0..threads {
        started.recv().map_err(|_| "a worker did not start: the random source failed".to_owned())?;
    }
    let report = confinement.seal(control.as_fd()).map_err(|e| e.to_string())?;
    lanes.hand_on(ends)?;
    let memory = match memory {
        MemoryKind::MemfdSecret => "memfd_secret",
        MemoryKind::Locked => "locked memory (no memfd_secret)",
    };
    let text = format!("secrets in {memory}; {report}");
    control.send_to_supervisor(&FromVault::Ready(text)).map_err(|e| e.to_string())?;
    Ok(Started { vault, lanes, custody })
}

/// The first messages.
struct Start {
    root: Option<RootSecret>,
    ends: LaneEnds,
    /// The line to the worker of the token with the root key.
    line: Option<Pkcs11Line>,
    /// Lines to the workers of key stores' tokens, one a cluster.
    clusters: Vec<ClusterLine>,
}

/// The start, and the lines to token workers that came before it.
fn receive_start(control: &CustodyChannel) -> Result<Start, String> {
    let (mut line, mut clusters) = (None, Vec::<ClusterLine>::new());
    loop {
        match control.receive_in_vault() {
            Ok(Some(ToVault::Pkcs11(newer))) => line = Some(newer),
            Ok(Some(ToVault::Cluster(newer))) => {
                clusters.retain(|older| older.cluster != newer.cluster);
                clusters.push(newer);
            }
            Ok(Some(ToVault::Start(root, ends))) => return Ok(Start { root, ends, line, clusters }),
            _ => return Err("the supervisor sent no start".to_owned()),
        }
    }
}

fn make_vault(root: Option<RootSecret>) -> Result<(Arc<Vault>, MemoryKind), String> {
    let arena = arena_for(CACHED_KEYS).map_err(|e| e.to_string())?;
    let memory = arena.kind();
    Ok((Vault::new(arena, root, CACHED_KEYS, Box::new(SystemClock)), memory))
}

/// A token that is watched.
enum Watched {
    /// The one with the root key.
    Root(Arc<Vault>),
    /// One of custom key stores.
    Cluster(Arc<Cluster>),
}

impl Watched {
    fn line(&self) -> &TokenLine {
        match self {
            Self::Root(vault) => vault.token(),
            Self::Cluster(cluster) => cluster.line(),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Root(_) => "the PKCS#11 token".to_owned(),
            Self::Cluster(cluster) => format!("the token of {}", cluster.id()),
        }
    }

    /// Looks at it once. What it says about its PIN is asked for when it has become another, and now and then.
    fn look(&self, round: u32, control: &CustodyChannel) {
        let before = self.line().state();
        if let Some(number) = self.line().look() {
            // If nobody listens any more the process is about to end.
            let _ = control.send_to_supervisor(&FromVault::Pkcs11Hung(number.to_string()));
        }
        if (round == 0 || self.line().state() != before)
            && let Some(said) = self.line().look_at_pin()
        {
            let warning = format!("{} says of the PIN: {said}", self.name());
            let _ = control.send_to_supervisor(&FromVault::Warning(warning));
        }
    }
}

/// Starts a thread that looks at a token again and again, and has a worker that hangs replaced.
fn start_watch(control: &CustodyChannel, ready: &Sender<()>, watched: Watched) -> Result<(), String> {
    let control = control.try_clone().map_err(|e| e.to_string())?;
    let ready = ready.clone();
    let work = move || {
        if ready.send(()).is_err() {
            return;
        }
        drop(ready);
        for round in (0..LOOKS_A_PIN).cycle() {
            watched.look(round, &control);
            thread::park_timeout(LOOK);
        }
    };
    thread::Builder::new().name("token".to_owned()).spawn(work).map(drop).map_err(|e| e.to_string())
}

/// Starts the thread that drops unwrapped keys when their time is over.
fn start_expiry(vault: &Arc<Vault>, ready: &Sender<()>) -> Result<(), String> {
    let (vault, ready) = (vault.clone(), ready.clone());
    let work = move || {
        if ready.send(()).is_err() {
            return;
        }
        drop(ready);
        expiry::watch(&vault, Instant::now(), |wait| {
            thread::park_timeout(wait);
            Some(Instant::now())
        });
    };
    thread::Builder::new().name("expiry".to_owned()).spawn(work).map(drop).map_err(|e| e.to_string())
}

/// Starts the threads of a key store's token: one that watches it, and those that wait for it.
fn start_cluster(
    vault: &Arc<Vault>,
    control: &CustodyChannel,
    ready: &Sender<()>,
    ClusterLine { cluster, line }: ClusterLine,
) -> Result<(), String> {
    let (cluster, jobs) = Cluster::new(cluster);
    cluster.line().connect(line);
    vault.add_cluster(cluster.clone());
    start_watch(control, ready, Watched::Cluster(cluster))?;
    for _ in 0..cluster::THREADS {
        let (vault, ready, jobs) = (vault.clone(), ready.clone(), jobs.clone());
        let work = move || {
            let Ok(mut worker) = Worker::start(vault) else { std::process::exit(RANDOM_FAILED_EXIT.into()) };
            if ready.send(()).is_ok() {
                drop(ready);
                if cluster::serve(&mut worker, &jobs) == LaneEnd::RandomFailed {
                    std::process::exit(RANDOM_FAILED_EXIT.into());
                }
            }
        };
        thread::Builder::new().name("cluster".to_owned()).spawn(work).map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// Starts the thread that does what operators ask. It starts before the seal, for after it no thread can.
fn start_custody(
    vault: &Arc<Vault>,
    control: &CustodyChannel,
    ready: &Sender<()>,
) -> Result<Sender<Job>, String> {
    let control = control.try_clone().map_err(|e| e.to_string())?;
    let (jobs, next) = channel();
    vault.tell_jobs_to(jobs.clone());
    let (vault, ready) = (vault.clone(), ready.clone());
    let work = move || {
        let Ok(mut random) = crate::random::start() else { std::process::exit(RANDOM_FAILED_EXIT.into()) };
        if ready.send(()).is_err() {
            return;
        }
        drop(ready);
        while let Ok(job) = next.recv() {
            wiped_after(|| do_and_tell(&vault, &mut random, &control, job));
        }
    };
    thread::Builder::new().name("custody".to_owned()).spawn(work).map_err(|e| e.to_string())?;
    Ok(jobs)
}

/// Does one act and tells the supervisor.
fn do_and_tell(vault: &Vault, random: &mut WorkerRandom, control: &CustodyChannel, job: Job) {
    let Ok(outcome) = run_job(vault, random, job) else { std::process::exit(RANDOM_FAILED_EXIT.into()) };
    for share in vault.take_shares() {
        let _ = control.send_to_supervisor(&FromVault::Share(share));
    }
    let message = match outcome {
        Outcome::Nothing => return,
        Outcome::Done(text) => FromVault::Done(text),
        Outcome::Refused(text) => FromVault::Refused(text),
        Outcome::Note(text) => FromVault::Note(text),
    };
    // If nobody listens any more the process is about to end.
    let _ = control.send_to_supervisor(&message);
}

/// Starts a worker; it says that it is ready once it has drawn random bytes on its own thread.
fn start_worker(vault: &Arc<Vault>, name: &str, ready: &Sender<()>) -> Result<Sender<UnixStream>, String> {
    let (lanes, next) = channel();
    let (vault, ready) = (vault.clone(), ready.clone());
    let work = move || {
        let Ok(mut worker) = Worker::start(vault) else { std::process::exit(RANDOM_FAILED_EXIT.into()) };
        if ready.send(()).is_ok() {
            drop(ready);
            serve_lanes(&mut worker, &next);
        }
    };
    thread::Builder::new().name(name.to_owned()).spawn(work).map_err(|e| e.to_string())?;
    Ok(lanes)
}

/// Serves one lane after the other: a new one comes when the front was started again.
fn serve_lanes(worker: &mut Worker, next: &Receiver<UnixStream>) {
    while let Ok(lane) = next.recv() {
        if serve(worker, lane) == LaneEnd::RandomFailed {
            std::process::exit(RANDOM_FAILED_EXIT.into());
        }
    }
}

/// The main thread: hands lanes and acts on until the supervisor is gone. Secrets that are presented pass over its stack.
fn hand_on(control: &CustodyChannel, started: &Started) -> ExitCode {
    loop {
        let handed_on = match wiped_after(|| control.receive_in_vault()) {
            Ok(Some(ToVault::Lanes(ends))) => started.lanes.hand_on(ends).is_ok(),
            Ok(Some(ToVault::Act(act))) => started.custody.send(Job::Act(act)).is_ok(),
            Ok(Some(ToVault::Pkcs11(line))) => {
                started.vault.token().connect(line);
                true
            }
            Ok(Some(ToVault::Cluster(line))) => {
                // One that is not known now came too late: its threads cannot be started any more.
                started.vault.connect_cluster(line);
                true
            }
            Ok(None) => return ExitCode::SUCCESS,
            Ok(Some(ToVault::Start(..))) | Err(_) => false,
        };
        if !handed_on {
            return ExitCode::FAILURE;
        }
    }
}
