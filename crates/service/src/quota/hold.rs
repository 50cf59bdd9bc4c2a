//! Answers to callers that are too fast leave late. To refuse costs nearly as much as to serve: whoever waits for each
//! answer before the next call is slowed down to what costs the others little (docs/order-of-checks.md, F7).
//!
//! The record is written first. Only so many answers of an account are held at once: those beyond leave at once, and the
//! connection is closed after them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strongroom_types::AccountId;

/// The shortest pause.
const PAUSE_MIN: Duration = Duration::from_millis(10);

/// The longest pause.
pub(super) const PAUSE_MAX: Duration = Duration::from_millis(500);

/// Answers of one account that are held at once.
const HELD_MAX: usize = 512;

/// When an answer leaves.
#[derive(Debug, Default)]
pub enum Sending {
    /// As soon as it is there.
    #[default]
    Now,
    /// After a pause.
    After(Hold),
    /// As soon as it is there, and the connection is of no more use.
    ThenClose,
}

impl Sending {
    /// Waits as long as the answer is held. Tells whether the connection is to be closed after it.
    pub async fn wait(self) -> bool {
        match self {
            Self::Now => false,
            Self::After(hold) => {
                tokio::time::sleep(hold.pause).await;
                false
            }
            Self::ThenClose => true,
        }
    }
}

/// Held answers, by account.
type Held = Arc<Mutex<HashMap<AccountId, usize>>>;

/// A place among the held answers of an account; given back when it is dropped.
#[derive(Debug)]
pub struct Hold {
    pause: Duration,
    account: AccountId,
    held: Held,
}

impl Hold {
    /// How long.
    pub fn pause(&self) -> Duration {
        self.pause
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        if let Some(count) = held.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.account);
            }
        }
    }
}

/// The answers that are held.
#[derive(Debug, Default)]
pub(super) struct Holds {
    held: Held,
}

impl Holds {
    /// Holds an answer to a caller of the account that is so far beyond its rate.
    pub(super) fn hold(&self, account: &AccountId, debt: Duration) -> Sending {
        let mut held = lock(&self.held);
        let count = held.entry(account.clone()).or_default();
        if *count >= HELD_MAX {
            return Sending::ThenClose;
        }
        *count += 1;
        let pause = debt.clamp(PAUSE_MIN, PAUSE_MAX);
        Sending::After(Hold { pause, account: account.clone(), held: self.held.clone() })
    }

    /// How many are held now.
    pub(super) fn held(&self) -> usize {
        lock(&self.held).values().sum()
    }
}

/// A poisoned lock is taken over: the counts are whole after each statement.
fn lock(held: &Held) -> MutexGuard<'_, HashMap<AccountId, usize>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::Instant;

    fn account(id: &str) -> AccountId {
        AccountId::parse(id).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn pause_is_the_debt_within_its_bounds() {
        let (holds, account) = (Holds::default(), account("111122223333"));
        for (debt_ms, pause_ms) in [(0, 10), (10, 10), (123, 123), (500, 500), (60_000, 500)] {
            let start = Instant::now();
            assert!(!holds.hold(&account, Duration::from_millis(debt_ms)).wait().await);
            assert_eq!(start.elapsed(), Duration::from_millis(pause_ms), "{debt_ms}");
        }
        let start = Instant::now();
        assert!(!Sending::Now.wait().await);
        assert_eq!(start.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn answers_beyond_the_bound_close_their_connections_and_other_accounts_are_held_still() {
        let (holds, flooding) = (Holds::default(), account("111122223333"));
        let held: Vec<Sending> = (0..HELD_MAX).map(|_| holds.hold(&flooding, PAUSE_MAX)).collect();
        assert!(held.iter().all(|sending| matches!(sending, Sending::After(_))));
        assert_eq!(holds.held(), HELD_MAX);
        assert!(holds.hold(&flooding, PAUSE_MAX).wait().await, "one too many");
        assert!(!holds.hold(&account("444455556666"), PAUSE_MAX).wait().await);
        drop(held);
        assert!(!holds.hold(&flooding, PAUSE_MAX).wait().await);
        assert!(lock(&holds.held).is_empty(), "every place was given back");
    }
}
