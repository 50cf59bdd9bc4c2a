//! The processes that the front does without if need be: the fetcher, and the courier. Both say what they have to say
//! to the front, over channels that are made here.

use crate::children::{start_courier, start_fetcher};
use crate::outward_process::OutwardProcess;
use crate::supervise::Event;
use crate::{Config, Folders, courier, fetcher};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;
use std::time::Instant;
use strongroom_control::{ToCourier, ToFetcher, ToFront};

/// Both, or that there is none.
pub(crate) struct Outward {
    data_dir: PathBuf,
    fetcher: OutwardProcess,
    courier: OutwardProcess,
}

impl Outward {
    pub(crate) fn new(config: &Config, folders: &Folders) -> Self {
        Self {
            data_dir: folders.data_dir.clone(),
            fetcher: OutwardProcess::new("fetcher", fetcher::is_wanted(config)),
            courier: OutwardProcess::new("courier", courier::is_wanted(config)),
        }
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
            let outcome = start_fetcher(*generation, events.clone(), &config.log_level);
            if let Some(channel) = self.fetcher.started(outcome) {
                fetcher::instruct(channel, config);
            }
        }
        let courier = self.courier.take_due(now);
        if courier {
            *generation += 1;
            let outcome = start_courier(*generation, events.clone(), &config.log_level);
            if let Some(channel) = self.courier.started(outcome) {
                courier::instruct(channel, config, &self.data_dir);
            }
        }
        fetcher || courier
    }

    /// What a front that runs is told of them: the message, and the descriptor that goes with it. A front that is new
    /// is told of all.
    pub(crate) fn connect(&mut self, front_is_new: bool) -> Vec<(ToFront, UnixStream)> {
        let fetcher = self.fetcher.connect(front_is_new, &ToFetcher::Front);
        let courier = self.courier.connect(front_is_new, &ToCourier::Front);
        let fetcher = fetcher.map(|end| (ToFront::Fetcher, end));
        fetcher.into_iter().chain(courier.map(|end| (ToFront::Courier, end))).collect()
    }

    pub(crate) fn fetcher_died(&mut self, generation: u64) {
        self.fetcher.died(generation);
    }

    pub(crate) fn courier_died(&mut self, generation: u64) {
        self.courier.died(generation);
    }

    /// After the front: what it wrote last is delivered too. The fetcher has nothing to finish.
    pub(crate) fn end(&mut self) {
        self.courier.end(courier::finish);
        self.fetcher.end(|_| {});
    }
}
