//! How often: request-rate quotas, so that one caller's flood is not everybody's (threat T-41).
//!
//! Operations fall into the classes of AWS KMS (`class`). For a class the operator may set a rate per account, per
//! principal, per key and per custom key store (`settings`); none is set unless somebody sets it. Each pair of a class and an account,
//! principal or key has a bucket of its own (`bucket`): whoever is refused takes nothing from anybody else, and waits for the
//! refusal (`hold`).

mod bucket;
mod class;
mod hold;
mod settings;

pub use class::QuotaClass;
pub use hold::{Hold, Sending};
pub use settings::{QuotaError, QuotaScope, Quotas, Rate};

use crate::fault::Fault;
use crate::state::KeyStorePlace;
use arc_swap::ArcSwap;
use bucket::Buckets;
use hold::Holds;
use std::sync::Arc;
use std::time::Duration;
use strongroom_policy::{BoundPrincipal, Caller, CallerKind};
use strongroom_types::{AccountId, KeyArn, Timestamp, UniqueId};

/// The quotas in force, and how far they are used up.
pub(crate) struct QuotaKeeper {
    settings: ArcSwap<Quotas>,
    accounts: Buckets<AccountId>,
    principals: Buckets<BoundPrincipal>,
    keys: Buckets<KeyArn>,
    key_stores: Buckets<KeyStorePlace>,
    holds: Holds,
    /// Those whom no role of an account lets in, by that account: they count and are held back apart from its callers.
    outsiders: Buckets<AccountId>,
    held_outsiders: Holds,
}

impl QuotaKeeper {
    pub(crate) fn new(settings: Quotas) -> Self {
        Self {
            settings: ArcSwap::from_pointee(settings),
            accounts: Buckets::default(),
            principals: Buckets::default(),
            keys: Buckets::default(),
            key_stores: Buckets::default(),
            holds: Holds::default(),
            outsiders: Buckets::default(),
            held_outsiders: Holds::default(),
        }
    }

    /// The settings in force.
    pub(crate) fn settings(&self) -> Arc<Quotas> {
        self.settings.load_full()
    }

    /// Sets one rate, or takes it away; in force for the next call.
    pub(crate) fn set(&self, scope: QuotaScope, class: QuotaClass, rate: Option<Rate>) {
        self.settings.rcu(|now| {
            let mut next = Quotas::clone(now);
            next.set(scope, class, rate);
            next
        });
    }

    /// One call of an operation by a caller. The principal comes first: what it is refused, its account has still.
    pub(crate) fn admit(
        &self,
        caller: &Caller,
        service: &str,
        operation: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let settings = self.settings.load();
        if settings.is_empty() {
            return Ok(());
        }
        let class = QuotaClass::of(service, operation);
        self.take(&settings, Some(principal(caller)), caller.account(), class, now)
    }

    /// One call of STS by somebody who has no credentials yet and may assume a role: it counts for the role and its
    /// account.
    pub(crate) fn admit_to_role(
        &self,
        role: &UniqueId,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let role = BoundPrincipal::Role(role.clone());
        self.take(&self.settings.load(), Some(role), account, QuotaClass::Sts, now)
    }

    fn take(
        &self,
        settings: &Quotas,
        principal: Option<BoundPrincipal>,
        account: &AccountId,
        class: QuotaClass,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let rate = settings.get(QuotaScope::Principal, class);
        if let (Some(principal), Some(rate)) = (principal, rate) {
            self.principals.take(principal, class, rate, now).map_err(Fault::Throttled)?;
        }
        if let Some(rate) = settings.get(QuotaScope::Account, class) {
            self.accounts.take(account.clone(), class, rate, now).map_err(Fault::Throttled)?;
        }
        Ok(())
    }

    /// One use of a key by somebody who may. An operation that asks for a key twice uses it twice.
    pub(crate) fn admit_key(
        &self,
        key: &KeyArn,
        service: &str,
        operation: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let settings = self.settings.load();
        if settings.is_empty() {
            return Ok(());
        }
        let class = QuotaClass::of(service, operation);
        match settings.get(QuotaScope::Key, class) {
            Some(rate) => self.keys.take(key.clone(), class, rate, now).map_err(Fault::Throttled),
            None => Ok(()),
        }
    }

    /// The same for the custom key store that the key is in: AWS allows 1,800 uses a second of all keys of a store together.
    pub(crate) fn admit_key_store(
        &self,
        store: &KeyStorePlace,
        service: &str,
        operation: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let settings = self.settings.load();
        let class = QuotaClass::of(service, operation);
        match settings.get(QuotaScope::KeyStore, class) {
            Some(rate) => self.key_stores.take(store.clone(), class, rate, now).map_err(Fault::Throttled),
            None => Ok(()),
        }
    }

    /// Holds the answer to a caller of the account that is so far beyond its rate.
    pub(crate) fn hold(&self, account: &AccountId, debt: Duration) -> Sending {
        self.holds.hold(account, debt)
    }

    /// When a refusal of a caller of the account leaves: late, if it was too fast.
    pub(crate) fn sending(&self, account: &AccountId, why: &Fault) -> Sending {
        match why {
            Fault::Throttled(debt) => self.hold(account, *debt),
            _ => Sending::Now,
        }
    }

    /// When a refusal of somebody leaves whom no role of the account lets in: late, if such refusals come faster than STS
    /// serves the account or, where that is not limited, one of its principals.
    pub(crate) fn sending_to_outsider(&self, account: &AccountId, now: Timestamp) -> Sending {
        let (settings, class) = (self.settings.load(), QuotaClass::Sts);
        let of_account = settings.get(QuotaScope::Account, class);
        let Some(rate) = of_account.or_else(|| settings.get(QuotaScope::Principal, class)) else {
            return Sending::Now;
        };
        match self.outsiders.take(account.clone(), class, rate, now) {
            Ok(()) => Sending::Now,
            Err(debt) => self.held_outsiders.hold(account, debt),
        }
    }

    /// How many answers are held now.
    pub(crate) fn held(&self) -> usize {
        self.holds.held() + self.held_outsiders.held()
    }
}

/// Whom a call counts for: all sessions of a role together, federated users with whoever made them. So nobody gets a
/// fresh bucket by making another session.
fn principal(caller: &Caller) -> BoundPrincipal {
    match caller.kind() {
        CallerKind::Root | CallerKind::FederatedUser(None) => {
            BoundPrincipal::Account(caller.account().clone())
        }
        CallerKind::User(id) | CallerKind::FederatedUser(Some(id)) => BoundPrincipal::User(id.clone()),
        CallerKind::RoleSession(id) => BoundPrincipal::Role(id.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_768_478_400_000);

    fn caller(account: &str, user: &str) -> Caller {
        Caller::user(AccountId::parse(account).unwrap(), user, UniqueId::parse(user).unwrap())
    }

    fn keeper(scope: QuotaScope, burst: u32) -> QuotaKeeper {
        let keeper = QuotaKeeper::new(Quotas::default());
        keeper.set(scope, QuotaClass::Cryptography, Some(Rate::new(1, Some(burst)).unwrap()));
        keeper
    }

    /// How many of 100 calls at once are let in.
    fn let_in(keeper: &QuotaKeeper, caller: &Caller, operation: &str) -> usize {
        (0..100).filter(|_| keeper.admit(caller, "kms", operation, NOW).is_ok()).count()
    }

    #[test]
    fn without_settings_everything_is_let_in() {
        let keeper = QuotaKeeper::new(Quotas::default());
        assert_eq!(let_in(&keeper, &caller("111122223333", "AIDAALICEALICE"), "Encrypt"), 100);
    }

    #[test]
    fn account_is_counted_as_a_whole_and_apart_from_others_and_from_other_classes() {
        let keeper = keeper(QuotaScope::Account, 5);
        let (alice, bob) = (caller("111122223333", "AIDAALICEALICE"), caller("111122223333", "AIDABOBBOBBO"));
        assert_eq!(let_in(&keeper, &alice, "Encrypt"), 5);
        assert_eq!(let_in(&keeper, &bob, "Decrypt"), 0);
        assert_eq!(let_in(&keeper, &bob, "DescribeKey"), 100);
        assert_eq!(let_in(&keeper, &caller("444455556666", "AIDAALICEALICE"), "Encrypt"), 5);
    }

    #[test]
    fn principal_that_floods_leaves_the_others_their_share_of_the_account() {
        let keeper = keeper(QuotaScope::Principal, 3);
        keeper.set(QuotaScope::Account, QuotaClass::Cryptography, Some(Rate::new(1, Some(7)).unwrap()));
        let (alice, bob) = (caller("111122223333", "AIDAALICEALICE"), caller("111122223333", "AIDABOBBOBBO"));
        assert_eq!(let_in(&keeper, &alice, "Encrypt"), 3);
        assert_eq!(let_in(&keeper, &bob, "Encrypt"), 3);
    }

    #[test]
    fn sessions_of_a_role_count_together() {
        let keeper = keeper(QuotaScope::Principal, 4);
        let account = AccountId::parse("111122223333").unwrap();
        let role = UniqueId::parse("AROAROLEROLE").unwrap();
        let session = |name: &str| Caller::role_session(account.clone(), "r", role.clone(), name);
        assert_eq!(let_in(&keeper, &session("s"), "Encrypt"), 4);
        assert_eq!(let_in(&keeper, &session("t"), "Encrypt"), 0);
    }

    #[test]
    fn whoever_may_assume_a_role_counts_for_the_role_and_its_account_and_outsiders_use_up_neither() {
        let keeper = QuotaKeeper::new(Quotas::default());
        keeper.set(QuotaScope::Principal, QuotaClass::Sts, Some(Rate::new(1, Some(3)).unwrap()));
        keeper.set(QuotaScope::Account, QuotaClass::Sts, Some(Rate::new(1, Some(5)).unwrap()));
        let account = AccountId::parse("111122223333").unwrap();
        let ids = ["AROAROLEROLE", "AROAOTHEROTH"].map(|id| UniqueId::parse(id).unwrap());
        let let_in =
            |role: &UniqueId| (0..100).filter(|_| keeper.admit_to_role(role, &account, NOW).is_ok()).count();
        let outsiders: Vec<Sending> = (0..100).map(|_| keeper.sending_to_outsider(&account, NOW)).collect();
        let at_once = outsiders.iter().filter(|sending| matches!(sending, Sending::Now)).count();
        assert_eq!((at_once, keeper.held()), (5, 95));
        assert_eq!(let_in(&ids[0]), 3);
        let session = Caller::role_session(account.clone(), "r", ids[0].clone(), "s");
        assert!(keeper.admit(&session, "sts", "GetCallerIdentity", NOW).is_err(), "the role's own bucket");
        assert_eq!(let_in(&ids[1]), 2, "what the account has left");
    }

    #[test]
    fn setting_is_in_force_for_the_next_call_and_can_be_taken_away() {
        let keeper = keeper(QuotaScope::Account, 1);
        let alice = caller("111122223333", "AIDAALICEALICE");
        assert_eq!(let_in(&keeper, &alice, "Encrypt"), 1);
        keeper.set(QuotaScope::Account, QuotaClass::Cryptography, None);
        assert_eq!(let_in(&keeper, &alice, "Encrypt"), 100);
        assert!(keeper.settings().is_empty());
    }
}
