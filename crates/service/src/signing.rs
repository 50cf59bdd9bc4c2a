//! How far the audit log is signed, by the vault and by its witnesses: what figures, warnings and the status say when that
//! stops. A log that goes on unsigned looks well to whoever only reads it.

use crate::service::Service;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long records wait for a checkpoint before it is warned of. One is made every second.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// A checkpoint, or a witness's signature under one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signed {
    /// Records that it covers.
    pub(crate) size: u64,
    /// When it was made, in milliseconds since 1970.
    pub(crate) time_ms: u64,
}

#[derive(Debug, Default)]
struct State {
    newest: Option<Signed>,
    /// Since when records wait for a checkpoint, by the monotonic clock.
    waits_since: Option<Duration>,
    /// Why none was made.
    fault: Option<String>,
    /// What witnesses have signed last, by their names: those of whom that was looked up.
    witnessed: BTreeMap<String, Signed>,
}

/// What is known of it.
#[derive(Debug, Default)]
pub(crate) struct Signing(Mutex<State>);

impl Signing {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A look once a second: the newest checkpoint, and whether there are records that it lacks.
    pub(crate) fn look(&self, newest: Option<Signed>, lacks: bool, now: Duration) {
        let mut state = self.state();
        state.newest = newest;
        if lacks {
            state.waits_since.get_or_insert(now);
        } else {
            (state.waits_since, state.fault) = (None, None);
        }
    }

    /// A checkpoint was made.
    pub(crate) fn made(&self, newest: Option<Signed>) {
        let mut state = self.state();
        (state.newest, state.waits_since, state.fault) = (newest, None, None);
    }

    /// None could be made.
    pub(crate) fn failed(&self, fault: String) {
        self.state().fault = Some(fault);
    }

    /// Nobody can make one before the vault is open, and no key is used: that is no fault.
    pub(crate) fn nobody_can(&self) {
        let mut state = self.state();
        (state.waits_since, state.fault) = (None, None);
    }

    /// A witness has signed. What comes late, under an older checkpoint, changes nothing.
    pub(crate) fn witnessed(&self, name: &str, signed: Signed) {
        let mut state = self.state();
        let known = state.witnessed.entry(name.to_owned()).or_insert(signed);
        if known.size <= signed.size {
            *known = signed;
        }
    }

    /// Why records have waited for too long, if any have.
    fn waits(&self, now: Duration) -> Option<String> {
        let state = self.state();
        let waited =
            state.waits_since.map(|since| now.saturating_sub(since)).filter(|waited| *waited > WAIT_MAX)?;
        let why = state.fault.as_deref().unwrap_or("they are not in its tree");
        Some(format!("records have waited for a checkpoint for {} seconds: {why}", waited.as_secs()))
    }
}

impl Service {
    /// Records of the log that no checkpoint covers, also those that are not in its tree.
    pub(crate) fn unsigned_records(&self) -> u64 {
        let (tree, newest) = (self.audit().tree_head(), self.audit().status().newest);
        let signed = self.signing.state().newest.unwrap_or_default().size;
        tree.size.saturating_sub(signed) + newest.saturating_add(1).saturating_sub(tree.next)
    }

    /// How long ago the newest checkpoint was made; without one, how long the service has run. In milliseconds.
    pub(crate) fn checkpoint_age_ms(&self) -> u64 {
        let newest = self.signing.state().newest;
        self.age_ms(newest.map_or(self.started().millis(), |newest| newest.time_ms))
    }

    /// Of each witness that the configuration has: its name, how many records of the newest checkpoint it has not signed, and
    /// how long ago it signed, in milliseconds. Those that were never asked are not among them.
    pub(crate) fn witness_lags(&self) -> Vec<(String, u64, u64)> {
        let state = self.signing.state();
        let size = state.newest.unwrap_or_default().size;
        let lag = |name: &String| {
            let signed = state.witnessed.get(name)?;
            Some((name.clone(), size.saturating_sub(signed.size), self.age_ms(signed.time_ms)))
        };
        self.configured_witnesses.get().into_iter().flatten().filter_map(lag).collect()
    }

    fn age_ms(&self, time_ms: u64) -> u64 {
        self.clock().now().millis().saturating_sub(time_ms)
    }

    /// Why records of the log are not proved, if that has lasted.
    pub(crate) fn unproved(&self) -> Option<String> {
        let fault = self.audit().status().unproved;
        let fault = fault.map(|fault| format!("records cannot be hashed or sealed: {fault}"));
        fault.or_else(|| self.signing.waits(self.clock().monotonic()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn records_that_wait_for_more_than_a_minute_are_told_with_the_reason() {
        let signing = Signing::default();
        let newest = Some(Signed { size: 3, time_ms: 4 });
        signing.look(newest, true, seconds(100));
        signing.failed("the vault is away".to_owned());
        signing.look(newest, true, seconds(130));
        assert_eq!(signing.waits(seconds(160)), None);
        let told = signing.waits(seconds(161)).unwrap();
        assert!(told.contains("61 seconds") && told.ends_with("the vault is away"), "{told}");
        signing.made(newest);
        assert_eq!(signing.waits(seconds(1_000)), None);
        signing.look(newest, true, seconds(1_000));
        assert!(signing.waits(seconds(1_061)).unwrap().ends_with("not in its tree"));
        signing.nobody_can();
        assert_eq!(signing.waits(seconds(2_000)), None, "a sealed vault uses nothing");
        signing.look(newest, true, seconds(2_000));
        signing.look(newest, false, seconds(2_001));
        assert_eq!(signing.waits(seconds(3_000)), None, "nothing waits");
    }

    #[test]
    fn late_signature_under_an_older_checkpoint_changes_nothing() {
        let signing = Signing::default();
        for (size, time_ms) in [(0, 1), (5, 10), (3, 20)] {
            signing.witnessed("w/1", Signed { size, time_ms });
        }
        assert_eq!(signing.state().witnessed["w/1"], Signed { size: 5, time_ms: 10 });
    }
}
