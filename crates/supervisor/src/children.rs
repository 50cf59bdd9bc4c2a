//! Starting a child: this program again, with one inherited descriptor and nothing else of ours.

use crate::error::SupervisorError;
use crate::supervise::Event;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

/// Which child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Vault,
    Front,
}

impl Role {
    const fn subcommand(self) -> &'static str {
        match self {
            Self::Vault => "vault-process",
            Self::Front => "front-process",
        }
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Vault => "vault",
            Self::Front => "front",
        }
    }
}

/// Shortest and longest pause before a child is started again.
const PAUSE: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// A child that lived this long was healthy: its next death starts the pauses anew.
const HEALTHY_AFTER: Duration = Duration::from_secs(30);

/// When a child is started again.
pub(crate) struct Pauses {
    next: Duration,
    started: Instant,
}

impl Pauses {
    pub(crate) fn new() -> Self {
        Self { next: PAUSE.0, started: Instant::now() }
    }

    pub(crate) fn started(&mut self) {
        self.started = Instant::now();
    }

    /// The pause after a death now.
    pub(crate) fn after_death(&mut self) -> Duration {
        if self.started.elapsed() >= HEALTHY_AFTER {
            self.next = PAUSE.0;
        }
        let pause = self.next;
        self.next = (self.next * 2).min(PAUSE.1);
        pause
    }
}

/// Starts a child and watches for its end. Returns our end of its control socket.
///
/// Call it from the main thread: a child is told to die when the thread that started it does.
pub(crate) fn start(
    role: Role,
    generation: u64,
    arguments: &[&str],
    events: &Sender<Event>,
) -> Result<UnixStream, SupervisorError> {
    let fault = |error: std::io::Error| SupervisorError::process(role.name(), error);
    let (ours, theirs) = UnixStream::pair().map_err(fault)?;
    let mut command = Command::new("/proc/self/exe");
    command.arg(role.subcommand()).args(arguments).env_clear().stdin(Stdio::null()).stdout(Stdio::null());
    strongroom_confine::pass_control(&mut command, OwnedFd::from(theirs));
    let child = command.spawn().map_err(fault)?;
    drop(command);
    let events = events.clone();
    let wait = move || wait(child, role, generation, &events);
    std::thread::Builder::new().name(format!("{} waiter", role.name())).spawn(wait).map_err(fault)?;
    Ok(ours)
}

fn wait(mut child: Child, role: Role, generation: u64, events: &Sender<Event>) {
    let status = match child.wait() {
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    // The supervisor may be ending itself: nobody listens any more.
    let _ = events.send(Event::Ended { role, generation, status });
}
