//! A process that the front does without if need be, as the supervisor sees it: started again after each end, connected
//! to each front. `fetcher` and `courier` say what such a process is told.

use crate::SupervisorError;
use crate::children::{BackOff, Life, Running};
use serde::Serialize;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::time::Instant;
use strongroom_control::Channel;

/// The process, or that there is none.
pub(crate) struct OutwardProcess {
    /// What the operator's log calls it.
    name: &'static str,
    running: Option<Running<Channel>>,
    /// `None` when it has nothing to do: then it is never started.
    back_off: Option<BackOff>,
    /// Whether it was started and has no channel to a front yet.
    is_new: bool,
}

impl OutwardProcess {
    pub(crate) fn new(name: &'static str, wanted: bool) -> Self {
        Self { name, running: None, back_off: wanted.then(BackOff::new), is_new: false }
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

    /// What came of starting it; gives the channel to tell it what it is to do. The service does without it if need be: a
    /// failure is tried again.
    pub(crate) fn started(&mut self, outcome: Result<Running<Channel>, SupervisorError>) -> Option<&Channel> {
        match outcome {
            Ok(running) => {
                tracing::info!(pid = running.process_id(), "{} started", self.name);
                self.is_new = true;
                Some(&self.running.insert(running).channel)
            }
            Err(error) => {
                tracing::error!(%error, "the {} cannot be started", self.name);
                self.start_later(Life::Unserved);
                None
            }
        }
    }

    /// The end of a new channel to it for a front, if it runs and that front has none; `message` goes to it with the other
    /// end. One that does not take it is hung and ended.
    pub(crate) fn connect<M: Serialize>(&mut self, front_is_new: bool, message: &M) -> Option<UnixStream> {
        let wanted = std::mem::take(&mut self.is_new) || front_is_new;
        let running = self.running.as_ref().filter(|_| wanted)?;
        let (near, far) = match UnixStream::pair() {
            Ok(pair) => pair,
            Err(error) => {
                tracing::error!(%error, "front and {} cannot be connected", self.name);
                return None;
            }
        };
        if running.channel.send(message, &[far.as_fd()]).is_ok() {
            return Some(near);
        }
        let generation = running.generation;
        self.died(generation);
        None
    }

    /// It ended: it is started again after a while.
    pub(crate) fn died(&mut self, generation: u64) {
        let Some(running) = self.running.take_if(|running| running.generation == generation) else { return };
        self.start_later(running.life());
        let status = running.end().map(|status| status.to_string()).unwrap_or_default();
        tracing::error!(%status, "{} ended and is started again", self.name);
    }

    fn start_later(&mut self, life: Life) {
        if let Some(back_off) = &mut self.back_off {
            back_off.died(life, Instant::now());
        }
    }

    /// Ends it, after what it is to finish.
    pub(crate) fn end(&mut self, finish: impl FnOnce(&mut Running<Channel>)) {
        if let Some(mut running) = self.running.take() {
            finish(&mut running);
            let _ = running.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed() -> Result<Running<Channel>, SupervisorError> {
        Err(SupervisorError::System("no more processes".to_owned()))
    }

    #[test]
    fn one_that_nobody_wants_is_never_started() {
        let mut process = OutwardProcess::new("fetcher", false);
        assert!(process.due().is_none() && !process.take_due(Instant::now()));
        assert!(process.started(failed()).is_none());
        assert!(process.due().is_none(), "not even after a failure");
    }

    #[test]
    fn failed_start_is_tried_again_and_has_no_channel() {
        let mut process = OutwardProcess::new("fetcher", true);
        assert!(process.take_due(Instant::now()));
        assert!(!process.take_due(Instant::now()), "once for each end");
        assert!(process.started(failed()).is_none());
        let due = process.due().unwrap();
        assert!(process.connect(true, &"the front").is_none() && process.generation().is_none());
        assert!(process.take_due(due));
    }
}
