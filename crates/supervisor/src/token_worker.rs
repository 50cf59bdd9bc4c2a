//! A token worker, while its PKCS#11 token is configured: started, handed its PIN and a line to the vault, started again.
//!
//! Nobody starts it again by himself after the token refused the PIN: real tokens lock.

use crate::children::{BackOff, Life, Running, start_token_worker};
use crate::config::{ClusterSettings, Pkcs11Settings};
use crate::pin_source::{KeptPin, Pin};
use crate::supervise::Event;
use crate::{Config, RootChoice, SupervisorError};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};
use strongroom_control::{Channel, FromTokenWorker, StartTokenWorker, ToTokenWorker};
use strongroom_token_protocol::prepare_line;
use strongroom_vault_protocol::{ClusterLine, CustodyChannel, Pkcs11Line, ToVault};

/// Sessions with the token, and threads of the worker.
const SESSIONS: u8 = 4;

/// How long a worker may take to say how it stands; one that has said so answers within a call's deadline.
const START_MAX: Duration = Duration::from_secs(20);

/// How long the first start waits for the token before it gives up.
const FIRST_ANSWER: Duration = Duration::from_secs(30);

/// How often a trouble that lasts is told again.
const AGAIN: Duration = Duration::from_secs(600);

/// The trouble that was told last. A worker is started again every few seconds while its token is away: that is no news.
struct Told {
    reason: String,
    at: Instant,
}

/// Whether a trouble is to be told now: it is another one, or was told long ago.
fn is_news(told: &mut Option<Told>, reason: &str, now: Instant) -> bool {
    let known = told.as_ref().is_some_and(|told| told.reason == reason && now < told.at + AGAIN);
    if !known {
        *told = Some(Told { reason: reason.to_owned(), at: now });
    }
    !known
}

/// What the worker that runs, or ran last, said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Nothing,
    Ready,
    PinRefused,
}

/// The worker, or that there is none.
pub(crate) struct TokenWorker {
    /// `None` when no token is configured: then it is never started.
    token: Option<(Pkcs11Settings, Pin)>,
    /// The cluster of custom key stores whose token it is; `None`: the token with the root key.
    cluster: Option<String>,
    running: Option<Running<Channel>>,
    back_off: BackOff,
    standing: Standing,
    /// The number of the line that the vault was given last.
    line: u64,
    /// Until when the first start waits for an answer. `None` when it needs no token, or had its answer.
    awaited_until: Option<Instant>,
    /// Why it does not serve, if that was told.
    told: Option<Told>,
}

impl TokenWorker {
    /// `first_start`: whether there is no state yet; then the token has to make the root key.
    pub(crate) fn new(config: &Config, kept: KeptPin, first_start: bool) -> Self {
        let token = config.pkcs11.clone().map(|settings| {
            let pin = Pin::new(settings.pin.clone(), kept);
            (settings, pin)
        });
        let awaited = first_start && config.root == RootChoice::Pkcs11;
        Self {
            token,
            cluster: None,
            running: None,
            back_off: BackOff::new(),
            standing: Standing::Nothing,
            line: 0,
            awaited_until: awaited.then(|| Instant::now() + FIRST_ANSWER),
            told: None,
        }
    }

    /// The worker of a cluster's token. Nothing waits for it.
    pub(crate) fn of_cluster(settings: &ClusterSettings) -> Self {
        let pin = Pin::new(settings.token.pin.clone(), None);
        Self {
            token: Some((settings.token.clone(), pin)),
            cluster: Some(settings.id.clone()),
            running: None,
            back_off: BackOff::new(),
            standing: Standing::Nothing,
            line: 0,
            awaited_until: None,
            told: None,
        }
    }

    fn cluster(&self) -> Option<&str> {
        self.cluster.as_deref()
    }

    /// Whether it was started just now and has not said yet how the token takes its PIN.
    pub(crate) fn is_logging_in(&self) -> bool {
        let young = self.running.as_ref().is_some_and(|running| running.age() < START_MAX);
        young && self.standing == Standing::Nothing
    }

    /// Whether the token refused the PIN.
    pub(crate) fn pin_was_refused(&self) -> bool {
        self.standing == Standing::PinRefused
    }

    /// Until when everything else waits for the token, on a first start.
    pub(crate) fn awaited_until(&self) -> Option<Instant> {
        self.awaited_until
    }

    /// An error when a first start has waited long enough.
    pub(crate) fn check_patience(&self, now: Instant) -> Result<(), SupervisorError> {
        match self.awaited_until {
            Some(until) if until <= now => {
                let seconds = FIRST_ANSWER.as_secs();
                Err(SupervisorError::Pkcs11(format!("the library did not answer within {seconds} s")))
            }
            _ => Ok(()),
        }
    }

    /// When it is to be started.
    pub(crate) fn due(&self) -> Option<Instant> {
        let stopped = self.token.is_some() && self.running.is_none() && self.standing != Standing::PinRefused;
        stopped.then(|| self.back_off.due()).flatten()
    }

    /// Whether it is to be started now, once for each end.
    pub(crate) fn take_due(&mut self, now: Instant) -> bool {
        self.due().is_some() && self.back_off.take_due(now)
    }

    /// The generation of the one that runs.
    pub(crate) fn generation(&self) -> Option<u64> {
        self.running.as_ref().map(|running| running.generation)
    }

    /// Whether this is the worker that runs.
    pub(crate) fn is(&self, generation: u64) -> bool {
        self.running.as_ref().is_some_and(|running| running.generation == generation)
    }

    /// Starts it, with a line to the vault if one runs. A failure is tried again.
    pub(crate) fn start(
        &mut self,
        generation: u64,
        events: SyncSender<Event>,
        vault: Option<&CustodyChannel>,
    ) {
        let Some((settings, pin)) = &self.token else { return };
        match begin(settings, pin, generation, events) {
            Ok((running, near)) => {
                let pid = running.process_id();
                match self.told {
                    None => tracing::info!(pid, cluster = self.cluster(), "token worker started"),
                    Some(_) => tracing::debug!(pid, cluster = self.cluster(), "token worker started again"),
                }
                self.running = Some(running);
                self.standing = Standing::Nothing;
                self.hand_over(generation, near, vault);
            }
            Err(error) => {
                if is_news(&mut self.told, &error.to_string(), Instant::now()) {
                    tracing::error!(%error, cluster = self.cluster(), "the token worker cannot be started; it is tried again");
                }
                self.back_off.died(Life::Unserved, Instant::now());
            }
        }
    }

    /// A new line between a vault that was just started and the worker. Without a worker the line is dead until there is one:
    /// a vault that has none before its start does not watch the token.
    pub(crate) fn connect(&mut self, number: u64, vault: &CustodyChannel) {
        if self.token.is_none() {
            return;
        }
        let (near, far) = match new_line() {
            Ok(ends) => ends,
            Err(error) => {
                tracing::error!(%error, "vault and token worker cannot be connected");
                return;
            }
        };
        let sent = self.running.as_ref().map(|running| {
            (running.generation, running.channel.send(&ToTokenWorker::Line, &[far.as_fd()]).is_ok())
        });
        if let Some((generation, false)) = sent {
            self.died(generation);
        }
        self.hand_over(number, near, Some(vault));
    }

    fn hand_over(&mut self, number: u64, socket: UnixStream, vault: Option<&CustodyChannel>) {
        self.line = number;
        if let Some(vault) = vault {
            let timeout_seconds = self.token.as_ref().map_or(1, |(settings, _)| settings.timeout_seconds);
            let line = Pkcs11Line { number, socket, timeout_seconds };
            let message = match &self.cluster {
                Some(cluster) => ToVault::Cluster(ClusterLine { cluster: cluster.clone(), line }),
                None => ToVault::Pkcs11(line),
            };
            // If it died already, its end is an event that follows.
            let _ = vault.send_to_vault(&message);
        }
    }

    /// What the worker says. An error when the first start cannot go on without the token.
    pub(crate) fn hear(&mut self, message: FromTokenWorker) -> Result<(), SupervisorError> {
        let awaited = self.awaited_until.take().is_some();
        match message {
            FromTokenWorker::Ready(report) => {
                tracing::info!(%report, cluster = self.cluster(), "token worker serves");
                self.standing = Standing::Ready;
                self.running.iter_mut().for_each(Running::serves);
                self.told = None;
            }
            FromTokenWorker::PinRefused(reason) if awaited => {
                self.standing = Standing::PinRefused;
                return Err(SupervisorError::PinRefused(format!("PKCS#11: {reason}")));
            }
            FromTokenWorker::RestartNeeded(reason) if awaited => {
                // It lives on, but logs in no more: an end must not wait for that.
                self.end_running();
                return Err(SupervisorError::Pkcs11(reason));
            }
            FromTokenWorker::Failed(reason) if awaited => return Err(SupervisorError::Pkcs11(reason)),
            FromTokenWorker::PinRefused(reason) => {
                tracing::error!(
                    %reason,
                    cluster = self.cluster(),
                    "the PIN is not tried again: correct it, then strongroom vault unseal --configured-root or a new start"
                );
                self.standing = Standing::PinRefused;
            }
            FromTokenWorker::RestartNeeded(reason) => {
                if is_news(&mut self.told, &reason, Instant::now()) {
                    tracing::warn!(%reason, cluster = self.cluster(), "the token is away; the token worker is started again until it is back");
                }
                self.end_running();
            }
            // Its end is an event that follows.
            FromTokenWorker::Failed(reason) => {
                if is_news(&mut self.told, &reason, Instant::now()) {
                    tracing::error!(%reason, cluster = self.cluster(), "token worker failed; it is started again until it serves");
                }
            }
        }
        Ok(())
    }

    /// The vault says that the worker on this line does not answer, or has closed it. Whether the vault needs another line: to
    /// load a library and log in may take longer than a call may.
    pub(crate) fn hung(&mut self, number: u64) -> bool {
        let Some(running) = self.running.as_ref().filter(|_| number == self.line) else { return false };
        if self.standing == Standing::Nothing && running.age() < START_MAX {
            return true;
        }
        tracing::error!(cluster = self.cluster(), "the token worker does not answer and is started again");
        self.end_running();
        false
    }

    /// It ended: it is started again after a while.
    pub(crate) fn died(&mut self, generation: u64) {
        if self.is(generation) {
            self.end_running();
        }
    }

    fn end_running(&mut self) {
        let Some(running) = self.running.take() else { return };
        self.back_off.died(running.life(), Instant::now());
        let status = running.end().map(|status| status.to_string()).unwrap_or_default();
        match self.told {
            None => tracing::info!(%status, cluster = self.cluster(), "token worker ended"),
            Some(_) => tracing::debug!(%status, cluster = self.cluster(), "token worker ended again"),
        }
    }

    /// An operator's word that the PIN may be tried again, if another one can have been put in its place.
    pub(crate) fn allow_again(&mut self) {
        let can_change = self.token.as_ref().is_some_and(|(_, pin)| pin.can_change());
        if self.standing == Standing::PinRefused && can_change {
            self.end();
            self.standing = Standing::Nothing;
            self.back_off = BackOff::new();
        }
    }

    /// It has nothing to finish.
    pub(crate) fn end(&mut self) {
        if let Some(running) = self.running.take() {
            let _ = running.end();
        }
    }
}

/// Refuses libraries and PINs that are not there, before anything is made.
pub(crate) fn check(config: &Config, kept: &KeptPin) -> Result<(), SupervisorError> {
    for cluster in &config.clusters {
        check_token(&cluster.token, &None)?;
    }
    match &config.pkcs11 {
        Some(settings) => check_token(settings, kept),
        None if config.root == RootChoice::Pkcs11 => {
            Err(SupervisorError::Pkcs11("no token is configured".to_owned()))
        }
        None => Ok(()),
    }
}

fn check_token(settings: &Pkcs11Settings, kept: &KeptPin) -> Result<(), SupervisorError> {
    if !settings.module.is_file() {
        let missing = format!("there is no library at {}", settings.module.display());
        return Err(SupervisorError::Pkcs11(missing));
    }
    Pin::new(settings.pin.clone(), kept.clone()).open().map(drop)
}

/// Starts a worker: with it comes the vault's end of its line.
fn begin(
    settings: &Pkcs11Settings,
    pin: &Pin,
    generation: u64,
    events: SyncSender<Event>,
) -> Result<(Running<Channel>, UnixStream), SupervisorError> {
    let system = |error: io::Error| SupervisorError::System(error.to_string());
    let pin = pin.open()?;
    let (near, far) = new_line().map_err(system)?;
    let running = start_token_worker(generation, events)?;
    let start = StartTokenWorker {
        module: settings.module.clone(),
        token_label: settings.token_label.clone(),
        token_serial: settings.token_serial.clone(),
        sessions: SESSIONS,
        paths: settings.paths.clone(),
    };
    // If it died already, its end is an event that follows.
    let _ = running.channel.send(&ToTokenWorker::Start(start), &[pin.as_fd(), far.as_fd()]);
    Ok((running, near))
}

/// The vault's end of a line, whose options are set here because the vault may not, and the worker's.
fn new_line() -> io::Result<(UnixStream, UnixStream)> {
    let (near, far) = UnixStream::pair()?;
    prepare_line(&near)?;
    Ok((near, far))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    /// The worker of a first start's root, which logs in. In its place runs a program that waits for its end.
    pub(crate) fn logging_in(generation: u64) -> TokenWorker {
        let waits = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let (near, _) = UnixStream::pair().unwrap();
        TokenWorker {
            token: None,
            cluster: None,
            running: Some(Running::new(Channel::new(near), generation, waits)),
            back_off: BackOff::new(),
            standing: Standing::Nothing,
            line: 0,
            awaited_until: Some(Instant::now() + FIRST_ANSWER),
            told: None,
        }
    }

    #[test]
    fn worker_whose_token_is_away_is_ended_at_a_first_start_too() {
        let mut worker = logging_in(7);
        assert!(worker.is_logging_in(), "the control");
        let heard = worker.hear(FromTokenWorker::RestartNeeded("away".to_owned()));
        assert!(matches!(heard, Err(SupervisorError::Pkcs11(reason)) if reason == "away"));
        assert!(!worker.is_logging_in() && !worker.is(7));
    }

    #[test]
    fn worker_that_does_not_answer_is_ended_unless_it_may_still_be_logging_in() {
        let mut worker = logging_in(7);
        assert!(!worker.hung(1), "another line's");
        assert!(worker.hung(0) && worker.is(7), "the vault gets another line");
        let old = Instant::now().checked_sub(START_MAX).unwrap();
        worker.running = worker.running.take().map(|running| running.since(old));
        assert!(!worker.hung(0) && !worker.is(7), "it had its time");
        let mut worker = logging_in(7);
        worker.hear(FromTokenWorker::Ready("it serves".to_owned())).unwrap();
        assert!(!worker.hung(0) && !worker.is(7), "one that served has logged in");
    }

    #[test]
    fn trouble_is_told_once_and_again_after_a_while() {
        let (mut told, now) = (None, Instant::now());
        assert!(is_news(&mut told, "away", now));
        assert!(!is_news(&mut told, "away", now + Duration::from_secs(599)));
        assert!(is_news(&mut told, "away", now + AGAIN));
        assert!(is_news(&mut told, "another", now + AGAIN));
        assert!(!is_news(&mut told, "another", now + AGAIN));
    }
}
