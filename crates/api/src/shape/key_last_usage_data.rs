//! The structure `KeyLastUsageData`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `KeyLastUsageData` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct KeyLastUsageData {
    /// `CloudTrailEventId`.
    #[cfg_attr(test, serde(rename = "CloudTrailEventId", skip_serializing_if = "Option::is_none"))]
    pub cloud_trail_event_id: Option<String>,
    /// `KmsRequestId`.
    #[cfg_attr(test, serde(rename = "KmsRequestId", skip_serializing_if = "Option::is_none"))]
    pub kms_request_id: Option<String>,
    /// `Operation`.
    #[cfg_attr(test, serde(rename = "Operation", skip_serializing_if = "Option::is_none"))]
    pub operation: Option<String>,
    /// `Timestamp`.
    #[cfg_attr(test, serde(rename = "Timestamp", skip_serializing_if = "Option::is_none"))]
    pub timestamp: Option<Time>,
}

impl WriteJson for KeyLastUsageData {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CloudTrailEventId", self.cloud_trail_event_id.as_ref())
            .member("KmsRequestId", self.kms_request_id.as_ref())
            .member("Operation", self.operation.as_ref())
            .member("Timestamp", self.timestamp.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for KeyLastUsageData {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            cloud_trail_event_id: Sample::sample(samples),
            kms_request_id: Sample::sample(samples),
            operation: Sample::sample(samples),
            timestamp: Sample::sample(samples),
        }
    }
}
