//! `ScheduleKeyDeletion`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ScheduleKeyDeletion`.
#[derive(Clone, Copy, Debug)]
pub struct ScheduleKeyDeletion;

/// Input of `ScheduleKeyDeletion`.
#[derive(Clone, Debug, Serialize)]
pub struct ScheduleKeyDeletionInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `PendingWindowInDays`, 1 to 365.
    #[serde(rename = "pendingWindowInDays", skip_serializing_if = "Option::is_none")]
    pub pending_window_in_days: Option<i64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawScheduleKeyDeletionInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "PendingWindowInDays")]
    pending_window_in_days: Option<i64>,
}

impl Constrained for RawScheduleKeyDeletionInput {
    type Valid = ScheduleKeyDeletionInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
        let at = path.member("pendingWindowInDays");
        if let Some(value) = &self.pending_window_in_days {
            violations.least(at, *value, 1);
            violations.most(at, *value, 365);
        }
    }
    fn build(self) -> ScheduleKeyDeletionInput {
        ScheduleKeyDeletionInput {
            key_id: self.key_id.unwrap_or_default(),
            pending_window_in_days: self.pending_window_in_days,
        }
    }
}

/// Output of `ScheduleKeyDeletion`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ScheduleKeyDeletionOutput {
    /// `DeletionDate`.
    #[cfg_attr(test, serde(rename = "DeletionDate", skip_serializing_if = "Option::is_none"))]
    pub deletion_date: Option<Time>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyState`.
    #[cfg_attr(test, serde(rename = "KeyState", skip_serializing_if = "Option::is_none"))]
    pub key_state: Option<String>,
    /// `PendingWindowInDays`.
    #[cfg_attr(test, serde(rename = "PendingWindowInDays", skip_serializing_if = "Option::is_none"))]
    pub pending_window_in_days: Option<i64>,
}

impl WriteJson for ScheduleKeyDeletionOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("DeletionDate", self.deletion_date.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("KeyState", self.key_state.as_ref())
            .member("PendingWindowInDays", self.pending_window_in_days.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for ScheduleKeyDeletionOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            deletion_date: Sample::sample(samples),
            key_id: Sample::sample(samples),
            key_state: Sample::sample(samples),
            pending_window_in_days: Sample::sample(samples),
        }
    }
}

impl Operation for ScheduleKeyDeletion {
    const NAME: &'static str = "ScheduleKeyDeletion";
    type Input = ScheduleKeyDeletionInput;
    type Output = ScheduleKeyDeletionOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::DependencyTimeout,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawScheduleKeyDeletionInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ScheduleKeyDeletionOutput>();
    }
}
