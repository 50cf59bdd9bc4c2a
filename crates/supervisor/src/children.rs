//! Starting the other processes, and listening to them.

use crate::SupervisorError;
use crate::supervise::Event;
use std::ffi::OsString;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, Instant};
use strongroom_confine::pass_control;
use strongroom_control::{Channel, ChannelError, FromTokenWorker};
use strongroom_vault_protocol::{CustodyChannel, LaneEnds};

/// How long a child may keep us from writing to it; then it is taken for hung.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

const BACK_OFF_MIN: Duration = Duration::from_millis(100);
const BACK_OFF_MAX: Duration = Duration::from_secs(2);

/// The longest delay after a child that served: something outside ended it, and who waits for it waits for us.
const BACK_OFF_SERVED: Duration = Duration::from_millis(400);

/// A child that lived this long starts again without a longer delay.
const STEADY: Duration = Duration::from_secs(10);

/// How far a child had come when it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It never said that it serves.
    Unserved,
    Served,
    /// It ran for ten seconds.
    Steady,
}

/// A child that runs, with our end of its control socket.
pub(crate) struct Running<C> {
    pub(crate) channel: C,
    pub(crate) generation: u64,
    child: Child,
    since: Instant,
    serves: bool,
}

impl<C> Running<C> {
    pub(crate) fn new(channel: C, generation: u64, child: Child) -> Self {
        Self { channel, generation, child, since: Instant::now(), serves: false }
    }

    /// The same, as if it had been started then.
    #[cfg(test)]
    pub(crate) fn since(self, since: Instant) -> Self {
        Self { since, ..self }
    }

    /// It said that it serves.
    pub(crate) fn serves(&mut self) {
        self.serves = true;
    }

    /// Kills it if need be and takes its status.
    pub(crate) fn end(mut self) -> io::Result<ExitStatus> {
        drop(self.channel);
        self.child.kill()?;
        self.child.wait()
    }

    /// Takes its status if it ends by itself before the deadline.
    pub(crate) fn ended_before(&mut self, deadline: Instant) -> bool {
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    pub(crate) fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// How long it has been running.
    pub(crate) fn age(&self) -> Duration {
        self.since.elapsed()
    }

    pub(crate) fn life(&self) -> Life {
        match self.serves {
            _ if self.age() >= STEADY => Life::Steady,
            true => Life::Served,
            false => Life::Unserved,
        }
    }
}

/// When a child that died starts again: 0.1 s later, doubling up to 2 s while it dies before it serves, up to 0.4 s else.
pub(crate) struct BackOff {
    delay: Duration,
    due: Option<Instant>,
}

impl BackOff {
    pub(crate) fn new() -> Self {
        Self { delay: BACK_OFF_MIN, due: Some(Instant::now()) }
    }

    pub(crate) fn died(&mut self, life: Life, now: Instant) {
        match life {
            Life::Unserved => {}
            Life::Served => self.delay = self.delay.min(BACK_OFF_SERVED),
            Life::Steady => self.delay = BACK_OFF_MIN,
        }
        self.due = Some(now + self.delay);
        self.delay = (self.delay * 2).min(BACK_OFF_MAX);
    }

    /// Whether it is time, once for each death.
    pub(crate) fn take_due(&mut self, now: Instant) -> bool {
        let due = self.due.is_some_and(|due| due <= now);
        if due {
            self.due = None;
        }
        due
    }

    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }
}

/// Starts this program again under a hidden subcommand. Standard error stays; the environment is what is given. Its own process group keeps a terminal's Ctrl-C from it.
pub(crate) fn spawn(
    subcommand: &str,
    environment: &[(String, String)],
) -> Result<(Child, UnixStream), SupervisorError> {
    let failed = |e: io::Error| SupervisorError::System(format!("cannot start {subcommand}: {e}"));
    let (ours, theirs) = UnixStream::pair().map_err(failed)?;
    ours.set_write_timeout(Some(WRITE_TIMEOUT)).map_err(failed)?;
    // The link is to the very file that runs, even when another was put at its path.
    let mut command = Command::new("/proc/self/exe");
    command.arg(subcommand).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    pass_control(&mut command, OwnedFd::from(theirs));
    Ok((command.spawn().map_err(failed)?, ours))
}

/// The environment of a child that logs.
fn environment(log_level: &str) -> Vec<(String, String)> {
    let kept =
        |(name, _): &(String, String)| name.starts_with("RUST_") || name == "NO_COLOR" || name == "TERM";
    let mut environment: Vec<(String, String)> = std::env::vars().filter(kept).collect();
    environment.push(("STRONGROOM_LOG_LEVEL".to_owned(), log_level.to_owned()));
    environment
}

/// Starts the front, and a thread that passes on what it says.
pub(crate) fn start_front(
    generation: u64,
    events: SyncSender<Event>,
    log_level: &str,
) -> Result<Running<Channel>, SupervisorError> {
    let (child, socket) = spawn("front-process", &environment(log_level))?;
    let channel = Channel::new(socket);
    let failed = |e: ChannelError| SupervisorError::System(e.to_string());
    let listening = channel.try_clone().map_err(failed)?;
    thread::spawn(move || {
        // Descriptors that the front should not send are closed here.
        while let Ok((message, _)) = listening.receive() {
            if events.send(Event::FromFront(generation, message)).is_err() {
                return;
            }
        }
        let _ = events.send(Event::FrontGone(generation));
    });
    Ok(Running::new(channel, generation, child))
}

/// Starts the vault, and a thread that passes on what it says. It gets no environment.
pub(crate) fn start_vault(
    generation: u64,
    events: SyncSender<Event>,
) -> Result<Running<CustodyChannel>, SupervisorError> {
    let (child, socket) = spawn("vault-process", &[])?;
    let channel = CustodyChannel::new(socket);
    let listening = channel.try_clone().map_err(|e| SupervisorError::System(e.to_string()))?;
    thread::spawn(move || {
        while let Ok(Some(message)) = listening.receive_in_supervisor() {
            if events.send(Event::FromVault(generation, message)).is_err() {
                return;
            }
        }
        let _ = events.send(Event::VaultGone(generation));
    });
    Ok(Running::new(channel, generation, child))
}

/// Starts the fetcher, and a thread that notices its end.
pub(crate) fn start_fetcher(
    generation: u64,
    events: SyncSender<Event>,
    log_level: &str,
) -> Result<Running<Channel>, SupervisorError> {
    start_silent("fetcher-process", generation, events, Event::FetcherGone(generation), log_level)
}

/// Starts the courier, and a thread that notices its end.
pub(crate) fn start_courier(
    generation: u64,
    events: SyncSender<Event>,
    log_level: &str,
) -> Result<Running<Channel>, SupervisorError> {
    start_silent("courier-process", generation, events, Event::CourierGone(generation), log_level)
}

/// Starts a process that has nothing to say to us: whatever it says is taken for its end.
fn start_silent(
    subcommand: &str,
    generation: u64,
    events: SyncSender<Event>,
    gone: Event,
    log_level: &str,
) -> Result<Running<Channel>, SupervisorError> {
    let (child, socket) = spawn(subcommand, &environment(log_level))?;
    let mut listening = socket.try_clone().map_err(|e| SupervisorError::System(e.to_string()))?;
    thread::spawn(move || {
        let _ = listening.read(&mut [0]);
        let _ = events.send(gone);
    });
    Ok(Running::new(Channel::new(socket), generation, child))
}

/// What a vendor's library may read its own settings from: everything but what is ours or a client's of ours.
fn library_environment() -> Vec<(String, String)> {
    let kept = |name: &str| !name.starts_with("STRONGROOM_") && !name.starts_with("AWS_");
    let text =
        |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    std::env::vars_os().filter_map(text).filter(|(name, _)| kept(name)).collect()
}

/// Starts the token worker, and a thread that passes on what it says.
pub(crate) fn start_token_worker(
    generation: u64,
    events: SyncSender<Event>,
) -> Result<Running<Channel>, SupervisorError> {
    let (child, socket) = spawn("token-process", &library_environment())?;
    let channel = Channel::new(socket);
    let listening = channel.try_clone().map_err(|e| SupervisorError::System(e.to_string()))?;
    thread::spawn(move || {
        // Descriptors that it should not send are closed here.
        while let Ok((message, _)) = listening.receive::<FromTokenWorker>() {
            if events.send(Event::FromToken(generation, message)).is_err() {
                return;
            }
        }
        let _ = events.send(Event::TokenGone(generation));
    });
    Ok(Running::new(channel, generation, child))
}

/// A pair of lanes, the front's ends and the vault's. Blocking: the vault may not change that.
pub(crate) fn new_lanes() -> Result<(LaneEnds, LaneEnds), SupervisorError> {
    let pair = || UnixStream::pair().map_err(|e| SupervisorError::System(e.to_string()));
    let ((near_fast, far_fast), (near_slow, far_slow)) = (pair()?, pair()?);
    Ok((LaneEnds { fast: near_fast, slow: near_slow }, LaneEnds { fast: far_fast, slow: far_slow }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_doubles_less_far_after_a_child_that_served_and_a_steady_life_resets_it() {
        let now = Instant::now();
        let mut back_off = BackOff { delay: BACK_OFF_MIN, due: None };
        let mut delays = |life: Life| {
            let after = |_| {
                back_off.died(life, now);
                (back_off.due().unwrap() - now).as_millis()
            };
            (0..7).map(after).collect::<Vec<_>>()
        };
        assert_eq!(delays(Life::Unserved), [100, 200, 400, 800, 1600, 2000, 2000]);
        assert_eq!(delays(Life::Served), [400; 7]);
        assert_eq!(
            delays(Life::Unserved)[..3],
            [800, 1600, 2000],
            "one that stopped serving has to wait again"
        );
        assert_eq!(delays(Life::Steady), [100; 7]);
        assert_eq!(delays(Life::Served), [200, 400, 400, 400, 400, 400, 400]);
        back_off.died(Life::Steady, now);
        assert!(!back_off.take_due(now + Duration::from_millis(99)));
        assert!(back_off.take_due(now + Duration::from_millis(100)));
        assert!(!back_off.take_due(now + Duration::from_millis(100)));
    }
}
