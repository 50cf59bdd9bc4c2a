//! The processes that the front does without if need be: the fetcher, and the courier. Both say what they have to say
//! to the front, over channels that are made here.

use crate::courier::Courier;
use crate::fetcher::Fetcher;
use crate::supervise::Event;
use crate::{Config, Folders};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::SyncSender;
use std::time::Instant;
use strongroom_control::ToFront;

/// Both, or that there is none.
pub(crate) struct Outward {
    fetcher: Fetcher,
    courier: Courier,
    /// Whether they were started and have no channel to a front yet.
    fetcher_is_new: bool,
    courier_is_new: bool,
}

impl Outward {
    pub(crate) fn new(config: &Config, folders: &Folders) -> Self {
        let (fetcher, courier) = (Fetcher::new(config), Courier::new(config, folders));
        Self { fetcher, courier, fetcher_is_new: false, courier_is_new: false }
    }

    /// The generations of those that run: fetcher, courier.
    pub(crate) fn generations(&self) -> [Option<u64>; 2] {
        [self.fetcher.generation(), self.courier.generation()]
    }

    /// When one of them is to be started.
    pub(crate) fn due(&self) -> Option<Instant> {
        [self.fetcher.due(), self.courier.due()].into_iter().flatten().min()
    }

    /// Starts what is due. Whether anything was.
    pub(crate) fn start_due(
        &mut self,
        now: Instant,
        generation: &mut u64,
        events: &SyncSender<Event>,
        config: &Config,
    ) -> bool {
        let fetcher = self.fetcher.take_due(now);
        if fetcher {
            *generation += 1;
            self.fetcher.start(*generation, events.clone(), config);
            self.fetcher_is_new = true;
        }
        let courier = self.courier.take_due(now);
        if courier {
            *generation += 1;
            self.courier.start(*generation, events.clone(), config);
            self.courier_is_new = true;
        }
        fetcher || courier
    }

    /// What a front that runs is told of them: the message, and the descriptor that goes with it. A front that is new
    /// is told of all.
    pub(crate) fn connect(&mut self, front_is_new: bool) -> Vec<(ToFront, UnixStream)> {
        let mut told = Vec::new();
        if std::mem::take(&mut self.fetcher_is_new) || front_is_new {
            told.extend(self.fetcher.connect().map(|end| (ToFront::Fetcher, end)));
        }
        if std::mem::take(&mut self.courier_is_new) || front_is_new {
            told.extend(self.courier.connect().map(|end| (ToFront::Courier, end)));
        }
        told
    }

    pub(crate) fn fetcher_died(&mut self, generation: u64) {
        self.fetcher.died(generation);
    }

    pub(crate) fn courier_died(&mut self, generation: u64) {
        self.courier.died(generation);
    }

    /// After the front: what it wrote last is delivered too.
    pub(crate) fn end(&mut self) {
        self.courier.end();
        self.fetcher.end();
    }
}
