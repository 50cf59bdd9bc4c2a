//! ScheduleKeyDeletion: unusable at once, gone when the waiting period ends.

use crate::call::{Call, change_fault};
use crate::fault::Fault;
use crate::ops::{Behaviour, Plane};
use crate::state::layout::{self, DueKind};
use crate::state::{Changes, DueRecord, KeyRecord};
use strongroom_api::Time;
use strongroom_api::operation::{ScheduleKeyDeletion, ScheduleKeyDeletionInput, ScheduleKeyDeletionOutput};
use strongroom_audit::answered_time;
use strongroom_policy::RequestFacts;
use strongroom_types::{KeyArn, KeyState, Timestamp};

/// The waiting period that is allowed, in days.
const WINDOW_DAYS: std::ops::RangeInclusive<i64> = 7..=30;

impl Behaviour for ScheduleKeyDeletion {
    const ACTION: &'static str = "kms:ScheduleKeyDeletion";
    const PLANE: Plane = Plane::Change;

    fn complete(input: &mut ScheduleKeyDeletionInput) {
        input.pending_window_in_days.get_or_insert(30);
    }

    async fn answer(
        call: &Call<'_>,
        input: &ScheduleKeyDeletionInput,
    ) -> Result<ScheduleKeyDeletionOutput, Fault> {
        let days = input.pending_window_in_days.unwrap_or(30);
        if !WINDOW_DAYS.contains(&days) {
            let text = "PendingWindowInDays must be between 7 and 30 (inclusive).";
            return Err(Fault::Invalid(text.to_owned()));
        }
        let facts = RequestFacts { pending_window_days: Some(days as u32), ..RequestFacts::default() };
        let key = super::taken_out_of_use(call, &input.key_id, Self::ACTION, facts)?;
        let deletion = call.now.plus_days(days as u32);
        let mut record = key.key().record.clone();
        let rotation = record.rotation;
        record.state = KeyState::PendingDeletion;
        record.deletion_ms = Some(deletion.millis());
        // A release that does not know the mark cancels in spite of it and keeps it.
        record.deletion_begun = false;
        let mut changes = super::change_record(key.key(), &record)?;
        schedule(&mut changes, &key.key().arn, deletion, rotation.map(|r| r.next_ms))
            .map_err(change_fault)?;
        call.commit(changes).await?;
        super::forget(call, key.key()).await;
        call.note_response("keyState", KeyState::PendingDeletion.as_str());
        call.note_response("deletionDate", answered_time(deletion));
        call.note_response("pendingWindowInDays", days);
        Ok(ScheduleKeyDeletionOutput {
            key_id: Some(key.arn()),
            deletion_date: Some(Time(deletion)),
            key_state: Some(KeyState::PendingDeletion.to_string()),
            pending_window_in_days: Some(days),
        })
    }
}

/// Deletion becomes due; rotation no longer is.
fn schedule(
    changes: &mut Changes,
    arn: &KeyArn,
    deletion: Timestamp,
    rotation_ms: Option<u64>,
) -> Result<(), crate::state::ChangeError> {
    changes.put(layout::due(deletion, DueKind::Delete, arn), &DueRecord::default())?;
    if let Some(at) = rotation_ms {
        changes.delete(layout::due(Timestamp::from_millis(at), DueKind::Rotate, arn))?;
    }
    Ok(())
}

/// The deletion date of a key that waits for it.
pub(super) fn deletion(record: &KeyRecord) -> Option<Timestamp> {
    record.deletion_ms.map(Timestamp::from_millis)
}
