//! What happens by itself: the deletion of keys whose waiting period has ended, and automatic rotation.
//!
//! Everything runs under preconditions, so it happens once whoever runs it. Deletion trusts the wall clock only
//! if the clock is plausible: an early deletion cannot be repaired, a late one can.

use crate::clock::mark_at;
use crate::complaints::Complaints;
use crate::fault::Fault;
use crate::ops::{next_material, reschedule};
use crate::recording;
use crate::service::Service;
use crate::state::layout::{self, DueKind};
use crate::state::{ChangeError, Changes, KeyEntry, KeyRecord, RotationKind, RotationSchedule, Snapshot};
use std::sync::Arc;
use std::time::Duration;
use strongroom_audit::{Durability, Intent, Purpose, Record};
use strongroom_storage::{BatchId, Revision};
use strongroom_types::{KeyArn, KeyState, Origin, Timestamp};

/// Records that one batch removes at most, beside the key itself.
const SWEEP_MAX: usize = 80;

/// How often the clock's high-water mark is written.
const MARK_INTERVAL_MS: u64 = 3_600_000;

/// How far the clock may be ahead of the mark before deletion waits.
const AHEAD_MAX_MS: u64 = 24 * MARK_INTERVAL_MS;

/// How long the deletion of a key waits for a token that is away.
const TOKEN_WAIT_MS: u64 = 24 * 3_600_000;

/// How long deletion waits then.
const AHEAD_WAIT: Duration = Duration::from_millis(MARK_INTERVAL_MS);

/// What complaints about the clock are about.
const CLOCK: &str = "clock";

/// The clock says less than it has said before.
const BEHIND_MARK: &str = "the clock is behind its last known time: the deletion of keys, and of audit records by age, \
                           waits until it is right";

/// Nothing but the clock itself says that so much time has passed.
const SET_AHEAD: &str = "the clock went minutes ahead of the time that has passed: the deletion of keys, and of audit \
                         records by age, waits until it is back, or until the operator says that it is right \
                         (strongroom clock accept)";

/// After a long stop only the clock knows how long it was.
const FAR_AHEAD: &str = "the clock is more than a day ahead of its last known time: the deletion of keys, and of audit \
                         records by age, waits an hour, or until the operator says that it is right (strongroom \
                         clock accept)";

/// The state of the worker between its rounds.
#[derive(Debug, Default)]
pub struct DueWork {
    /// When the service first saw a clock that is implausibly ahead of the mark, by the monotonic clock.
    suspicious_since: Option<Duration>,
    /// What went wrong in earlier rounds.
    complaints: Complaints,
}

impl Service {
    /// One round: everything that is due now. Faults are logged and tried again in the next round.
    pub async fn run_due(&self, work: &mut DueWork) {
        let now = self.clock().now();
        let destructive = self.clock_is_plausible(work, now).await;
        let snapshot = self.snapshot();
        self.end_births(&snapshot, now, &mut work.complaints).await;
        self.end_left_passages(&mut work.complaints).await;
        for (at, kind, arn, revision) in snapshot.due_until(now.seconds()) {
            let due = Due { at: Timestamp::from_millis(at * 1_000), arn, revision };
            let done = match kind {
                // One that has begun gives nothing back by waiting.
                DueKind::Delete if !destructive && !has_begun(&snapshot, &due) => continue,
                DueKind::Delete => self.delete_key(&due).await,
                // New material only adds: it waits for room.
                DueKind::Rotate if self.store().is_low_on_space() => continue,
                DueKind::Rotate => self.rotate_key(&snapshot, &due, now).await,
            };
            let about = due.arn.to_string();
            match done {
                Ok(()) => work.complaints.settle(&about),
                Err(fault) => {
                    let now = self.clock().monotonic();
                    if work.complaints.is_news(&about, &format!("{fault:?}"), now) {
                        tracing::warn!(key = %due.arn, error = ?fault, "what is due could not be done and is tried again");
                    }
                }
            }
        }
    }

    /// Whether the clock is believed as far as deletion goes. Raises its persisted high-water mark every hour.
    async fn clock_is_plausible(&self, work: &mut DueWork, now: Timestamp) -> bool {
        let (mark_ms, revision) = self.snapshot().clock_mark().unwrap_or((now.millis(), Revision::ZERO));
        let doubt = self.doubt_of_clock(work, now, mark_ms);
        self.clock_watch().note(doubt);
        if let Some(doubt) = doubt {
            if work.complaints.is_news(CLOCK, doubt, self.clock().monotonic()) {
                tracing::warn!("{doubt}");
            }
            return false;
        }
        work.complaints.settle(CLOCK);
        if revision == Revision::ZERO || now.millis().saturating_sub(mark_ms) >= MARK_INTERVAL_MS {
            self.raise_mark(now, revision).await;
        }
        true
    }

    /// What is wrong with the clock, by its mark and by the time that has passed.
    fn doubt_of_clock(&self, work: &mut DueWork, now: Timestamp, mark_ms: u64) -> Option<&'static str> {
        let since = work.suspicious_since.take();
        if now.millis() < mark_ms {
            return Some(BEHIND_MARK);
        }
        if self.clock_watch().is_set_ahead(self.clock()) {
            return Some(SET_AHEAD);
        }
        if now.millis() - mark_ms <= AHEAD_MAX_MS {
            return None;
        }
        let monotonic = self.clock().monotonic();
        let since = since.unwrap_or(monotonic);
        if monotonic.saturating_sub(since) >= AHEAD_WAIT {
            return None;
        }
        work.suspicious_since = Some(since);
        Some(FAR_AHEAD)
    }

    async fn raise_mark(&self, now: Timestamp, revision: Revision) {
        match mark_at(now, revision) {
            Ok(changes) => {
                if let Err(fault) = self.committer().commit(BatchId::new(self.random_id()), changes).await {
                    tracing::warn!(%fault, "the clock's mark could not be raised");
                }
            }
            Err(error) => tracing::error!(%error, "the clock's mark could not be written"),
        }
    }

    /// Counts, material, grants and aliases first, in batches; then the key with its policy. The key is unusable all the while,
    /// and nothing is destroyed before the store says that nobody can cancel the deletion any more.
    async fn delete_key(&self, due: &Due) -> Result<(), Fault> {
        let Some(key) = self.snapshot().key(&due.arn).cloned() else { return self.drop_due(due).await };
        let ended = key.record.deletion_ms.is_some_and(|ms| ms / 1_000 == due.at.seconds());
        if key.record.state != KeyState::PendingDeletion || !ended {
            return self.drop_due(due).await;
        }
        if !key.record.deletion_begun {
            self.begin_deletion(&key).await?;
        }
        let snapshot = self.snapshot();
        let Some(key) = snapshot.key(&due.arn).filter(|key| key.record.deletion_begun).cloned() else {
            return Ok(());
        };
        self.destroy_in_token(&key, due).await?;
        for material in &key.materials {
            // A vault that cannot be reached has nothing cached for long.
            let _ = self.vault().forget(&material.record.wrapped).await;
        }
        let mut sweep = self.sweep(&snapshot, &key).map_err(crate::call::change_fault)?;
        let last = sweep.pop().unwrap_or_default();
        for changes in sweep {
            self.committer().commit(BatchId::new(self.random_id()), changes).await?;
        }
        let last = remove(last, &key, due).map_err(crate::call::change_fault)?;
        self.service_change("DeleteKey", &due.arn, last).await
    }

    /// From then on the deletion cannot be cancelled.
    async fn begin_deletion(&self, key: &KeyEntry) -> Result<(), Fault> {
        let record = KeyRecord { deletion_begun: true, ..key.record.clone() };
        let build = || -> Result<Changes, ChangeError> {
            let mut changes = Changes::new();
            changes.unchanged(layout::key(&key.arn), key.revision)?.put(layout::key(&key.arn), &record)?;
            Ok(changes)
        };
        let changes = build().map_err(crate::call::change_fault)?;
        self.service_change("BeginKeyDeletion", &key.arn, changes).await
    }

    /// A key that was born in a token is destroyed there, connected or not. A token that is away is waited for a day; then the
    /// key is deleted without it, as AWS does, and its object is left to the operator.
    async fn destroy_in_token(&self, key: &KeyEntry, due: &Due) -> Result<(), Fault> {
        if key.record.origin != Origin::AwsCloudHsm {
            return Ok(());
        }
        for material in &key.materials {
            let Err(error) = self.vault().destroy_store_key(key.backing(material)).await else { continue };
            if self.clock().now().millis() < due.at.millis().saturating_add(TOKEN_WAIT_MS) {
                return Err(Fault::Vault(error));
            }
            tracing::error!(
                key = %key.arn, %error,
                "the key is deleted, and its object strongroom-key-<id> is left in its token: destroy it there"
            );
        }
        Ok(())
    }

    /// Batches that remove what hangs on a key.
    fn sweep(&self, snapshot: &Snapshot, key: &KeyEntry) -> Result<Vec<Changes>, ChangeError> {
        let grants = key.grants.after(None).map(|grant| (layout::grant(&key.arn, &grant.id), grant.revision));
        let materials = key.materials.iter().map(|m| (layout::material(&key.arn, m.seq), m.revision));
        let counted = key.materials.iter().filter_map(|m| Some((m.seq, m.reserved.as_ref()?.revision)));
        let counts = counted.map(|(seq, revision)| (layout::count(&key.arn, seq), revision));
        let aliases = snapshot.aliases_of(key).map(|(arn, alias)| (layout::alias(arn), alias.revision));
        let records: Vec<_> = counts.chain(materials).chain(grants).chain(aliases).collect();
        let mut batches = Vec::new();
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            let mut changes = Changes::new();
            changes.unchanged(layout::key(&key.arn), key.revision)?;
            for (record, revision) in records.by_ref().take(SWEEP_MAX) {
                changes.unchanged(record.clone(), revision)?.delete(record)?;
            }
            batches.push(changes);
        }
        Ok(batches)
    }

    async fn rotate_key(&self, snapshot: &Snapshot, due: &Due, now: Timestamp) -> Result<(), Fault> {
        let key = snapshot.key(&due.arn).cloned();
        let key =
            key.filter(|key| key.record.rotation.is_some_and(|r| r.next_ms / 1_000 == due.at.seconds()));
        let Some((key, rotation)) = key.and_then(|key| key.record.rotation.map(|rotation| (key, rotation)))
        else {
            return self.drop_due(due).await;
        };
        if key.record.state != KeyState::Enabled {
            // An overdue rotation happens when the key is enabled again.
            return Ok(());
        }
        let (mut record, material) = next_material(self.vault(), &key, RotationKind::Automatic, now).await?;
        let next_ms = now.plus_days(rotation.period_days).millis();
        record.rotation = Some(RotationSchedule { next_ms, ..rotation });
        let build = || -> Result<Changes, ChangeError> {
            let mut changes = Changes::new();
            changes.unchanged(layout::key(&key.arn), key.revision)?.put(layout::key(&key.arn), &record)?;
            changes.put(layout::material(&key.arn, record.current), &material)?;
            changes.under_keyring(snapshot)?;
            reschedule(&mut changes, &key.arn, Some(rotation.next_ms), Some(next_ms))?;
            Ok(changes)
        };
        self.service_change("RotateKey", &key.arn, build().map_err(crate::call::change_fault)?).await
    }

    /// A due record whose reason is gone.
    async fn drop_due(&self, due: &Due) -> Result<(), Fault> {
        for kind in [DueKind::Delete, DueKind::Rotate] {
            let key = layout::due(due.at, kind, &due.arn);
            let mut changes = Changes::new();
            let built = changes.unchanged(key.clone(), due.revision).and_then(|changes| changes.delete(key));
            built.map_err(crate::call::change_fault)?;
            // The other kind has no such record: its precondition fails, and nothing happens.
            let _ = self.committer().commit(BatchId::new(self.random_id()), changes).await;
        }
        Ok(())
    }

    /// A change by the service itself: intent, commit, close.
    pub(crate) async fn service_change(
        &self,
        name: &str,
        arn: &KeyArn,
        changes: Changes,
    ) -> Result<(), Fault> {
        let record = || recording::service_event(self, name, "AWS Internal", Some(arn));
        self.change_on_record(name, Some(arn), changes, record).await
    }

    /// The same, of a key or of something else, with a record that is made once the change is.
    pub(crate) async fn change_on_record<'r>(
        &self,
        name: &str,
        key: Option<&KeyArn>,
        changes: Changes,
        record: impl FnOnce() -> Record<'r> + Send,
    ) -> Result<(), Fault> {
        let pending = self.room_on_record(Purpose::Change).await.map_err(|_| Fault::Audit)?;
        let (request, batch) = (self.request_id(), BatchId::new(self.random_id()));
        let mut intent = Intent::new(request, batch.bytes(), self.snapshot().revision.get(), name);
        if let Some(arn) = key {
            intent = intent.of_key(arn.to_string());
        }
        self.audit().intent(&pending, &intent).await.map_err(|_| Fault::Audit)?;
        let committed = self.committer().commit(batch, changes).await;
        let mut record = record();
        record.request_id = request.to_string().into();
        if let Err(fault) = &committed {
            record.error_code = Some("NotConfirmed".into());
            record.error_message = Some(fault.to_string().into());
        }
        self.audit().close(pending, &record, Durability::Disk).await.map_err(|_| Fault::Audit)?;
        Ok(committed.map(drop)?)
    }
}

/// One due record.
struct Due {
    at: Timestamp,
    arn: KeyArn,
    revision: Revision,
}

/// Whether the deletion that is due has begun.
fn has_begun(snapshot: &Snapshot, due: &Due) -> bool {
    snapshot.key(&due.arn).is_some_and(|key| key.record.deletion_begun)
}

/// The last batch of a deletion: the key, its policy and its due record.
fn remove(mut changes: Changes, key: &Arc<KeyEntry>, due: &Due) -> Result<Changes, ChangeError> {
    changes.unchanged(layout::key(&key.arn), key.revision)?.delete(layout::key(&key.arn))?;
    if let Some(policy) = &key.policy_text {
        changes.unchanged(layout::policy(&key.arn), policy.revision)?.delete(layout::policy(&key.arn))?;
    }
    changes.delete(layout::key_use(&key.arn))?;
    let record = layout::due(due.at, DueKind::Delete, &due.arn);
    changes.unchanged(record.clone(), due.revision)?.delete(record)?;
    Ok(changes)
}
