//! The fetcher's one loop: tries begin and end, the front comes, goes and asks.

use crate::fetch::{FetchError, Network, fetch};
use crate::issuer::Issuer;
use crate::watch::{Change, Watch};
use std::io::ErrorKind;
use std::sync::Arc;
use strongroom_control::{Channel, ChannelError, KeyNews};
use strongroom_types::Random;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// What happens beside tries.
pub(crate) enum Event {
    /// There is a front that knows nothing yet.
    Front(Box<dyn Front>),
    /// The front needs a fresh key set of an issuer.
    Wanted(String),
    /// The supervisor is gone.
    End,
}

/// Who is told what was fetched.
pub(crate) trait Front: Send {
    /// Hands news over.
    fn tell(&self, news: &KeyNews) -> Result<(), ChannelError>;
}

impl Front for Channel {
    fn tell(&self, news: &KeyNews) -> Result<(), ChannelError> {
        self.send(news, &[])
    }
}

/// Why the loop ended though the supervisor is there; another fetcher does better.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RoundsError {
    #[error("the front does not take its news: {0}")]
    Front(#[from] ChannelError),
    #[error("a try failed inside")]
    Try,
    #[error("the file that names the name servers was replaced, and this process may only read the old one")]
    NameServers,
}

/// All issuers.
pub(crate) struct Rounds<N, R> {
    network: Arc<N>,
    random: R,
    /// Whether names are looked up elsewhere than this process can see.
    name_servers_replaced: Box<dyn Fn() -> bool + Send>,
    watches: Vec<Watch>,
    tries: JoinSet<(usize, Result<String, FetchError>)>,
    front: Option<Box<dyn Front>>,
}

impl<N: Network, R: Random> Rounds<N, R> {
    pub(crate) fn new(
        issuers: Vec<Issuer>,
        network: N,
        random: R,
        name_servers_replaced: Box<dyn Fn() -> bool + Send>,
    ) -> Self {
        let now = Instant::now();
        let watches = issuers.into_iter().map(|issuer| Watch::new(issuer, now)).collect();
        let network = Arc::new(network);
        Self { network, random, name_servers_replaced, watches, tries: JoinSet::new(), front: None }
    }

    /// Goes on until the supervisor is gone.
    pub(crate) async fn run(mut self, mut events: mpsc::Receiver<Event>) -> Result<(), RoundsError> {
        loop {
            self.begin_what_is_due();
            let next = self.watches.iter().filter_map(Watch::next).min();
            tokio::select! {
                event = events.recv() => match event {
                    Some(Event::Front(front)) => self.meet(front)?,
                    Some(Event::Wanted(issuer)) => self.want(&issuer),
                    Some(Event::End) | None => return Ok(()),
                },
                Some(tried) = self.tries.join_next() => {
                    let (index, outcome) = tried.map_err(|_| RoundsError::Try)?;
                    self.end_try(index, outcome)?;
                }
                () = until(next) => {}
            }
        }
    }

    fn begin_what_is_due(&mut self) {
        let now = Instant::now();
        for (index, watch) in self.watches.iter_mut().enumerate() {
            if watch.begin_if_due(now) {
                let (network, issuer) = (self.network.clone(), watch.issuer().clone());
                self.tries.spawn(async move { (index, fetch(&*network, &issuer).await) });
            }
        }
    }

    fn end_try(&mut self, index: usize, outcome: Result<String, FetchError>) -> Result<(), RoundsError> {
        let unreachable = matches!(outcome, Err(FetchError::Connect(_)));
        let Some(watch) = self.watches.get_mut(index) else { return Ok(()) };
        let now = Instant::now();
        let change = watch.end(outcome, now, &self.random);
        let (issuer, reason) = (watch.issuer().name(), watch.failing().unwrap_or_default());
        match change {
            Change::None => {}
            Change::Works => tracing::info!(issuer, "the key set of an identity provider is fetched"),
            Change::Fails => {
                tracing::warn!(issuer, reason, "the key set of an identity provider cannot be fetched");
            }
        }
        let news = watch.last_news(now);
        if let Some(news) = news {
            self.tell(&news)?;
        }
        if unreachable && (self.name_servers_replaced)() {
            return Err(RoundsError::NameServers);
        }
        Ok(())
    }

    /// A front that was started just now, or again, learns all that is known.
    fn meet(&mut self, front: Box<dyn Front>) -> Result<(), RoundsError> {
        self.front = Some(front);
        let now = Instant::now();
        let news: Vec<KeyNews> = self.watches.iter().flat_map(|watch| watch.all_news(now)).collect();
        news.iter().try_for_each(|news| self.tell(news))
    }

    fn want(&mut self, issuer: &str) {
        let now = Instant::now();
        // The front may be broken into: what is not on the list is not fetched.
        if let Some(watch) = self.watches.iter_mut().find(|watch| watch.issuer().name() == issuer) {
            watch.want(now);
        }
    }

    /// A front that is gone will be followed by another; one that does not listen is not waited for a second time.
    fn tell(&mut self, news: &KeyNews) -> Result<(), RoundsError> {
        let Some(front) = &self.front else { return Ok(()) };
        match front.tell(news) {
            Err(error) if is_gone(&error) => {
                self.front = None;
                Ok(())
            }
            told => Ok(told?),
        }
    }
}

fn is_gone(error: &ChannelError) -> bool {
    match error {
        ChannelError::Closed => true,
        ChannelError::Io(error) => {
            matches!(
                error.kind(),
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset | ErrorKind::NotConnected
            )
        }
        ChannelError::TooLong(_) | ChannelError::Malformed(_) => false,
    }
}

async fn until(next: Option<Instant>) {
    match next {
        Some(next) => sleep_until(next).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
#[path = "rounds_tests.rs"]
mod tests;
