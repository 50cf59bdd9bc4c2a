//! Witnesses of the audit log, as the front deals with them by itself: what one is asked, and what is made of its answer. Who
//! carries the question is not known here. What they sign is not on the record: it would be new records to sign, for ever.

use crate::recording;
use crate::service::Service;
use crate::signing::Signed;
use serde_json::json;
use strongroom_audit::{
    AuditError, Checkpoint, Durability, Json, NoteSignature, Purpose, SignedNote, VerifierKey, WitnessError,
    WitnessRequest, WitnessRequestError,
};

/// Why a witness was not asked, or its answer not taken.
#[derive(Debug, thiserror::Error)]
pub enum WitnessFault {
    /// The vault has not been open yet.
    #[error("the log's keys are not known yet")]
    NoKeys,
    /// What it is asked cannot be made.
    #[error("{0}")]
    Request(#[from] WitnessRequestError),
    /// What it signed is not taken.
    #[error("{0}")]
    Refused(#[from] WitnessError),
    /// Its answer has no signature lines.
    #[error("its answer is none: {0}")]
    Answer(strongroom_audit::NoteError),
    /// It is not on the record who was added.
    #[error("{0}")]
    Audit(#[from] AuditError),
    /// A thread ended early.
    #[error("the work ended early")]
    Ended,
}

impl Service {
    /// Adds the witnesses that the operator configured, by their keys' texts. New ones are on the record. Once, at the start.
    pub async fn enlist_witnesses(&self, keys: &[String]) -> Result<(), WitnessFault> {
        let names = keys.iter().filter_map(|key| Some(key.parse::<VerifierKey>().ok()?.name().to_owned()));
        self.configured_witnesses.get_or_init(|| names.collect());
        let mut outcome = Ok(());
        for key in keys {
            // One that cannot be added keeps none of the others out.
            outcome = outcome.and(self.enlist_witness(key).await);
        }
        outcome
    }

    /// On the record first: who is added is told, if once too often after a crash between.
    async fn enlist_witness(&self, key: &str) -> Result<(), WitnessFault> {
        let (log, text) = (self.audit().clone(), key.to_owned());
        let known = tokio::task::spawn_blocking(move || log.knows_witness(&text)).await;
        if known.map_err(|_| WitnessFault::Ended)?? {
            return Ok(());
        }
        let pending = self.room_on_record(Purpose::Change).await?;
        let mut record = recording::service_event(self, "AddAuditWitness", "strongroom", None);
        record.request_parameters = Json::new(&json!({ "key": key })).ok();
        self.audit().close(pending, &record, Durability::Disk).await?;
        let (log, text) = (self.audit().clone(), key.to_owned());
        let added = tokio::task::spawn_blocking(move || log.add_witness(&text)).await;
        Ok(added.map_err(|_| WitnessFault::Ended)??)
    }

    /// How many records a witness of this name has signed, as far as is known here.
    pub async fn witnessed_size(&self, name: &str) -> Result<u64, WitnessFault> {
        let keys = self.keys_of_log().ok_or(WitnessFault::NoKeys)?;
        let log = self.audit().clone();
        let heads = tokio::task::spawn_blocking(move || log.witnessed(&keys)).await;
        let heads = heads.map_err(|_| WitnessFault::Ended)??;
        for (name, last) in &heads {
            let never = Signed { size: 0, time_ms: self.started().millis() };
            let signed = |(checkpoint, seconds): &(Checkpoint, u64)| Signed {
                size: checkpoint.size,
                time_ms: seconds.saturating_mul(1_000),
            };
            self.signing.witnessed(name, last.as_ref().map_or(never, signed));
        }
        let signed = heads.into_iter().find(|(known, _)| known == name).and_then(|(_, last)| last);
        Ok(signed.map_or(0, |(checkpoint, _)| checkpoint.size))
    }

    /// What a witness is asked now that has signed so many records; `None` if there is nothing newer, unless we lack what it
    /// signed then: it signs that `again`.
    pub async fn witness_request(
        &self,
        signed: u64,
        again: bool,
    ) -> Result<Option<WitnessRequest>, WitnessFault> {
        let log = self.audit().clone();
        let made = tokio::task::spawn_blocking(move || log.witness_request(signed, again)).await;
        Ok(made.map_err(|_| WitnessFault::Ended)??)
    }

    /// Takes a witness's answer: signature lines for the checkpoint that it was asked for. Gives who has signed.
    pub async fn take_witness_answer(
        &self,
        request: &WitnessRequest,
        lines: &str,
    ) -> Result<Vec<String>, WitnessFault> {
        let mut note = request.note.clone();
        for line in lines.lines() {
            note.signatures.push(line.parse::<NoteSignature>().map_err(WitnessFault::Answer)?);
        }
        self.take_cosigned(note).await
    }

    /// Takes a checkpoint that witnesses have signed, as a text.
    pub async fn take_cosigned_text(&self, note: &str) -> Result<Vec<String>, WitnessFault> {
        self.take_cosigned(note.parse().map_err(WitnessFault::Answer)?).await
    }

    async fn take_cosigned(&self, note: SignedNote) -> Result<Vec<String>, WitnessFault> {
        let keys = self.keys_of_log().ok_or(WitnessFault::NoKeys)?;
        let log = self.audit().clone();
        let size = note.text.parse::<Checkpoint>().ok().map(|checkpoint| checkpoint.size);
        let taken = tokio::task::spawn_blocking(move || log.take_cosignature(&keys, &note)).await;
        let names = taken.map_err(|_| WitnessFault::Ended)??;
        // It is this log's checkpoint, or it had not been taken.
        if let Some(size) = size {
            let signed = Signed { size, time_ms: self.clock().now().millis() };
            names.iter().for_each(|name| self.signing.witnessed(name, signed));
        }
        Ok(names)
    }
}
