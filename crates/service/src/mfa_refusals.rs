//! Codes of virtual MFA devices that the vault refused: counted by reason. That wrong ones have locked a device is told to the
//! operator when it happens, and stands on the records of the calls. Callers are answered the same whatever the reason: whoever
//! guesses does not learn when to go on.

use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};
use strongroom_audit::Json;
use strongroom_types::RequestId;
use strongroom_vault_protocol::VaultError;

/// The reasons, as figures name them.
const REASONS: [&str; 3] = ["wrong", "locked", "crowded"];

/// How many were refused since the start.
#[derive(Debug, Default)]
pub(crate) struct MfaRefusals([AtomicU64; REASONS.len()]);

impl MfaRefusals {
    /// Counts an error of the vault if it refuses a code. `None` if it is about something else; else the device, by its ARN, if
    /// it is locked.
    pub(crate) fn note(
        &self,
        error: VaultError,
        device: &dyn Fn() -> String,
        request_id: RequestId,
    ) -> Option<Option<String>> {
        let reason = match error {
            VaultError::CodeRejected | VaultError::CodeLocks => 0,
            VaultError::CodesLocked => 1,
            VaultError::CodesCrowded => 2,
            _ => return None,
        };
        self.0[reason].fetch_add(1, Ordering::Relaxed);
        let locked = matches!(error, VaultError::CodeLocks | VaultError::CodesLocked).then(device);
        if let (VaultError::CodeLocks, Some(device)) = (error, &locked) {
            tracing::warn!(%device, %request_id, "five wrong codes of an MFA device came: none is good for five minutes");
        }
        Some(locked)
    }

    /// Each reason and its count.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> {
        REASONS.into_iter().zip(&self.0).map(|(reason, count)| (reason, count.load(Ordering::Relaxed)))
    }
}

/// `additionalEventData` of a call that came with a code of a device that is locked.
pub(crate) fn on_record(device: &str) -> Option<Json> {
    Json::new(&json!({ "lockedMfaDevice": device })).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_counted_by_reason_and_only_a_locked_device_is_named() {
        let (refusals, request) = (MfaRefusals::default(), RequestId::from_random([1; 16]));
        let note = |error| refusals.note(error, &|| "arn".to_owned(), request);
        assert_eq!(note(VaultError::CodeRejected), Some(None));
        assert_eq!(note(VaultError::CodeLocks), Some(Some("arn".to_owned())));
        assert_eq!(note(VaultError::CodesLocked), Some(Some("arn".to_owned())));
        assert_eq!(note(VaultError::CodesCrowded), Some(None));
        assert_eq!(note(VaultError::Unavailable), None, "no refusal");
        let counts: Vec<_> = refusals.counts().collect();
        assert_eq!(counts, [("wrong", 2), ("locked", 1), ("crowded", 1)]);
    }
}
