//! The vault process: from exec to serving, in the order of `reference/vault.md` section 3.

use crate::execute::Worker;
use crate::lane::{LaneEnd, serve};
use crate::root::SoftwareRoot;
use crate::vault::{Vault, arena_for};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use strongroom_confine::VaultConfinement;
use strongroom_types::SystemClock;
use strongroom_vault_protocol::{CustodyChannel, FromVault, LaneEnds, MemoryKind, RootKey, ToVault};

/// The exit code of a vault whose random source failed: it is not started again.
pub const RANDOM_FAILED_EXIT: u8 = 70;

/// Unwrapped keys that are kept.
const CACHED_KEYS: usize = 4_096;

/// Serves until the supervisor closes `control`. The first thing a vault process does, while it has one thread.
pub fn run(control: OwnedFd) -> ExitCode {
    let control = CustodyChannel::new(UnixStream::from(control));
    die_quietly(&control);
    match start(&control) {
        Ok(lanes) => hand_on_lanes(&control, &lanes),
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

fn start(control: &CustodyChannel) -> Result<Lanes, String> {
    strongroom_confine::run_after_the_waker();
    let confinement = VaultConfinement::begin(control.as_fd()).map_err(|e| e.to_string())?;
    let Ok(Some(ToVault::Start(root, ends))) = control.receive_in_vault() else {
        return Err("the supervisor sent no root key".to_owned());
    };
    let (vault, memory) = make_vault(root)?;
    let (ready, started) = channel();
    let lanes =
        Lanes { fast: start_worker(&vault, "fast", &ready)?, slow: start_worker(&vault, "slow", &ready)? };
    for _ in 0..2 {
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
    Ok(lanes)
}

fn make_vault(root: RootKey) -> Result<(Arc<Vault>, MemoryKind), String> {
    let arena = arena_for(CACHED_KEYS).map_err(|e| e.to_string())?;
    let key = arena.store(&*root.0).map_err(|e| e.to_string())?;
    let (memory, root) = (arena.kind(), SoftwareRoot::new(key).map_err(|e| e.to_string())?);
    Ok((Vault::new(arena, Box::new(root), CACHED_KEYS, Box::new(SystemClock)), memory))
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
        if serve(worker, &lane) == LaneEnd::RandomFailed {
            std::process::exit(RANDOM_FAILED_EXIT.into());
        }
    }
}

/// The main thread: hands new lanes on until the supervisor is gone.
fn hand_on_lanes(control: &CustodyChannel, lanes: &Lanes) -> ExitCode {
    loop {
        let handed_on = match control.receive_in_vault() {
            Ok(Some(ToVault::Lanes(ends))) => lanes.hand_on(ends).is_ok(),
            Ok(None) => return ExitCode::SUCCESS,
            Ok(Some(ToVault::Start(..))) | Err(_) => false,
        };
        if !handed_on {
            return ExitCode::FAILURE;
        }
    }
}
