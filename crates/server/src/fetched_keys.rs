//! Key sets of identity providers that the fetcher fetched (`--oidc-issuer`): kept here for as long as they are believed,
//! and asked for anew when one is missing or a token names a key that it has not.
//!
//! The fetcher parses what others send, so what it says is bounded (the channel's message size), is taken for listed
//! issuers only, and is read by the reader of key sets.

use std::collections::HashMap;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;
use strongroom_control::{Channel, KeyNews, KeysWanted};
use strongroom_service::{Jwks, KeySetShown, NoProviderKeys, ProviderKeys};
use strongroom_types::{Clock, SystemClock};

/// How long a key set is used after it was fetched, when it cannot be fetched again.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3_600);

/// How often the fetcher is asked for one issuer: strangers can cause it.
const ASK_PAUSE: Duration = Duration::from_secs(60);

/// Asks that wait at most; what does not fit is asked for when it is needed again.
const ASKS_MAX: usize = 128;

/// Every listed issuer.
pub(crate) struct FetchedKeys {
    /// By the issuer without `https://`.
    entries: Mutex<HashMap<String, Entry>>,
    /// To the fetcher, if one runs.
    asks: Mutex<Option<SyncSender<KeysWanted>>>,
}

/// What is known of one issuer. Times are the clock's monotonic reading.
#[derive(Default)]
struct Entry {
    set: Option<KeptSet>,
    failing: Option<String>,
    asked: Option<Duration>,
}

struct KeptSet {
    keys: Arc<Jwks>,
    /// How old it was when it was received.
    age: Duration,
    received: Duration,
}

impl KeptSet {
    fn age(&self, now: Duration) -> Duration {
        self.age.saturating_add(now.saturating_sub(self.received))
    }

    fn is_believed(&self, now: Duration) -> bool {
        self.age(now) <= KEPT_FOR
    }
}

impl FetchedKeys {
    /// Of these issuers, with `https://`.
    pub(crate) fn new(issuers: &[String]) -> Self {
        let entry = |issuer: &String| (bare(issuer).to_owned(), Entry::default());
        Self { entries: Mutex::new(issuers.iter().map(entry).collect()), asks: Mutex::new(None) }
    }

    /// Takes a channel to a fetcher over; its threads end with it.
    pub(crate) fn connect(self: &Arc<Self>, socket: UnixStream) -> io::Result<()> {
        let writing = Channel::new(socket.try_clone()?);
        let listening = Channel::new(socket);
        let (sender, asks) = sync_channel(ASKS_MAX);
        let keys = self.clone();
        let listen = move || {
            while let Ok((news, _)) = listening.receive::<KeyNews>() {
                keys.take(news, SystemClock.monotonic());
            }
        };
        thread::Builder::new().name("key sets".to_owned()).spawn(listen)?;
        thread::Builder::new().name("key asks".to_owned()).spawn(move || pass_on(&writing, &asks))?;
        *self.asks.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        Ok(())
    }

    /// A poisoned lock is taken over: an entry is whole after each statement.
    fn entries(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the fetcher says.
    fn take(&self, news: KeyNews, now: Duration) {
        let mut entries = self.entries();
        match news {
            KeyNews::Fetched { issuer, jwks, age_ms } => {
                let Some(entry) = entries.get_mut(bare(&issuer)) else { return };
                match Jwks::parse(jwks.as_bytes()) {
                    Ok(keys) => {
                        let age = Duration::from_millis(age_ms);
                        entry.set = Some(KeptSet { keys: Arc::new(keys), age, received: now });
                        entry.failing = None;
                    }
                    Err(error) => entry.failing = Some(error.to_string()),
                }
            }
            KeyNews::Failed { issuer, reason } => {
                if let Some(entry) = entries.get_mut(bare(&issuer)) {
                    entry.failing = Some(reason);
                }
            }
        }
    }

    fn at(&self, issuer: &str, now: Duration) -> Result<Arc<Jwks>, NoProviderKeys> {
        let found = {
            let entries = self.entries();
            let entry = entries.get(issuer).ok_or(NoProviderKeys::Unknown)?;
            match &entry.set {
                Some(set) if set.is_believed(now) => Ok(set.keys.clone()),
                Some(_) => Err(NoProviderKeys::TooOld),
                None => Err(NoProviderKeys::NotFetched),
            }
        };
        if found.is_err() {
            self.ask(issuer, now);
        }
        found
    }

    /// Asks the fetcher for a fresh set, once a minute at most, and never waits.
    fn ask(&self, issuer: &str, now: Duration) {
        if let Some(entry) = self.entries().get_mut(issuer) {
            if entry.asked.is_some_and(|asked| now.saturating_sub(asked) < ASK_PAUSE) {
                return;
            }
            entry.asked = Some(now);
            if let Some(asks) = &*self.asks.lock().unwrap_or_else(PoisonError::into_inner) {
                let _ = asks.try_send(KeysWanted { issuer: format!("https://{issuer}") });
            }
        }
    }

    fn shown(&self, now: Duration) -> Vec<KeySetShown> {
        let shown = |(issuer, entry): (&String, &Entry)| KeySetShown {
            issuer: format!("https://{issuer}"),
            keys: entry.set.as_ref().filter(|set| set.is_believed(now)).map(|set| set.keys.usable()),
            fetched_seconds_ago: entry.set.as_ref().map(|set| set.age(now).as_secs()),
            error: entry.failing.clone(),
        };
        let mut all: Vec<KeySetShown> = self.entries().iter().map(shown).collect();
        all.sort_unstable_by(|one, other| one.issuer.cmp(&other.issuer));
        all
    }
}

impl ProviderKeys for FetchedKeys {
    fn jwks(&self, issuer: &str) -> Result<Arc<Jwks>, NoProviderKeys> {
        self.at(issuer, SystemClock.monotonic())
    }

    fn outdated(&self, issuer: &str) {
        self.ask(issuer, SystemClock.monotonic());
    }

    fn fetched(&self) -> Vec<KeySetShown> {
        self.shown(SystemClock.monotonic())
    }
}

/// Writes asks until the fetcher is gone, or another takes its place.
fn pass_on(writing: &Channel, asks: &Receiver<KeysWanted>) {
    while let Ok(wanted) = asks.recv() {
        if writing.send(&wanted, &[]).is_err() {
            return;
        }
    }
}

/// The issuer as providers and condition keys have it.
fn bare(issuer: &str) -> &str {
    issuer.strip_prefix("https://").unwrap_or(issuer)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUER: &str = "idp.example/one";
    const NONE: &str = r#"{"keys":[]}"#;
    const ONE: &str = r#"{"keys":[{"kty":"EC","crv":"P-256","kid":"k","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}"#;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn listed() -> FetchedKeys {
        FetchedKeys::new(&[format!("https://{ISSUER}")])
    }

    fn fetched(issuer: &str, jwks: &str, age_s: u64) -> KeyNews {
        KeyNews::Fetched { issuer: issuer.to_owned(), jwks: jwks.to_owned(), age_ms: age_s * 1_000 }
    }

    fn of_listed(jwks: &str, age_s: u64) -> KeyNews {
        fetched(&format!("https://{ISSUER}"), jwks, age_s)
    }

    fn failed(reason: &str) -> KeyNews {
        KeyNews::Failed { issuer: format!("https://{ISSUER}"), reason: reason.to_owned() }
    }

    fn usable(keys: &FetchedKeys, now: Duration) -> Result<usize, String> {
        keys.at(ISSUER, now).map(|jwks| jwks.usable()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_set_is_used_for_a_day_after_it_was_fetched_and_no_longer() {
        let keys = listed();
        assert!(usable(&keys, seconds(1)).unwrap_err().contains("could not be fetched yet"));
        keys.take(of_listed(ONE, 3_600), seconds(10));
        keys.take(failed("no connection"), seconds(20));
        let last = seconds(10) + KEPT_FOR - seconds(3_600);
        assert_eq!(usable(&keys, last), Ok(1), "its age counts from when it was fetched");
        assert!(usable(&keys, last + seconds(1)).unwrap_err().contains("24 hours"));
        keys.take(of_listed(ONE, 0), last + seconds(2));
        assert_eq!(usable(&keys, last + seconds(2)), Ok(1));
    }

    #[test]
    fn a_fresh_set_takes_the_place_of_the_old_one() {
        let keys = listed();
        keys.take(of_listed(ONE, 0), seconds(1));
        keys.take(of_listed(NONE, 0), seconds(2));
        assert_eq!(usable(&keys, seconds(3)), Ok(0));
    }

    #[test]
    fn issuer_that_is_not_listed_is_not_taken_from_the_fetcher() {
        let keys = listed();
        keys.take(fetched("https://evil.example", ONE, 0), seconds(1));
        keys.take(fetched("https://idp.example", ONE, 0), seconds(1));
        assert!(matches!(keys.at("evil.example", seconds(2)), Err(NoProviderKeys::Unknown)));
        assert_eq!(keys.shown(seconds(2)).len(), 1);
        keys.take(of_listed(ONE, 0), seconds(1));
        assert_eq!(usable(&keys, seconds(2)), Ok(1), "the control");
    }

    #[test]
    fn what_is_no_key_set_leaves_the_good_one() {
        let keys = listed();
        keys.take(of_listed(ONE, 0), seconds(1));
        keys.take(of_listed("<html>", 0), seconds(2));
        assert_eq!(usable(&keys, seconds(3)), Ok(1));
        assert!(keys.shown(seconds(3))[0].error.is_some());
    }

    #[test]
    fn the_fetcher_is_asked_once_a_minute() {
        let keys = listed();
        let (sender, asks) = sync_channel(ASKS_MAX);
        *keys.asks.lock().unwrap() = Some(sender);
        for now in [100, 101, 159] {
            assert!(keys.at(ISSUER, seconds(now)).is_err());
            keys.ask(ISSUER, seconds(now));
            keys.ask("evil.example", seconds(now));
        }
        let asked: Vec<String> = asks.try_iter().map(|wanted| wanted.issuer).collect();
        assert_eq!(asked, ["https://idp.example/one"]);
        keys.ask(ISSUER, seconds(160));
        assert_eq!(asks.try_iter().count(), 1);
        keys.take(of_listed(ONE, 0), seconds(230));
        assert!(keys.at(ISSUER, seconds(230)).is_ok());
        assert_eq!(asks.try_iter().count(), 0, "nothing is missing");
    }

    #[test]
    fn nobody_waits_for_a_fetcher_that_does_not_listen() {
        let keys = FetchedKeys::new(&(0..10).map(|n| format!("https://{n}.example")).collect::<Vec<_>>());
        let (sender, asks) = sync_channel(3);
        *keys.asks.lock().unwrap() = Some(sender);
        for n in 0..10 {
            keys.ask(&format!("{n}.example"), seconds(1));
        }
        assert_eq!(asks.try_iter().count(), 3);
    }

    #[test]
    fn the_operator_sees_age_keys_and_error() {
        let keys = listed();
        let shown = |now| keys.shown(now).remove(0);
        let never = KeySetShown {
            issuer: format!("https://{ISSUER}"),
            keys: None,
            fetched_seconds_ago: None,
            error: None,
        };
        assert_eq!(shown(seconds(1)), never);
        keys.take(of_listed(ONE, 5), seconds(10));
        let good = KeySetShown { keys: Some(1), fetched_seconds_ago: Some(25), ..never.clone() };
        assert_eq!(shown(seconds(30)), good);
        keys.take(failed("no connection"), seconds(31));
        let failing = KeySetShown {
            fetched_seconds_ago: Some(35),
            error: Some("no connection".to_owned()),
            ..good.clone()
        };
        assert_eq!(shown(seconds(40)), failing);
        let old = seconds(10) + KEPT_FOR;
        assert_eq!(shown(old).keys, None, "it is not used any more");
    }

    #[test]
    fn news_and_asks_cross_the_channel() {
        let keys = Arc::new(listed());
        let (near, far) = UnixStream::pair().unwrap();
        keys.connect(near).unwrap();
        let fetcher = Channel::new(far);
        assert!(keys.jwks(ISSUER).is_err());
        let (wanted, _) = fetcher.receive::<KeysWanted>().unwrap();
        assert_eq!(wanted.issuer, format!("https://{ISSUER}"));
        fetcher.send(&of_listed(ONE, 0), &[]).unwrap();
        while keys.jwks(ISSUER).is_err() {
            thread::yield_now();
        }
    }
}
