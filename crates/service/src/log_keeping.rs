//! How long the audit log stays, and who holds it: retention, thinned checkpoints, legal holds, witnesses. What is removed,
//! and every act of the operator, is on the record; so is one that failed.

use crate::operator::{OperatorError, operator};
use crate::recording;
use crate::service::Service;
use serde_json::{Value, json};
use std::time::Duration;
use strongroom_audit::{
    AuditError, AuditLog, Durability, Intent, Json, LogKeys, Pending, Pruned, Purpose, Retention, SignedNote,
    Thinned,
};
use strongroom_types::RequestId;

/// An operator's act on the log's holds and witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogAct {
    /// Make a hold: no segment is removed while it stands.
    AddHold {
        /// Its name.
        name: String,
        /// What for.
        reason: String,
    },
    /// End a hold.
    RemoveHold {
        /// Its name.
        name: String,
    },
    /// Add a witness.
    AddWitness {
        /// Its key: `name+id+base64`.
        key: String,
    },
    /// Remove a witness.
    RemoveWitness {
        /// Its name.
        name: String,
    },
    /// Take a checkpoint that witnesses have signed.
    TakeCosignature {
        /// The checkpoint with the signatures.
        note: String,
    },
}

impl LogAct {
    /// Its name on the record, and what is asked.
    fn shown(&self) -> (&'static str, Value) {
        match self {
            Self::AddHold { name, reason } => {
                ("OperatorAddAuditHold", json!({ "name": name, "reason": reason }))
            }
            Self::RemoveHold { name } => ("OperatorRemoveAuditHold", json!({ "name": name })),
            Self::AddWitness { key } => ("OperatorAddAuditWitness", json!({ "key": key })),
            Self::RemoveWitness { name } => ("OperatorRemoveAuditWitness", json!({ "name": name })),
            Self::TakeCosignature { note } => {
                // Its text names the checkpoint; the signatures are kept elsewhere.
                let text = note.split("\n\n").next().unwrap_or_default();
                ("OperatorTakeAuditCosignature", json!({ "checkpoint": text }))
            }
        }
    }

    /// Does it; what there is to tell, or why it is refused. Blocks.
    fn perform(self, log: &AuditLog, keys: Option<LogKeys>, now_s: u64) -> Result<Value, String> {
        let told = |error: &dyn std::fmt::Display| error.to_string();
        match self {
            Self::AddHold { name, reason } => {
                log.add_hold(&name, &reason, now_s).map(|()| json!({})).map_err(|error| told(&error))
            }
            Self::RemoveHold { name } => {
                log.remove_hold(&name).map(|()| json!({})).map_err(|error| told(&error))
            }
            Self::AddWitness { key } => {
                log.add_witness(&key).map(|_| json!({})).map_err(|error| told(&error))
            }
            Self::RemoveWitness { name } => match log.remove_witness(&name) {
                Ok(true) => Ok(json!({})),
                Ok(false) => Err(format!("there is no witness {name}")),
                Err(error) => Err(told(&error)),
            },
            Self::TakeCosignature { note } => {
                let note: SignedNote = note.parse().map_err(|error| told(&error))?;
                let keys = keys.ok_or_else(|| NO_KEYS.to_owned())?;
                let names = log.take_cosignature(&keys, &note).map_err(|error| told(&error))?;
                Ok(json!({ "SignedBy": names }))
            }
        }
    }
}

/// Why nothing is known of whose checkpoints are this log's.
const NO_KEYS: &str =
    "the log's keys are not known yet: the vault has not been open since the service was started";

/// The act of retention on the record.
const REMOVAL: &str = "RemoveAuditSegments";

/// How long a removal waits for the checkpoint that has its intent, which comes within a second, and its record for room.
const PAUSE: Duration = Duration::from_millis(50);
const TRIES: usize = 100;

/// What goes, as the record says it; `lastSequence` is 0 where nothing does. What is left rests on the last seal of what went.
fn removed(pruned: Pruned) -> Value {
    let mut told = json!({
        "segments": pruned.segments,
        "bytes": pruned.bytes,
        "firstSequence": pruned.first,
        "lastSequence": pruned.next.saturating_sub(1),
    });
    if let Some(seal) = pruned.seal {
        told["sealDigest"] = const_hex::encode(seal).into();
    }
    told
}

impl Service {
    /// Why the configuration stands against an act: a witness that it has is asked on, and back with the next start.
    fn configured(&self, act: &LogAct) -> Option<String> {
        let LogAct::RemoveWitness { name } = act else { return None };
        let configured = self.configured_witnesses.get().is_some_and(|names| names.contains(name));
        configured.then(|| {
            format!("{name} is in the configuration: take its [[audit.witness]] out and start again")
        })
    }

    /// An operator's act on holds or witnesses. Nothing is done unless the record says before that it will be, and what came
    /// of it is on the record when this returns, also if it was refused.
    pub async fn act_on_log(&self, act: LogAct, peer_uid: u32) -> Result<Value, OperatorError> {
        let pending = self.room_on_record(Purpose::Change).await?;
        let (name, parameters) = act.shown();
        let invoked_by = operator(peer_uid);
        let mut record = recording::service_event(self, name, &invoked_by, None);
        record.request_parameters = Json::new(&parameters).ok();
        let outcome = match self.configured(&act) {
            Some(why) => Err(why),
            None => {
                let request = self.request_id();
                record.request_id = request.to_string().into();
                let intent = Intent::of_act(request, self.snapshot().revision.get(), name, parameters);
                self.perform_intended(act, &pending, &intent).await?
            }
        };
        if let Err(why) = &outcome {
            record.error_code = Some("Refused".into());
            record.error_message = Some(why.clone().into());
        }
        let closed = self.audit().close(pending, &record, Durability::Disk).await;
        match (outcome, closed) {
            (Ok(_), Err(error)) => Err(OperatorError::OutcomeUnrecorded(error)),
            (Err(_), Err(error)) => Err(error.into()),
            (outcome, Ok(())) => outcome.map_err(OperatorError::Question),
        }
    }

    /// Does what the record says then: what there is to tell, or why it is refused.
    async fn perform_intended(
        &self,
        act: LogAct,
        pending: &Pending,
        intent: &Intent,
    ) -> Result<Result<Value, String>, AuditError> {
        self.audit().intent(pending, intent).await?;
        let (log, now_s) = (self.audit().clone(), self.clock().now().seconds());
        let keys = self.keys_of_log();
        let performed = tokio::task::spawn_blocking(move || act.perform(&log, keys, now_s)).await;
        Ok(performed.unwrap_or_else(|error| Err(error.to_string())))
    }

    /// The keys whose checkpoints are this log's, once they are known.
    pub(crate) fn keys_of_log(&self) -> Option<LogKeys> {
        self.log_keys()?.parse().ok()
    }

    /// The log's name, and the number after the last record that [`Self::prune_log`] would remove now.
    pub async fn removable(&self, retention: Retention) -> Option<(String, u64)> {
        let (now_s, retention) = (self.clock().now().seconds(), self.believed(retention));
        // What fails is told by the removal itself.
        let planned = self.on_log(move |log| log.prunable(&retention, now_s)).await.ok()?;
        let origin = self.audit().origin(|| self.new_log_name()).ok().filter(|_| planned.segments > 0)?;
        Some((origin, planned.next))
    }

    /// The log's name, and the number of its first record that is there.
    pub async fn log_beginning(&self) -> Result<(String, u64), AuditError> {
        let begins = self.on_log(AuditLog::begins).await?;
        Ok((self.audit().origin(|| self.new_log_name())?, begins))
    }

    /// Removes what is older or more than is to be kept, and ends a segment that has grown for a day. Call it every minute,
    /// after [`Self::run_due`] has looked at the clock.
    pub async fn prune_log(&self, retention: Retention) {
        self.audit().end_old_segment(self.clock().now().seconds());
        if let Err(error) = self.try_prune(retention).await {
            tracing::error!(%error, "retention could not be applied to the audit log");
        }
    }

    /// Retention as far as the clock is believed (threat T-06), which the warning `deletions_wait` tells of: what goes for
    /// its size asks no clock.
    fn believed(&self, retention: Retention) -> Retention {
        let watch = self.clock_watch();
        let doubted = watch.doubt().is_some() || watch.is_set_ahead(self.clock());
        if doubted { Retention { days: None, ..retention } } else { retention }
    }

    /// The record says first what is about to go, signed: what is missing without that was removed by somebody else.
    async fn try_prune(&self, retention: Retention) -> Result<(), AuditError> {
        // Read before it is doubted: one that is set ahead in between has no say.
        let now_s = self.clock().now().seconds();
        let retention = self.believed(retention);
        let planned = self.on_log(move |log| log.prunable(&retention, now_s)).await?;
        if planned.segments == 0 {
            return Ok(());
        }
        let request = self.request_id();
        let pending = match self.intend_removal(planned, request).await {
            Ok(pending) => Some(pending),
            // A log without room gets some by this, and tells afterwards.
            Err(error) if self.lacks_room(&error) => None,
            Err(error) => return Err(error),
        };
        // What may go since then waits for the next time.
        let retention = Retention { needed_from: Some(planned.next), ..retention };
        let pruned = self.on_log(move |log| log.prune(&retention, now_s)).await;
        if let Ok(Pruned { segments, bytes, passed_over, .. }) = &pruned {
            tracing::info!(
                segments,
                bytes,
                passed_over,
                "segments of the audit log were removed by retention; nothing counts in those that were passed over"
            );
        }
        let told = self.tell_removed(pending, request, planned, &pruned).await;
        pruned.and(told)
    }

    /// Puts on the record what is about to be removed; returns when that is signed.
    async fn intend_removal(&self, planned: Pruned, request: RequestId) -> Result<Pending, AuditError> {
        let pending = self.room_on_record(Purpose::Change).await?;
        let intent = Intent::of_act(request, self.snapshot().revision.get(), REMOVAL, removed(planned));
        self.audit().intent(&pending, &intent).await?;
        self.audit().settle().await;
        let size = self.audit().tree_head().size;
        // Without a vault that is open nothing is signed, and the log must not grow without bounds: it is signed later.
        for _ in 0..TRIES {
            if self.on_log(|log| log.signed_size()).await.is_ok_and(|signed| signed >= size) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Ok(pending)
    }

    /// Whether it is for want of room that the record cannot be written.
    fn lacks_room(&self, error: &AuditError) -> bool {
        let is_room =
            |error: &AuditError| matches!(error, AuditError::NoSpace | AuditError::BudgetUsedUp { .. });
        let failed = matches!(error, AuditError::Unwritable(_));
        let now = self.audit().reserve_after_room_was_made().err().filter(|_| failed);
        is_room(error) || now.is_some_and(|now| is_room(&now))
    }

    /// Room for the record of a removal that made it: a log that could not be written looks again by itself.
    async fn room_that_was_made(&self) -> Result<Pending, AuditError> {
        for _ in 0..TRIES {
            if let Ok(pending) = self.room_on_record(Purpose::Change).await {
                return Ok(pending);
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.room_on_record(Purpose::Change).await
    }

    /// Puts on the record what came of it. What went although a file could not be removed is not known: as much as was
    /// intended may have.
    async fn tell_removed(
        &self,
        pending: Option<Pending>,
        request: RequestId,
        planned: Pruned,
        pruned: &Result<Pruned, AuditError>,
    ) -> Result<(), AuditError> {
        let pending = match pending {
            Some(pending) => pending,
            None => self.room_that_was_made().await?,
        };
        let mut record = recording::service_event(self, REMOVAL, "strongroom", None);
        record.request_id = request.to_string().into();
        let parameters = removed(pruned.clone().unwrap_or(planned));
        record.request_parameters = Json::new(&parameters).ok();
        if let Err(error) = pruned {
            record.error_code = Some("Incomplete".into());
            record.error_message = Some(error.to_string().into());
        }
        self.audit().close(pending, &record, Durability::Disk).await
    }

    /// Does something with the log that blocks.
    async fn on_log<T: Send + 'static>(
        &self,
        work: impl FnOnce(&AuditLog) -> Result<T, AuditError> + Send + 'static,
    ) -> Result<T, AuditError> {
        let log = self.audit().clone();
        tokio::task::spawn_blocking(move || work(&log)).await.map_err(|_| AuditError::Closed)?
    }

    /// Thins the history of checkpoints and what witnesses have signed, which is no act: what they say stays. Call it every
    /// day.
    pub async fn thin_checkpoints(&self) {
        let now_ms = self.clock().now().millis();
        tell_thinned("checkpoints", self.on_log(move |log| log.thin_checkpoints(now_ms)).await);
        tell_thinned("signatures of witnesses", self.on_log(move |log| log.thin_cosignatures(now_ms)).await);
    }
}

fn tell_thinned(what: &str, thinned: Result<Thinned, AuditError>) {
    match thinned {
        Ok(Thinned { checkpoints: 0, .. }) => {}
        Ok(Thinned { checkpoints, bytes }) => {
            tracing::info!(checkpoints, bytes, "old {what} of the audit log were thinned");
        }
        Err(error) => tracing::warn!(%error, "{what} of the audit log could not be thinned"),
    }
}
