//! Each signature once, where the operator wants it so (`serve --refuse-replays`, threat T-04): a request that was captured
//! and is sent again within its window changes nothing a second time, and makes no second session.
//!
//! What is remembered of a request is a hash of its access key id and its signature, from the moment at which it begins to
//! be carried out until its date is refused anyway. Only verified requests are looked at, so nobody fills the table who
//! cannot sign. It is of this process: a new one remembers nothing.

use crate::authenticate::Authenticated;
use crate::fault::{Fault, WireError};
use crate::served::Served;
use crate::state::CommitFault;
use aws_lc_rs::digest::{Context, SHA256};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use strongroom_api::ErrorCode;
use strongroom_api::query::QueryErrorCode;
use strongroom_sigv4::AuthError;
use strongroom_types::{AccountId, Clock, Timestamp};

/// The most requests that are remembered.
const USED_MAX: usize = 65_536;

/// A signed request, told from every other by what was signed. One that ends first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Used {
    /// When its date is still accepted for the last time.
    until: Timestamp,
    hash: [u8; 32],
}

impl Used {
    fn of(caller: &Authenticated) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(caller.access_key_id().as_bytes());
        context.update(caller.signature());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.finish().as_ref());
        Self { until: caller.accepted_until(), hash }
    }
}

/// The requests that were carried out, if replays are refused.
pub(crate) struct Replays(Option<Mutex<Table>>);

impl Replays {
    pub(crate) fn new(refused: bool) -> Self {
        Self(refused.then(|| Mutex::new(Table::with_room(USED_MAX))))
    }

    /// The request begins to be carried out: of several with one signature only the first.
    pub(crate) fn begin<O: Served>(
        &self,
        caller: &Authenticated,
        clock: &dyn Clock,
    ) -> Result<Option<Used>, Fault> {
        let Some(table) = self.0.as_ref().filter(|_| O::ONCE) else { return Ok(None) };
        let used = Used::of(caller);
        locked(table).take(used, caller.account(), clock).map(|()| Some(used))
    }

    /// It ended. What failed without a change, and by no fault of the request, may be sent again as it is.
    pub(crate) fn end<O: Served>(&self, used: Option<Used>, fault: Option<&Fault>) {
        let (Some(table), Some(used), Some(fault)) = (&self.0, used, fault) else { return };
        if may_be_repeated(fault, &O::wire(fault)) {
            locked(table).forget(&used);
        }
    }
}

/// Whether whoever was answered so may send the same again: the service could not, and surely changed nothing.
fn may_be_repeated(fault: &Fault, told: &WireError) -> bool {
    let throttled = [ErrorCode::Throttling.name(), QueryErrorCode::Throttling.name()].contains(&told.name);
    (told.status >= 500 || throttled) && !matches!(fault, Fault::Commit(CommitFault::Unknown))
}

/// A poisoned lock is taken over: at worst a request counts for an account and is not remembered.
fn locked(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whose a remembered request is, and how long it is remembered at the least by the clock that nobody sets.
struct Remembered {
    account: AccountId,
    at_least: Duration,
}

struct Table {
    used: BTreeMap<Used, Remembered>,
    /// How many of them an account has.
    held: HashMap<AccountId, usize>,
    max: usize,
}

impl Table {
    fn with_room(max: usize) -> Self {
        Self { used: BTreeMap::new(), held: HashMap::new(), max }
    }

    /// Remembers a request. The clock is read here, under the lock: whoever comes later has a later time, so nothing is
    /// taken for new that was forgotten for its age.
    fn take(&mut self, used: Used, account: &AccountId, clock: &dyn Clock) -> Result<(), Fault> {
        let (now, passed) = (clock.now(), clock.monotonic());
        self.forget_old(now, passed);
        if used.until < now || self.used.contains_key(&used) {
            return Err(AuthError::Replayed.into());
        }
        // No account may have more than is still free: so there is always room for one that has none yet.
        let held = self.held.get(account).copied().unwrap_or_default();
        if held >= self.max.saturating_sub(self.used.len()) {
            return Err(Fault::Throttled(Duration::ZERO));
        }
        let lasts = Duration::from_millis(used.until.millis() - now.millis());
        let remembered = Remembered { account: account.clone(), at_least: passed.saturating_add(lasts) };
        self.used.insert(used, remembered);
        self.held.insert(account.clone(), held + 1);
        Ok(())
    }

    fn forget(&mut self, used: &Used) {
        if let Some(remembered) = self.used.remove(used) {
            self.give_back(&remembered.account);
        }
    }

    /// Forgets what is refused for its date. A wall clock that goes ahead for a moment makes nothing forgotten.
    fn forget_old(&mut self, now: Timestamp, passed: Duration) {
        while self
            .used
            .first_key_value()
            .is_some_and(|(used, remembered)| used.until < now && remembered.at_least < passed)
        {
            if let Some((_, remembered)) = self.used.pop_first() {
                self.give_back(&remembered.account);
            }
        }
    }

    fn give_back(&mut self, account: &AccountId) {
        if let Some(held) = self.held.get_mut(account) {
            *held -= 1;
            if *held == 0 {
                self.held.remove(account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_testkit::ManualClock;
    use strongroom_vault_protocol::VaultError;

    const WINDOW_MS: u64 = 300_000;

    fn account(last: u8) -> AccountId {
        AccountId::parse(&format!("{last:012}")).unwrap()
    }

    /// A request that was signed now.
    fn signed(clock: &ManualClock, number: u64) -> Used {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        Used { until: Timestamp::from_millis(clock.now().millis() + WINDOW_MS), hash }
    }

    fn is_replayed(outcome: &Result<(), Fault>) -> bool {
        matches!(outcome, Err(Fault::Auth(AuthError::Replayed)))
    }

    /// How many new requests of an account are taken until one is throttled.
    fn taken(table: &mut Table, clock: &ManualClock, whose: u8) -> usize {
        let first = u64::from(whose) << 32;
        let mut take = |number: u64| table.take(signed(clock, first + number), &account(whose), clock);
        let count = (0..1_000).take_while(|number| take(*number).is_ok()).count();
        assert!(matches!(take(1_000), Err(Fault::Throttled(_))));
        count
    }

    #[test]
    fn request_is_taken_once_and_another_beside_it() {
        let (mut table, clock) = (Table::with_room(10), ManualClock::default());
        let (one, other) = (signed(&clock, 1), signed(&clock, 2));
        assert!(table.take(one, &account(1), &clock).is_ok());
        assert!(is_replayed(&table.take(one, &account(1), &clock)));
        assert!(table.take(other, &account(1), &clock).is_ok());
    }

    #[test]
    fn request_is_remembered_for_its_window_and_refused_after_it() {
        let (mut table, clock) = (Table::with_room(10), ManualClock::default());
        let used = signed(&clock, 1);
        assert!(table.take(used, &account(1), &clock).is_ok());
        clock.forward_ms(WINDOW_MS);
        assert!(is_replayed(&table.take(used, &account(1), &clock)));
        assert_eq!(table.used.len(), 1, "its date is still accepted");
        clock.forward_ms(1);
        assert!(is_replayed(&table.take(used, &account(1), &clock)), "authenticated a moment ago");
        assert!(table.used.is_empty() && table.held.is_empty());
    }

    #[test]
    fn clock_that_goes_ahead_for_a_moment_makes_nothing_forgotten() {
        let (mut table, clock) = (Table::with_room(10), ManualClock::default());
        let (used, now) = (signed(&clock, 1), clock.now());
        assert!(table.take(used, &account(1), &clock).is_ok());
        clock.set(now.plus_days(1));
        assert!(table.take(signed(&clock, 2), &account(1), &clock).is_ok());
        clock.set(now);
        assert!(is_replayed(&table.take(used, &account(1), &clock)));
    }

    #[test]
    fn request_that_is_forgotten_is_taken_again() {
        let (mut table, clock) = (Table::with_room(10), ManualClock::default());
        let used = signed(&clock, 1);
        assert!(table.take(used, &account(1), &clock).is_ok());
        table.forget(&used);
        assert!(table.held.is_empty());
        assert!(table.take(used, &account(1), &clock).is_ok());
    }

    #[test]
    fn one_account_leaves_the_others_room_and_the_window_gives_it_back() {
        let (mut table, clock) = (Table::with_room(64), ManualClock::default());
        assert_eq!(taken(&mut table, &clock, 1), 32);
        assert_eq!(taken(&mut table, &clock, 2), 16);
        assert_eq!(taken(&mut table, &clock, 3), 8);
        assert!(is_replayed(&table.take(signed(&clock, 1 << 32), &account(1), &clock)), "none was given up");
        clock.forward_ms(WINDOW_MS + 1);
        assert_eq!(taken(&mut table, &clock, 1), 32);
    }

    #[test]
    fn only_what_failed_by_the_services_fault_and_changed_nothing_may_be_repeated() {
        let may = |fault: Fault| may_be_repeated(&fault, &fault.wire(&[]));
        for fault in [
            Fault::Throttled(Duration::ZERO),
            Fault::Audit,
            Fault::Internal("a fault"),
            Fault::Vault(VaultError::Sealed),
            Fault::Vault(VaultError::Busy),
            Fault::Commit(CommitFault::Busy),
            Fault::Commit(CommitFault::Unavailable),
            Fault::Commit(CommitFault::Contended),
        ] {
            assert!(may(fault.clone()), "{fault:?}");
        }
        for fault in [
            Fault::Commit(CommitFault::Unknown),
            Fault::Denied(String::new()),
            Fault::DryRun,
            Fault::Limit(String::new()),
        ] {
            assert!(!may(fault.clone()), "{fault:?}");
        }
    }
}
