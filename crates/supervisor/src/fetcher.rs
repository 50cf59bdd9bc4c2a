//! The fetcher, while the operator lists issuers whose key sets may be fetched: started, connected to the front, started
//! again.

use crate::Config;
use crate::children::{BackOff, Running, start_fetcher};
use crate::supervise::Event;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::SyncSender;
use std::time::Instant;
use strongroom_control::{Channel, StartFetcher, ToFetcher};

/// The fetcher, or that there is none.
pub(crate) struct Fetcher {
    running: Option<Running<Channel>>,
    /// `None` when nothing is listed: then it is never started.
    back_off: Option<BackOff>,
}

impl Fetcher {
    pub(crate) fn new(config: &Config) -> Self {
        let back_off = (!config.oidc_issuers.is_empty()).then(BackOff::new);
        Self { running: None, back_off }
    }

    /// The generation of the one that runs.
    pub(crate) fn generation(&self) -> Option<u64> {
        self.running.as_ref().map(|running| running.generation)
    }

    /// When it is to be started.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.back_off.as_ref().and_then(BackOff::due)
    }

    /// Whether it is to be started now, once for each end.
    pub(crate) fn take_due(&mut self, now: Instant) -> bool {
        self.running.is_none() && self.back_off.as_mut().is_some_and(|back_off| back_off.take_due(now))
    }

    /// Starts it. The service does without it if need be: a failure is tried again.
    pub(crate) fn start(&mut self, generation: u64, events: SyncSender<Event>, config: &Config) {
        let running = match start_fetcher(generation, events, &config.log_level) {
            Ok(running) => running,
            Err(error) => {
                tracing::error!(%error, "the fetcher cannot be started");
                return self.start_later(false);
            }
        };
        tracing::info!(pid = running.process_id(), "fetcher started");
        let start = StartFetcher {
            issuers: config.oidc_issuers.clone(),
            authorities: config.oidc_ca.clone(),
            unconfined: config.unconfined,
        };
        // If it died already, its end is an event that follows.
        let _ = running.channel.send(&ToFetcher::Start(start), &[]);
        self.running = Some(running);
    }

    /// The front's end of a new channel to it, if it runs. One that does not take the other end is hung and ended.
    pub(crate) fn connect(&mut self) -> Option<UnixStream> {
        let running = self.running.as_ref()?;
        let (near, far) = match UnixStream::pair() {
            Ok(pair) => pair,
            Err(error) => {
                tracing::error!(%error, "front and fetcher cannot be connected");
                return None;
            }
        };
        if running.channel.send(&ToFetcher::Front, &[far.as_fd()]).is_ok() {
            return Some(near);
        }
        let generation = running.generation;
        self.died(generation);
        None
    }

    /// It ended: it is started again after a while.
    pub(crate) fn died(&mut self, generation: u64) {
        let Some(running) = self.running.take_if(|running| running.generation == generation) else { return };
        self.start_later(running.was_steady());
        let status = running.end().map(|status| status.to_string()).unwrap_or_default();
        tracing::error!(%status, "fetcher ended and is started again");
    }

    fn start_later(&mut self, was_steady: bool) {
        if let Some(back_off) = &mut self.back_off {
            back_off.died(was_steady, Instant::now());
        }
    }

    /// It has nothing to finish.
    pub(crate) fn end(&mut self) {
        if let Some(running) = self.running.take() {
            let _ = running.end();
        }
    }
}
