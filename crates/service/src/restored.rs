//! A restore is on the record of the service that it made: the tool that restores has no audit log to write to, and leaves a
//! mark in the state.

use crate::operator::OperatorError;
use crate::service::Service;
use crate::state::{ChangeError, Changes, RestoredMark, RestoredRecord, layout};
use serde_json::json;
use strongroom_audit::event_time;
use strongroom_types::Timestamp;

/// Who is on the record for it.
const WHO: &str = "operator (strongroom restore)";

impl Service {
    /// Puts on the record from which backup the state was restored, if it was and that is not there yet. Where that fails, the
    /// next start does it.
    pub(crate) async fn record_restore(&self) -> Result<(), OperatorError> {
        let snapshot = self.snapshot();
        let Some(mark) = snapshot.restored().filter(|mark| !mark.record.recorded) else { return Ok(()) };
        let parameters = json!({
            "backup": mark.record.backup,
            "backupRevision": mark.record.backup_revision,
            "generation": mark.record.generation,
            "restored": event_time(Timestamp::from_millis(mark.record.restored_ms)),
        });
        self.act_by("OperatorRestore", WHO, Some(parameters), recorded(mark)?).await
    }
}

/// The same batch that stands for the act says that it was recorded.
fn recorded(mark: &RestoredMark) -> Result<Changes, ChangeError> {
    let record = RestoredRecord { recorded: true, ..RestoredRecord::clone(&mark.record) };
    let mut changes = Changes::new();
    changes.unchanged(layout::restored(), mark.revision)?.put(layout::restored(), &record)?;
    Ok(changes)
}
