//! What fails again in every round is told when it begins, when its reason changes, and every ten minutes while it lasts.

use std::collections::BTreeMap;
use std::time::Duration;

/// How often what lasts is told again.
const AGAIN: Duration = Duration::from_secs(600);

/// When nobody complained for so long, it is over.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// What was told, by what it is about. Times are of the monotonic clock.
#[derive(Debug, Default)]
pub(crate) struct Complaints(BTreeMap<String, Told>);

#[derive(Debug)]
struct Told {
    reason: String,
    at: Duration,
    seen: Duration,
}

impl Complaints {
    /// Whether this is to be told now.
    pub(crate) fn is_news(&mut self, about: &str, reason: &str, now: Duration) -> bool {
        self.0.retain(|_, told| now.saturating_sub(told.seen) < FORGOTTEN);
        match self.0.get_mut(about) {
            Some(told) if told.reason == reason && now.saturating_sub(told.at) < AGAIN => {
                told.seen = now;
                false
            }
            _ => {
                let told = Told { reason: reason.to_owned(), at: now, seen: now };
                self.0.insert(about.to_owned(), told);
                true
            }
        }
    }

    /// It went well: the next complaint about it is news.
    pub(crate) fn settle(&mut self, about: &str) {
        self.0.remove(about);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_other_reason_and_every_ten_minutes_are_news() {
        let mut complaints = Complaints::default();
        let mut news =
            |reason: &str, seconds| complaints.is_news("key", reason, Duration::from_secs(seconds));
        assert!(news("away", 0));
        assert!(!news("away", 1) && !news("away", 599));
        assert!(news("away", 600) && !news("away", 601));
        assert!(news("PIN refused", 602) && !news("PIN refused", 603));
        assert!(complaints.is_news("another", "away", Duration::from_secs(604)));
        complaints.settle("key");
        assert!(complaints.is_news("key", "PIN refused", Duration::from_secs(605)));
        complaints.is_news("key", "x", Duration::from_secs(9_000));
        assert_eq!(complaints.0.len(), 1, "what nobody complains of is forgotten");
    }
}
