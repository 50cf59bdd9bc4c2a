//! CancelKeyDeletion: the key is Disabled afterwards, never its former state. Once the deletion has
//! begun there may be nothing left to bring back.

use super::schedule_key_deletion::deletion;
use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::DueRecord;
use crate::state::layout::{self, DueKind};
use crate::usable::States;
use strongroom_api::operation::{CancelKeyDeletion, CancelKeyDeletionInput, CancelKeyDeletionOutput};
use strongroom_types::{KeyState, Timestamp};

impl Behaviour for CancelKeyDeletion {
    const ACTION: &'static str = "kms:CancelKeyDeletion";
    const PLANE: Plane = Plane::Addition;

    async fn answer(
        call: &Call<'_>,
        input: &CancelKeyDeletionInput,
    ) -> Result<CancelKeyDeletionOutput, Fault> {
        let key = super::changeable(call, &input.key_id, Self::ACTION, States::PendingDeletion)?;
        let arn = &key.key().arn;
        let mut record = key.key().record.clone();
        if record.deletion_begun {
            return Err(Fault::PendingDeletion(arn.clone()));
        }
        // Not held back on a full disk: nobody can bring back what is deleted meanwhile.
        let due = deletion(&record);
        record.state = KeyState::Disabled;
        record.deletion_ms = None;
        let mut changes = super::change_record(key.key(), &record)?;
        if let Some(due) = due {
            changes.delete(layout::due(due, DueKind::Delete, arn)).map_err(change_fault)?;
        }
        if let Some(rotation) = record.rotation {
            let at = Timestamp::from_millis(rotation.next_ms);
            changes
                .put(layout::due(at, DueKind::Rotate, arn), &DueRecord::default())
                .map_err(change_fault)?;
        }
        call.commit(changes).await?;
        Ok(CancelKeyDeletionOutput { key_id: Some(key.arn()) })
    }
}
