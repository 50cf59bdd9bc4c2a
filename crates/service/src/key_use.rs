//! When each key was last used, and for what (GetKeyLastUsage). The audit record has every use; this is the answer that
//! need not be looked for.
//!
//! A use costs no write: it is noted in memory, with the time of its record. [`Service::keep_last_uses`] writes what is new
//! as records `s/used`. What a front that is killed, or a disk that is nearly full, keeps from being written is left to the
//! next front, which reads it from the audit log ([`Service::note_recorded_use`]): back to the newest use that is written.

use crate::call::{Notes, change_fault};
use crate::fault::Fault;
use crate::parts::Parts;
use crate::service::Service;
use crate::state::layout;
use crate::state::{ChangeError, Changes, KeyEntry, KeyUseRecord, Snapshot};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;
use strongroom_audit::{Record, RecordView, event_seconds, is_use};
use strongroom_storage::{BatchId, PRECONDITIONS_MAX};
use strongroom_types::{KeyArn, Timestamp};

/// The most uses in one batch: each rests on its key, and on the record before.
const BATCH_USES_MAX: usize = PRECONDITIONS_MAX / 2;

/// A day in milliseconds.
const DAY_MS: u64 = 86_400_000;

/// A key's last use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyUse {
    /// Whole seconds, as the record says.
    pub(crate) at: Timestamp,
    pub(crate) operation: Cow<'static, str>,
    pub(crate) request_id: String,
    pub(crate) event_id: String,
}

/// The last uses that are not in the store yet.
#[derive(Default)]
pub(crate) struct KeyUses {
    /// By keys that there are; each thread notes for itself, the newest of a key counts.
    new: Parts<HashMap<KeyArn, Noted, foldhash::quality::RandomState>>,
    /// Whether the audit record may have uses that were not noted.
    behind_record: AtomicBool,
}

/// A use with what tells which was last of those in different parts: its time in milliseconds, and of several within one when
/// it was noted, before its caller had the answer and could go on.
#[derive(Clone)]
struct Noted {
    ms: u64,
    when: Instant,
    last: KeyUse,
}

impl Noted {
    fn order(&self) -> (u64, Instant) {
        (self.ms, self.when)
    }
}

impl KeyUses {
    /// Notes a cryptographic operation that succeeded, once for each of its keys; `at` is the record's time.
    pub(crate) fn note(&self, operation: &'static str, at: Timestamp, notes: &Notes, record: &Record<'_>) {
        let keys = notes.about.iter().filter_map(|about| about.key());
        let (ms, at) = (at.millis(), Timestamp::from_millis(at.seconds().saturating_mul(1_000)));
        let mut new = self.new.mine();
        let when = Instant::now();
        for key in keys {
            match new.get_mut(&key.arn) {
                Some(noted) if noted.ms > ms => {}
                Some(Noted { ms: noted_ms, when: noted_when, last }) => {
                    // What is there is written over: most keys were used before.
                    (*noted_ms, *noted_when) = (ms, when);
                    last.at = at;
                    last.operation = Cow::Borrowed(operation);
                    last.request_id.clear();
                    last.request_id.push_str(&record.request_id);
                    last.event_id.clear();
                    last.event_id.push_str(&record.event_id);
                }
                None => {
                    let (request_id, event_id) = (record.request_id.to_string(), record.event_id.to_string());
                    let last = KeyUse { at, operation: Cow::Borrowed(operation), request_id, event_id };
                    new.insert(key.arn.clone(), Noted { ms, when, last });
                }
            }
        }
    }

    fn get(&self, key: &KeyArn) -> Option<KeyUse> {
        self.newest(key).map(|noted| noted.last)
    }

    fn newest(&self, key: &KeyArn) -> Option<Noted> {
        // At once: one after the other, an older use might be seen before it goes and the newest when it has gone to the store.
        let parts = self.new.all();
        parts.iter().filter_map(|part| part.get(key)).max_by_key(|noted| noted.order()).cloned()
    }

    fn put_if_newer(&self, key: KeyArn, one: KeyUse) {
        let ms = one.at.millis();
        let is_newer = |noted: Option<&Noted>| noted.is_none_or(|noted| noted.ms < ms);
        if is_newer(self.newest(&key).as_ref()) {
            let mut new = self.new.mine();
            // Another thread of this part may have noted a use meanwhile.
            if is_newer(new.get(&key)) {
                new.insert(key, Noted { ms, when: Instant::now(), last: one });
            }
        }
    }

    fn unsaved(&self) -> Vec<(KeyArn, Noted)> {
        let mut newest: HashMap<KeyArn, Noted> = HashMap::new();
        for part in self.new.each() {
            for (key, noted) in part.iter() {
                if newest.get(key).is_none_or(|other| other.order() < noted.order()) {
                    newest.insert(key.clone(), noted.clone());
                }
            }
        }
        newest.into_iter().collect()
    }

    /// These are in the store now, except what was used again meanwhile.
    fn saved(&self, uses: &[(KeyArn, Noted)]) {
        for (key, saved) in uses {
            for part in &mut self.new.all() {
                if part.get(key).is_some_and(|noted| noted.order() <= saved.order()) {
                    part.remove(key);
                }
            }
        }
    }

    fn forget(&self, key: &KeyArn) {
        self.new.each().for_each(|mut part| drop(part.remove(key)));
    }
}

impl Service {
    /// When a key was last used; absent if it never was.
    pub(crate) fn last_use_of_key(&self, key: &KeyArn) -> Option<KeyUse> {
        // In this order: what is no longer noted is in force in the state.
        self.key_uses().get(key).or_else(|| {
            let snapshot = self.snapshot();
            let record = &snapshot.key_use(key)?.record;
            Some(KeyUse {
                at: Timestamp::from_millis(record.at_ms),
                operation: record.operation.clone().into(),
                request_id: record.request_id.clone(),
                event_id: record.event_id.clone(),
            })
        })
    }

    /// How many whole days ago a key was last used, or made if it never was (`kms:TrailingDaysWithoutKeyUsage`). Zero while
    /// uses may be missing: a policy that protects keys in use protects one too many rather than one too few.
    pub(crate) fn days_unused(&self, key: &KeyEntry, now: Timestamp) -> u32 {
        if self.key_uses().behind_record.load(Ordering::Acquire) {
            return 0;
        }
        let made = Timestamp::from_millis(key.record.created_ms);
        let since = self.last_use_of_key(&key.arn).map_or(made, |last| last.at);
        whole_days(since, now)
    }

    /// The newest use of any key that is written down, in seconds: those that are an hour older are too. `None` if none ever
    /// was: the state is new, or of a release that did not.
    pub fn newest_kept_key_use(&self) -> Option<u64> {
        self.snapshot().newest_key_use().map(|ms| ms / 1_000)
    }

    /// The audit record may have uses that are not noted: until [`Service::recorded_uses_are_noted`], every key counts as
    /// used today where a policy asks for how long it was not, and no use is written down: a newer one would say that
    /// those before it are.
    pub fn expect_recorded_uses(&self) {
        self.key_uses().behind_record.store(true, Ordering::Release);
    }

    /// The uses on the audit record are noted, as far as it could be read.
    pub fn recorded_uses_are_noted(&self) {
        self.key_uses().behind_record.store(false, Ordering::Release);
    }

    /// Notes a use that is on the audit record, where the front that wrote the record did not come to note it. Records
    /// of anything else, and of keys that are gone, are passed over.
    pub fn note_recorded_use(&self, record: &RecordView<'_>) {
        if !is_use(record) {
            return;
        }
        let Some(seconds) = event_seconds(&record.event_time) else { return };
        let snapshot = self.snapshot();
        for resource in &record.resources {
            let Ok(arn) = KeyArn::parse(&resource.arn) else { continue };
            let one = KeyUse {
                at: Timestamp::from_millis(seconds * 1_000),
                operation: record.event_name.to_string().into(),
                request_id: record.request_id.to_string(),
                event_id: record.event_id.to_string(),
            };
            let written = snapshot.key_use(&arn).map(|written| written.record.at_ms);
            if snapshot.key(&arn).is_some() && written.is_none_or(|written| written < one.at.millis()) {
                self.key_uses().put_if_newer(arn, one);
            }
        }
    }

    /// Writes the last uses of keys that the store has not got yet; see [`Service::keep_last_uses`].
    pub(crate) async fn keep_key_uses(&self) {
        if self.key_uses().behind_record.load(Ordering::Acquire) || self.store().is_low_on_space() {
            return;
        }
        let unsaved = self.key_uses().unsaved();
        if unsaved.is_empty() {
            return;
        }
        let snapshot = self.snapshot();
        let (mut there, gone): (Vec<_>, Vec<_>) =
            unsaved.into_iter().partition(|(key, _)| snapshot.key(key).is_some());
        // What is written says that what is older is, too.
        there.sort_by_key(|(_, noted)| noted.order());
        gone.iter().for_each(|(key, _)| self.key_uses().forget(key));
        for uses in there.chunks(BATCH_USES_MAX) {
            match self.write_key_uses(&snapshot, uses).await {
                Ok(()) => self.key_uses().saved(uses),
                Err(fault) => {
                    tracing::warn!(error = ?fault, "last uses of keys could not be written");
                    return;
                }
            }
        }
    }

    async fn write_key_uses(&self, snapshot: &Snapshot, uses: &[(KeyArn, Noted)]) -> Result<(), Fault> {
        let changes = put_uses(snapshot, uses).map_err(change_fault)?;
        self.committer().commit(BatchId::new(self.random_id()), changes).await?;
        Ok(())
    }
}

/// Days that have passed, rounded down; none when the clock is behind.
fn whole_days(since: Timestamp, now: Timestamp) -> u32 {
    let days = now.millis().saturating_sub(since.millis()) / DAY_MS;
    u32::try_from(days).unwrap_or(u32::MAX)
}

/// A key that is deleted meanwhile gets no record any more: the batch rests on each that it is about.
fn put_uses(snapshot: &Snapshot, uses: &[(KeyArn, Noted)]) -> Result<Changes, ChangeError> {
    let mut changes = Changes::new();
    for (arn, noted) in uses {
        let Some(key) = snapshot.key(arn) else { continue };
        put_use(&mut changes, snapshot, key, &noted.last)?;
    }
    Ok(changes)
}

fn put_use(
    changes: &mut Changes,
    snapshot: &Snapshot,
    key: &KeyEntry,
    last: &KeyUse,
) -> Result<(), ChangeError> {
    let place = || layout::key_use(&key.arn);
    changes.unchanged(layout::key(&key.arn), key.revision)?;
    let before = snapshot.key_use(&key.arn);
    match before {
        Some(before) => changes.unchanged(place(), before.revision)?,
        None => changes.absent(place())?,
    };
    let record = KeyUseRecord {
        at_ms: last.at.millis(),
        operation: last.operation.clone().into_owned(),
        request_id: last.request_id.clone(),
        event_id: last.event_id.clone(),
        unknown: before.map(|before| before.record.unknown.clone()).unwrap_or_default(),
    };
    changes.put(place(), &record)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn arn() -> KeyArn {
        KeyArn::parse("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab").unwrap()
    }

    fn use_at(second: u64) -> KeyUse {
        KeyUse {
            at: Timestamp::from_millis(second * 1_000),
            operation: "Decrypt".into(),
            request_id: format!("request-{second}"),
            event_id: format!("event-{second}"),
        }
    }

    #[test]
    fn days_are_whole_and_none_when_the_clock_is_behind() {
        let at = Timestamp::from_millis;
        let since = 5 * DAY_MS + 7;
        for (now, days) in
            [(0, 0), (since, 0), (since + DAY_MS - 1, 0), (since + DAY_MS, 1), (since + 30 * DAY_MS, 30)]
        {
            assert_eq!(whole_days(at(since), at(now)), days, "{now}");
        }
        assert_eq!(whole_days(at(0), at(u64::MAX)), u32::MAX);
    }

    #[test]
    fn use_that_came_while_the_one_before_was_written_stays_unsaved() {
        let uses = KeyUses::default();
        uses.put_if_newer(arn(), use_at(1));
        let written = uses.unsaved();
        uses.put_if_newer(arn(), use_at(2));
        uses.saved(&written);
        assert_eq!(uses.get(&arn()), Some(use_at(2)));
        uses.saved(&uses.unsaved());
        assert!(uses.unsaved().is_empty());
    }

    #[test]
    fn newest_of_what_several_threads_noted_counts_and_none_comes_back_when_it_was_saved() {
        let uses = KeyUses::default();
        for second in [2, 3, 1] {
            std::thread::scope(|scope| {
                let noted = Noted { ms: second * 1_000, when: Instant::now(), last: use_at(second) };
                scope.spawn(|| uses.new.mine().insert(arn(), noted));
            });
        }
        assert_eq!(uses.get(&arn()), Some(use_at(3)));
        let written = uses.unsaved();
        assert_eq!(written.len(), 1);
        uses.saved(&written);
        assert_eq!(uses.get(&arn()), None);
    }

    #[test]
    fn of_uses_in_one_millisecond_that_which_was_noted_last_counts_whatever_thread_noted_it() {
        let begin = Instant::now();
        let noted = |nanos| Noted {
            ms: 1_000,
            when: begin + Duration::from_nanos(nanos),
            last: KeyUse { event_id: nanos.to_string(), ..use_at(1) },
        };
        for order in [[1, 2, 3], [3, 1, 2], [2, 3, 1]] {
            let uses = KeyUses::default();
            for (part, nanos) in uses.new.all().iter_mut().zip(order) {
                part.insert(arn(), noted(nanos));
            }
            assert_eq!(uses.get(&arn()).unwrap().event_id, "3", "{order:?}");
            let written = uses.unsaved();
            assert_eq!(written[0].1.last.event_id, "3", "{order:?}");
            // Another one within the millisecond, while that is written.
            uses.new.all()[0].insert(arn(), noted(4));
            uses.saved(&written);
            assert_eq!(uses.get(&arn()).unwrap().event_id, "4", "{order:?}");
            uses.saved(&uses.unsaved());
            assert!(uses.get(&arn()).is_none() && uses.unsaved().is_empty());
        }
    }

    #[test]
    fn older_use_does_not_replace_a_newer_one() {
        let uses = KeyUses::default();
        uses.put_if_newer(arn(), use_at(2));
        uses.put_if_newer(arn(), use_at(1));
        assert_eq!(uses.get(&arn()), Some(use_at(2)));
    }
}
