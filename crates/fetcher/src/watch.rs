//! One issuer: when its key set is fetched next, what was fetched last, and whether it fails.

use crate::fetch::FetchError;
use crate::issuer::Issuer;
use std::sync::Arc;
use std::time::Duration;
use strongroom_control::KeyNews;
use strongroom_types::Random;
use tokio::time::Instant;

/// How long after a success the next try is.
const FRESH: Duration = Duration::from_secs(600);

/// How long after a failure.
const FAILED: Duration = Duration::from_secs(60);

/// How long after the beginning of a try somebody who needs it may have another.
const WANTED: Duration = Duration::from_secs(60);

/// The longest reason that is passed on, in characters: parts of it come from the network.
const REASON_CHARACTERS_MAX: usize = 300;

/// What a try changed, for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It goes on as it went.
    None,
    /// It works now: for the first time, or again.
    Works,
    /// It fails now.
    Fails,
}

/// What is known of one issuer.
pub(crate) struct Watch {
    issuer: Arc<Issuer>,
    /// The last good key set, and when it came.
    kept: Option<(String, Instant)>,
    /// Why the last try failed.
    failing: Option<String>,
    /// When the last try began.
    tried: Option<Instant>,
    /// `None` while a try is under way.
    next: Option<Instant>,
}

impl Watch {
    /// It is fetched at once.
    pub(crate) fn new(issuer: Issuer, now: Instant) -> Self {
        Self { issuer: Arc::new(issuer), kept: None, failing: None, tried: None, next: Some(now) }
    }

    pub(crate) fn issuer(&self) -> &Arc<Issuer> {
        &self.issuer
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.next
    }

    /// Begins a try if it is time; there is one at a time.
    pub(crate) fn begin_if_due(&mut self, now: Instant) -> bool {
        let due = self.next.is_some_and(|next| next <= now);
        if due {
            self.next = None;
            self.tried = Some(now);
        }
        due
    }

    /// The front needs a fresh set: it is fetched at once, or a minute after the last try.
    pub(crate) fn want(&mut self, now: Instant) {
        let earliest = self.tried.map_or(now, |tried| now.max(tried + WANTED));
        self.next = self.next.map(|next| next.min(earliest));
    }

    /// The try ended. A failure leaves the last good set.
    pub(crate) fn end(
        &mut self,
        outcome: Result<String, FetchError>,
        now: Instant,
        random: &impl Random,
    ) -> Change {
        let (worked, failed) = (self.kept.is_some() && self.failing.is_none(), self.failing.is_some());
        let pause = match outcome {
            Ok(jwks) => {
                self.kept = Some((jwks, now));
                self.failing = None;
                FRESH
            }
            Err(error) => {
                self.failing = Some(shortened(&error.to_string()));
                FAILED
            }
        };
        self.next = Some(now + jittered(pause, random));
        match &self.failing {
            None if !worked => Change::Works,
            Some(_) if !failed => Change::Fails,
            _ => Change::None,
        }
    }

    /// Why the last try failed, if it did.
    pub(crate) fn failing(&self) -> Option<&str> {
        self.failing.as_deref()
    }

    /// What the last try says.
    pub(crate) fn last_news(&self, now: Instant) -> Option<KeyNews> {
        self.failure().or_else(|| self.success(now))
    }

    /// All that is known, for a front that knows nothing.
    pub(crate) fn all_news(&self, now: Instant) -> Vec<KeyNews> {
        self.success(now).into_iter().chain(self.failure()).collect()
    }

    fn success(&self, now: Instant) -> Option<KeyNews> {
        let (jwks, came) = self.kept.as_ref()?;
        let age_ms = u64::try_from(now.saturating_duration_since(*came).as_millis()).unwrap_or(u64::MAX);
        Some(KeyNews::Fetched { issuer: self.issuer.name().to_owned(), jwks: jwks.clone(), age_ms })
    }

    fn failure(&self) -> Option<KeyNews> {
        let reason = self.failing.clone()?;
        Some(KeyNews::Failed { issuer: self.issuer.name().to_owned(), reason })
    }
}

fn shortened(reason: &str) -> String {
    reason.chars().take(REASON_CHARACTERS_MAX).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// From nine to eleven tenths of it, so that many services do not ask in step.
fn jittered(pause: Duration, random: &impl Random) -> Duration {
    let mut bytes = [0; 2];
    random.fill(&mut bytes);
    pause * 9 / 10 + pause / 5 * u32::from(u16::from_le_bytes(bytes)) / u32::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::issuer_setting;

    /// Always the same byte.
    struct Always(u8);

    impl Random for Always {
        fn fill(&self, out: &mut [u8]) {
            out.fill(self.0);
        }
    }

    const NAME: &str = "https://idp.example";

    fn watch(now: Instant) -> Watch {
        Watch::new(Issuer::read(&issuer_setting(NAME).unwrap()).unwrap(), now)
    }

    fn good(jwks: &str) -> Result<String, FetchError> {
        Ok(jwks.to_owned())
    }

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn try_at(watch: &mut Watch, outcome: Result<String, FetchError>, at: Instant) -> Change {
        assert!(watch.begin_if_due(at));
        assert!(!watch.begin_if_due(at), "one at a time");
        watch.end(outcome, at, &Always(0))
    }

    #[test]
    fn it_is_fetched_at_once_then_every_ten_minutes_and_every_minute_while_it_fails() {
        let start = Instant::now();
        let mut watch = watch(start);
        try_at(&mut watch, good("a"), start);
        assert_eq!(watch.next(), Some(start + seconds(540)), "the earliest of the jitter");
        assert!(!watch.begin_if_due(start + seconds(539)));
        try_at(&mut watch, Err(FetchError::TooSlow), start + seconds(540));
        assert_eq!(watch.next(), Some(start + seconds(540 + 54)));
    }

    #[test]
    fn jitter_is_a_tenth_either_way() {
        assert_eq!(jittered(FRESH, &Always(0)), seconds(540));
        assert_eq!(jittered(FRESH, &Always(0xff)), seconds(660));
    }

    #[test]
    fn a_failure_leaves_the_last_good_set() {
        let start = Instant::now();
        let mut watch = watch(start);
        try_at(&mut watch, good("a"), start);
        let later = start + seconds(700);
        try_at(&mut watch, Err(FetchError::Status(503)), later);
        let issuer = NAME.to_owned();
        let failed =
            KeyNews::Failed { issuer: issuer.clone(), reason: "the answer has status 503".to_owned() };
        assert_eq!(watch.last_news(later), Some(failed.clone()));
        let kept = KeyNews::Fetched { issuer: issuer.clone(), jwks: "a".to_owned(), age_ms: 700_000 };
        assert_eq!(watch.all_news(later), [kept, failed]);
        try_at(&mut watch, good("b"), later + seconds(60));
        let fresh = KeyNews::Fetched { issuer, jwks: "b".to_owned(), age_ms: 0 };
        assert_eq!(watch.all_news(later + seconds(60)), [fresh]);
    }

    #[test]
    fn only_a_change_of_state_is_told_to_the_log() {
        let start = Instant::now();
        let mut watch = watch(start);
        let mut at = start;
        for (outcome, change) in [
            (Err(FetchError::TooSlow), Change::Fails),
            (Err(FetchError::TooSlow), Change::None),
            (Err(FetchError::Status(500)), Change::None),
            (good("a"), Change::Works),
            (good("a"), Change::None),
            (good("b"), Change::None),
            (Err(FetchError::TooLarge), Change::Fails),
            (Err(FetchError::TooLarge), Change::None),
            (good("b"), Change::Works),
        ] {
            assert_eq!(try_at(&mut watch, outcome, at), change);
            at += seconds(700);
        }
    }

    #[test]
    fn who_needs_it_gets_it_a_minute_after_the_last_try_and_not_sooner() {
        let start = Instant::now();
        let mut watch = watch(start);
        try_at(&mut watch, good("a"), start);
        for after in [1, 30, 59] {
            watch.want(start + seconds(after));
            assert_eq!(watch.next(), Some(start + seconds(60)), "after {after} s");
        }
        try_at(&mut watch, good("b"), start + seconds(60));
        watch.want(start + seconds(300));
        assert!(watch.begin_if_due(start + seconds(300)), "at once");
        watch.want(start + seconds(301));
        assert_eq!(watch.next(), None, "one is under way");
    }

    #[test]
    fn a_reason_is_bounded_and_plain() {
        let reason = shortened(&format!("a\nb{}", "\u{e9}".repeat(REASON_CHARACTERS_MAX)));
        assert_eq!(reason.chars().count(), REASON_CHARACTERS_MAX);
        assert!(reason.starts_with("a b\u{e9}"));
    }
}
