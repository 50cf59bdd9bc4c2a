//! Everything the service reads of itself, put together when somebody asks: a scrape, or `strongroom status --watch`.
//! Nothing of it names a key, a principal or an account.

use super::catalogue as metrics;
use super::family::{Family, Metric, Reading};
use crate::readiness::{REASONS, Readiness, Reason, WARNINGS};
use crate::service::Service;
use std::collections::BTreeMap;
use strongroom_types::KeyState;
use strongroom_vault_protocol::{Health, VaultError};

/// Every state that a KMS key can have, so that a count of none is shown too.
const KEY_STATES: [KeyState; 3] = [KeyState::Enabled, KeyState::Disabled, KeyState::PendingDeletion];

impl Service {
    /// What the service reads now. Waits for the vault, at most as long as a call to it may take.
    pub async fn figures(&self) -> Vec<Family> {
        let vault = self.vault().health().await;
        let readiness = self.readiness_with(&vault, &self.cluster_states().await);
        let mut families = Vec::from(self.readiness_figures(&readiness));
        families.extend(self.request_figures());
        families.extend(self.vault_figures(&vault));
        families.extend(self.store_figures());
        families.extend(self.audit_figures());
        families.extend(self.signing_figures());
        families.extend(self.state_figures());
        families
    }

    /// The number of the newest line of the audit log; 0 when there is none.
    pub fn newest_line(&self) -> u64 {
        self.audit().status().newest
    }

    fn readiness_figures(&self, readiness: &Readiness) -> [Family; 5] {
        let started = Family::one(&metrics::START_TIME, seconds(self.started().millis()));
        let flags = |metric, codes: &[&str], found: &[Reason]| {
            let mut family = Family::new(metric);
            for code in codes {
                family.push(&[*code], found.iter().any(|reason| reason.code == *code));
            }
            family
        };
        let mark = self.snapshot().clock_mark().map_or(0, |(ms, _)| ms);
        let behind = mark.saturating_sub(self.clock().now().millis());
        [
            started,
            Family::one(&metrics::READY, readiness.ready),
            flags(&metrics::NOT_READY, &REASONS, &readiness.reasons),
            flags(&metrics::WARNING, &WARNINGS, &readiness.warnings),
            Family::one(&metrics::CLOCK_BEHIND, seconds(behind)),
        ]
    }

    fn request_figures(&self) -> [Family; 6] {
        let mut requests = Family::new(&metrics::REQUESTS);
        let mut durations = Family::new(&metrics::REQUEST_DURATION);
        for called in self.requests().called() {
            let (service, operation) = (called.service, called.operation);
            requests.push(&[service, operation, "ok"], Reading::Count(called.served));
            for (error, count) in called.refused {
                requests.push(&[service, operation, error], Reading::Count(count));
            }
            durations.push(&[service, operation], Reading::Durations(called.took));
        }
        let mut rates = Family::new(&metrics::QUOTA_RATE);
        for (scope, class, rate) in self.quotas().settings().iter() {
            rates.push(&[scope.as_str(), class.as_str()], Reading::Count(rate.per_second().into()));
        }
        let mut mfa_refused = Family::new(&metrics::MFA_REFUSED);
        for (reason, count) in self.mfa_refusals().counts() {
            mfa_refused.push(&[reason], Reading::Count(count));
        }
        [
            requests,
            durations,
            Family::count(&metrics::UNKNOWN_CALLERS, self.strangers().count()),
            mfa_refused,
            Family::count(&metrics::HELD_REFUSALS, self.quotas().held() as u64),
            rates,
        ]
    }

    fn vault_figures(&self, vault: &Result<Health, VaultError>) -> [Family; 3] {
        let open = vault.as_ref().is_ok_and(|health| health.opened) && !self.is_sealed();
        let waiting = self.vault().in_flight();
        let mut in_flight = Family::new(&metrics::VAULT_IN_FLIGHT);
        in_flight.push(&["fast"], Reading::Count(waiting.fast as u64));
        in_flight.push(&["slow"], Reading::Count(waiting.slow as u64));
        let cached = vault.as_ref().map_or(0, |health| health.cached_keys);
        [
            Family::one(&metrics::VAULT_OPEN, open),
            in_flight,
            Family::count(&metrics::VAULT_CACHED_KEYS, cached.into()),
        ]
    }

    fn store_figures(&self) -> [Family; 4] {
        let store = self.store().figures();
        [
            Family::count(&metrics::STORE_REVISION, self.snapshot().revision.get()),
            Family::count(&metrics::STORE_BATCHES, store.batches),
            Family::one(&metrics::STORE_COMMIT, Reading::Durations(store.commits)),
            Family::one(&metrics::STORE_SYNC, Reading::Durations(store.syncs)),
        ]
    }

    fn audit_figures(&self) -> [Family; 10] {
        let (audit, status) = (self.audit().figures(), self.audit().status());
        let mut free = Family::new(&metrics::AUDIT_FREE);
        if let Some(bytes) = status.free_bytes {
            free.push(&[], Reading::Count(bytes));
        }
        let age = Reading::Number(audit.last_sync_age.as_secs_f64());
        [
            Family::count(&metrics::AUDIT_RECORDS, audit.records),
            Family::count(&metrics::AUDIT_BYTES, audit.bytes),
            Family::count(&metrics::AUDIT_UNSYNCED_RECORDS, audit.unsynced_records),
            Family::count(&metrics::AUDIT_UNSYNCED_BYTES, audit.unsynced_bytes),
            Family::one(&metrics::AUDIT_LAST_SYNC_AGE, age),
            Family::one(&metrics::AUDIT_SYNC, Reading::Durations(audit.syncs)),
            Family::count(&metrics::AUDIT_USED, status.used_bytes),
            Family::count(&metrics::AUDIT_BUDGET, status.budget_bytes),
            free,
            Family::count(&metrics::AUDIT_SEGMENTS, status.segments as u64),
        ]
    }

    fn signing_figures(&self) -> [Family; 4] {
        let mut unwitnessed = Family::new(&metrics::AUDIT_UNWITNESSED);
        let mut ages = Family::new(&metrics::AUDIT_COSIGNATURE_AGE);
        for (witness, records, age_ms) in self.witness_lags() {
            unwitnessed.push(&[witness.as_str()], Reading::Count(records));
            ages.push(&[witness.as_str()], seconds(age_ms));
        }
        [
            Family::count(&metrics::AUDIT_UNSIGNED, self.unsigned_records()),
            Family::one(&metrics::AUDIT_CHECKPOINT_AGE, seconds(self.checkpoint_age_ms())),
            unwitnessed,
            ages,
        ]
    }

    fn state_figures(&self) -> [Family; 7] {
        let snapshot = self.snapshot();
        let mut by_state: BTreeMap<KeyState, u64> = KEY_STATES.map(|state| (state, 0)).into();
        let mut next_deletion: Option<u64> = None;
        for key in snapshot.keys() {
            *by_state.entry(key.record.state).or_default() += 1;
            next_deletion = next_deletion.into_iter().chain(key.record.deletion_ms).min();
        }
        let mut keys = Family::new(&metrics::KEYS);
        for (state, count) in by_state {
            keys.push(&[state.as_str()], Reading::Count(count));
        }
        let (mut active, mut inactive, mut oldest) = (0_u64, 0_u64, None::<u64>);
        for key in snapshot.directory.all_access_keys() {
            if key.record.inactive {
                inactive += 1;
            } else {
                active += 1;
                oldest = oldest.into_iter().chain([key.record.created_ms]).min();
            }
        }
        let mut access_keys = Family::new(&metrics::ACCESS_KEYS);
        access_keys.push(&["active"], Reading::Count(active));
        access_keys.push(&["inactive"], Reading::Count(inactive));
        let mut key_sets = Family::new(&metrics::KEY_SET_AGE);
        for set in self.parts().provider_keys.fetched() {
            if let Some(age) = set.fetched_seconds_ago {
                key_sets.push(&[set.issuer.as_str()], Reading::Count(age));
            }
        }
        [
            keys,
            at(&metrics::NEXT_KEY_DELETION, next_deletion),
            Family::count(&metrics::ACCOUNTS, snapshot.accounts().count() as u64),
            access_keys,
            at(&metrics::ACCESS_KEY_OLDEST, oldest),
            at(&metrics::SESSIONS_END, self.authenticator().sessions_end()),
            key_sets,
        ]
    }
}

/// Milliseconds in seconds.
fn seconds(millis: u64) -> Reading {
    Reading::Number(millis as f64 / 1e3)
}

/// A time that there may not be.
fn at(metric: &'static Metric, millis: Option<u64>) -> Family {
    match millis {
        Some(millis) => Family::one(metric, seconds(millis)),
        None => Family::new(metric),
    }
}
