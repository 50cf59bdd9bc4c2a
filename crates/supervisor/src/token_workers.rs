//! All token workers: that of the token with the root key, and one for each cluster of custom key stores. They live and die
//! each for itself; only a first start waits for the root's.

use crate::front_words::FrontWords;
use crate::pin_source::KeptPin;
use crate::supervise::Event;
use crate::token_worker::TokenWorker;
use crate::{Config, SupervisorError};
use std::iter;
use std::sync::mpsc::{Receiver, SyncSender};
use std::time::{Duration, Instant};
use strongroom_control::FromTokenWorker;
use strongroom_vault_protocol::CustodyChannel;

/// How long a service that ends with an error waits for a login that is under way.
const LOGIN_MAX: Duration = Duration::from_secs(10);

/// The workers.
pub(crate) struct TokenWorkers {
    root: TokenWorker,
    clusters: Vec<TokenWorker>,
}

/// The next number of a process or a line; all are counted together.
fn next(numbers: &mut u64) -> u64 {
    *numbers += 1;
    *numbers
}

impl TokenWorkers {
    /// `first_start`: whether there is no state yet; then the root's token has to make the root key.
    pub(crate) fn new(config: &Config, kept: KeptPin, first_start: bool) -> Self {
        Self {
            root: TokenWorker::new(config, kept, first_start),
            clusters: config.clusters.iter().map(TokenWorker::of_cluster).collect(),
        }
    }

    fn all(&self) -> impl Iterator<Item = &TokenWorker> {
        iter::once(&self.root).chain(&self.clusters)
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut TokenWorker> {
        iter::once(&mut self.root).chain(&mut self.clusters)
    }

    /// The generation of the one that was started last: every start anew makes a higher one.
    pub(crate) fn generation(&self) -> Option<u64> {
        self.all().filter_map(TokenWorker::generation).max()
    }

    /// Until when everything else waits for the root's token, on a first start.
    pub(crate) fn awaited_until(&self) -> Option<Instant> {
        self.root.awaited_until()
    }

    /// An error when a first start has waited long enough.
    pub(crate) fn check_patience(&self, now: Instant) -> Result<(), SupervisorError> {
        self.root.check_patience(now)
    }

    /// When the next one is to be started.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.all().filter_map(TokenWorker::due).min()
    }

    /// Starts what is to be started now, with lines to the vault if one runs.
    pub(crate) fn start_due(
        &mut self,
        now: Instant,
        numbers: &mut u64,
        events: &SyncSender<Event>,
        vault: Option<&CustodyChannel>,
    ) {
        for worker in self.all_mut() {
            if worker.take_due(now) {
                worker.start(next(numbers), events.clone(), vault);
            }
        }
    }

    /// What one of them says. An error when the first start cannot go on without the token.
    pub(crate) fn hear(&mut self, from: u64, message: FromTokenWorker) -> Result<(), SupervisorError> {
        match self.all_mut().find(|worker| worker.is(from)) {
            Some(worker) => worker.hear(message),
            None => Ok(()),
        }
    }

    /// New lines between a vault that was just started and the workers, before its start.
    pub(crate) fn connect(&mut self, numbers: &mut u64, vault: &CustodyChannel) {
        for worker in self.all_mut() {
            worker.connect(next(numbers), vault);
        }
    }

    /// The vault says that the worker on this line, in decimal, does not answer, or has closed it.
    pub(crate) fn hung(&mut self, line: &str, numbers: &mut u64, vault: Option<&CustodyChannel>) {
        let Ok(line) = line.parse() else { return };
        for worker in self.all_mut() {
            if worker.hung(line)
                && let Some(vault) = vault
            {
                worker.connect(next(numbers), vault);
            }
        }
    }

    /// One of them ended.
    pub(crate) fn died(&mut self, generation: u64) {
        self.all_mut().for_each(|worker| worker.died(generation));
    }

    /// An operator's word that PINs may be tried again.
    pub(crate) fn allow_again(&mut self) {
        self.all_mut().for_each(TokenWorker::allow_again);
    }

    /// Whether a token refused its PIN. A login that is under way is waited for: whoever starts the service again would repeat it.
    /// The front may serve meanwhile.
    pub(crate) fn hear_of_refused_pin(
        &mut self,
        events: &Receiver<Event>,
        words: &mut FrontWords,
        vault: Option<&CustodyChannel>,
    ) -> bool {
        let until = Instant::now() + LOGIN_MAX;
        while self.all().any(TokenWorker::is_logging_in) {
            match events.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Event::FromToken(from, message)) => {
                    // The service ends already, for another reason.
                    let _ = self.hear(from, message);
                }
                Ok(Event::TokenGone(from)) => self.died(from),
                // Whoever stops the service does not start it again.
                Ok(Event::Stop) | Err(_) => break,
                Ok(event) => words.take_last(event, vault),
            }
        }
        self.all().any(TokenWorker::pin_was_refused)
    }

    /// They have nothing to finish.
    pub(crate) fn end(&mut self) {
        self.all_mut().for_each(TokenWorker::end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front_words::tests::words;
    use crate::keeper::Kept;
    use crate::token_worker::tests::logging_in;
    use serde_json::json;
    use std::sync::mpsc::{channel, sync_channel};
    use strongroom_control::FromFront;

    /// Whether a refused PIN is heard of when these events follow a failure while the root's worker, number 7, logs in.
    fn is_heard_of(following: Vec<Event>, words: &mut FrontWords) -> bool {
        let mut workers = TokenWorkers { root: logging_in(7), clusters: Vec::new() };
        let (sender, events) = channel();
        for event in following {
            sender.send(event).unwrap();
        }
        let heard = workers.hear_of_refused_pin(&events, words, None);
        workers.end();
        heard
    }

    fn refused() -> Event {
        Event::FromToken(7, FromTokenWorker::PinRefused("wrong".to_owned()))
    }

    #[test]
    fn login_under_way_is_waited_for_unless_the_service_is_stopped() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        assert!(is_heard_of(vec![Event::CertificateReplaced, refused()], &mut words), "the control");
        assert!(!is_heard_of(vec![Event::Stop, refused()], &mut words));
    }

    #[test]
    fn what_the_front_has_kept_while_a_login_is_waited_for_is_kept() {
        let temporary = tempfile::tempdir().unwrap();
        let mut words = words(temporary.path());
        let (operator, told) = sync_channel(1);
        let id = words.calls.new_id();
        words.calls.wait(id, operator, false);
        let said = [
            FromFront::Anchor { text: "anchor\n".to_owned() },
            FromFront::LogKeys { text: "keys\n".to_owned() },
            FromFront::LogCheckpoint { text: "checkpoint\n".to_owned() },
            FromFront::Operator { id, reply: Ok(json!({ "Done": 1 })) },
        ];
        let mut following: Vec<Event> =
            said.into_iter().map(|message| Event::FromFront(1, message)).collect();
        following.push(refused());
        assert!(is_heard_of(following, &mut words));
        assert_eq!(told.try_recv().unwrap(), Ok(json!({ "Done": 1 })));
        for (what, text) in
            [(Kept::Anchor, "anchor\n"), (Kept::LogKeys, "keys\n"), (Kept::LogCheckpoint, "checkpoint\n")]
        {
            assert_eq!(words.keeper.read(what).unwrap().as_deref(), Some(text), "{what:?}");
        }
    }
}
