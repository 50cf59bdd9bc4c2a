//! Witnesses of the audit log, as the front deals with them by itself: what one is asked, and what is made of its answer. Who
//! carries the question is not known here. What they sign is not on the record: it would be new records to sign, for ever.

use crate::recording;
use crate::service::Service;
use serde_json::json;
use strongroom_audit::{
    AuditError, Durability, Json, NoteSignature, Purpose, SignedNote, WitnessError, WitnessRequest,
    WitnessRequestError,
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
    /// Adds the witnesses that the operator configured, by their keys' texts. New ones are on the record.
    pub async fn enlist_witnesses(&self, keys: &[String]) -> Result<(), WitnessFault> {
        for key in keys {
            let (log, text) = (self.audit().clone(), key.clone());
            let added = tokio::task::spawn_blocking(move || log.add_witness(&text)).await;
            if !added.map_err(|_| WitnessFault::Ended)?? {
                continue;
            }
            let pending = self.room_on_record(Purpose::Change).await?;
            let mut record = recording::service_event(self, "AddAuditWitness", "strongroom", None);
            record.request_parameters = Json::new(&json!({ "key": key })).ok();
            self.audit().close(pending, &record, Durability::Disk).await?;
        }
        Ok(())
    }

    /// What a witness of this name is asked now; `None` if there is nothing that it has not signed. It has signed so many
    /// records, if it says so itself.
    pub async fn witness_request(
        &self,
        name: &str,
        says: Option<u64>,
    ) -> Result<Option<WitnessRequest>, WitnessFault> {
        let keys = self.keys_of_log().ok_or(WitnessFault::NoKeys)?;
        let (log, name) = (self.audit().clone(), name.to_owned());
        let made = move || -> Result<Option<WitnessRequest>, WitnessFault> {
            let signed = log.witnessed(&keys)?.into_iter().find(|(known, _)| *known == name);
            let signed = signed.and_then(|(_, last)| last).map_or(0, |(checkpoint, _)| checkpoint.size);
            // If it says so itself, we lack what it signed then: it signs that again.
            Ok(log.witness_request(says.unwrap_or(signed), says.is_some())?)
        };
        tokio::task::spawn_blocking(made).await.map_err(|_| WitnessFault::Ended)?
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
        let taken = tokio::task::spawn_blocking(move || log.take_cosignature(&keys, &note)).await;
        Ok(taken.map_err(|_| WitnessFault::Ended)??)
    }
}
