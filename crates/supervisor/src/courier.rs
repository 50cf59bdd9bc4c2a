//! The courier, while the operator has the audit log delivered to sinks: started, connected to the front and to a
//! dialler, started again.

use crate::children::{BackOff, Running, start_courier};
use crate::supervise::Event;
use crate::{Config, Folders, dialler};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};
use strongroom_control::{Channel, SinkSetting, StartCourier, ToCourier};

/// How long the courier may take over its last batches; it takes 2 s at most by itself.
const SHUTDOWN: Duration = Duration::from_secs(4);

/// The courier, or that there is none.
pub(crate) struct Courier {
    data_dir: PathBuf,
    running: Option<Running<Channel>>,
    /// `None` when there are no sinks, no witnesses and no collector: then it is never started.
    back_off: Option<BackOff>,
}

impl Courier {
    pub(crate) fn new(config: &Config, folders: &Folders) -> Self {
        let collector = config.traces.as_ref().is_some_and(|traces| traces.collector.is_some());
        let wanted = collector || !config.audit_sinks.is_empty() || !config.audit_witnesses.is_empty();
        let back_off = wanted.then(BackOff::new);
        Self { data_dir: folders.data_dir.clone(), running: None, back_off }
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
        let running = match start_courier(generation, events, &config.log_level) {
            Ok(running) => running,
            Err(error) => {
                tracing::error!(%error, "the courier cannot be started");
                return self.start_later(false);
            }
        };
        tracing::info!(pid = running.process_id(), "courier started");
        let dialler = match dialler::serve(config.audit_sinks.iter().map(SinkSetting::socket).collect()) {
            Ok(dialler) => Some(dialler),
            Err(error) => {
                tracing::error!(%error, "Unix sockets of sinks cannot be connected to");
                None
            }
        };
        let start = StartCourier {
            data_dir: self.data_dir.clone(),
            sinks: config.audit_sinks.clone(),
            witnesses: config.audit_witnesses.clone(),
            trace_collector: config.traces.as_ref().and_then(|traces| traces.collector.clone()).map(Box::new),
            unconfined: config.unconfined,
        };
        let descriptors: Vec<_> = dialler.iter().map(AsFd::as_fd).collect();
        // If it died already, its end is an event that follows.
        let _ = running.channel.send(&ToCourier::Start(start), &descriptors);
        self.running = Some(running);
    }

    /// The front's end of a new channel to it, if it runs. One that does not take the other end is hung and ended.
    pub(crate) fn connect(&mut self) -> Option<UnixStream> {
        let running = self.running.as_ref()?;
        let (near, far) = match UnixStream::pair() {
            Ok(pair) => pair,
            Err(error) => {
                tracing::error!(%error, "front and courier cannot be connected");
                return None;
            }
        };
        if running.channel.send(&ToCourier::Front, &[far.as_fd()]).is_ok() {
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
        tracing::error!(%status, "courier ended and is started again");
    }

    fn start_later(&mut self, was_steady: bool) {
        if let Some(back_off) = &mut self.back_off {
            back_off.died(was_steady, Instant::now());
        }
    }

    /// It delivers what is there, and ends; what no sink takes now is delivered after the next start.
    pub(crate) fn end(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        let told = running.channel.send(&ToCourier::Shutdown, &[]).is_ok();
        if !told || !running.ended_before(Instant::now() + SHUTDOWN) {
            tracing::warn!("courier did not end by itself");
        }
        let _ = running.end();
    }
}
