//! One authenticated call on its way: who calls, the snapshot it is decided on, and what it notes for the record.

use crate::authenticate::Authenticated;
use crate::fault::Fault;
use crate::service::Service;
use crate::state::{Changes, KeyEntry, Snapshot, layout};
use serde_json::{Map, Value};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use strongroom_audit::{Intent, Pending};
use strongroom_storage::{BatchId, Revision};
use strongroom_types::{
    AccountId, AliasArn, KeyId, KeyMaterialId, PrincipalArn, Region, RequestId, Timestamp,
};
use strongroom_vault_protocol::VaultClient;

/// A call.
pub(crate) struct Call<'a> {
    pub(crate) service: &'a Service,
    pub(crate) caller: &'a Authenticated,
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) request_id: RequestId,
    pub(crate) now: Timestamp,
    pub(crate) event_name: &'static str,
    pub(crate) pending: &'a Pending,
    pub(crate) notes: &'a Mutex<Notes>,
}

/// What a call notes on its way: for the audit record, and what the last check looks at again.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The revision that was decided on: while it is in force, so is the decision.
    pub(crate) revision: Option<Revision>,
    /// The ARNs of keys and aliases the call is about.
    pub(crate) resources: Vec<String>,
    /// CloudTrail's `responseElements`.
    pub(crate) response: Option<Map<String, Value>>,
    /// The key material that served: CloudTrail's `additionalEventData`.
    pub(crate) material: Option<KeyMaterialId>,
    /// The keys whose entries decided.
    pub(crate) keys: Vec<Arc<KeyEntry>>,
    /// The aliases that led to them.
    pub(crate) aliases: Vec<(AliasArn, KeyId)>,
}

impl<'a> Call<'a> {
    pub(crate) fn account(&self) -> &'a AccountId {
        self.caller.account()
    }

    pub(crate) fn region(&self) -> &'a Region {
        self.caller.region()
    }

    pub(crate) fn principal(&self) -> &'a PrincipalArn {
        self.caller.principal()
    }

    pub(crate) fn vault(&self) -> &'a VaultClient {
        self.service.vault()
    }

    /// The notes; a poisoned lock is taken over, for notes are whole after each statement.
    pub(crate) fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a fact for `responseElements`.
    pub(crate) fn note_response(&self, name: &str, value: impl Into<Value>) {
        self.notes().response.get_or_insert_default().insert(name.to_owned(), value.into());
    }

    /// Refuses the call if it is a dry run: everything before this was checked.
    pub(crate) fn dry_run(&self, dry_run: Option<bool>) -> Result<(), Fault> {
        if dry_run == Some(true) { Err(Fault::DryRun) } else { Ok(()) }
    }

    /// No grant exists yet, so no token stands for one.
    pub(crate) fn grant_tokens(&self, tokens: Option<&Vec<String>>) -> Result<(), Fault> {
        if tokens.is_some_and(|tokens| !tokens.is_empty()) { Err(Fault::InvalidGrantToken) } else { Ok(()) }
    }

    /// Refuses a change that only adds while the disk is nearly full: what room is left is for changes that take
    /// authority away.
    pub(crate) fn room(&self) -> Result<(), Fault> {
        if self.service.store().is_low_on_space() {
            return Err(Fault::Internal(
                "The disk is nearly full: only changes that take something away are made.",
            ));
        }
        Ok(())
    }

    /// Makes a change: intent on the record, then the commit, in force when this returns.
    ///
    /// The caller's access key is among the preconditions, so a change never rests on authority that is gone.
    pub(crate) async fn commit(&self, mut changes: Changes) -> Result<(), Fault> {
        let access_key = self.caller.access_key();
        changes.unchanged(layout::access_key(&access_key.id), access_key.revision).map_err(change_fault)?;
        let batch = BatchId::new(self.service.random_id());
        let head = self.snapshot.revision.get();
        let intent = Intent::new(self.request_id, batch.bytes(), head, self.event_name);
        self.service.audit().intent(self.pending, &intent).await.map_err(|_| Fault::Audit)?;
        self.service.committer().commit(batch, changes).await?;
        Ok(())
    }
}

/// A change that could not even be put together is a fault of ours.
pub(crate) fn change_fault(error: impl std::fmt::Display) -> Fault {
    tracing::error!(%error, "a change could not be put together");
    Fault::Internal("The change could not be recorded.")
}
