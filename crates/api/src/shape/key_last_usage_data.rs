//! The structure `KeyLastUsageData`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `KeyLastUsageData` in an output.
#[derive(Clone, Debug, Default, Serialize)]
pub struct KeyLastUsageData {
    /// `CloudTrailEventId`.
    #[serde(rename = "CloudTrailEventId", skip_serializing_if = "Option::is_none")]
    pub cloud_trail_event_id: Option<String>,
    /// `KmsRequestId`.
    #[serde(rename = "KmsRequestId", skip_serializing_if = "Option::is_none")]
    pub kms_request_id: Option<String>,
    /// `Operation`.
    #[serde(rename = "Operation", skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// `Timestamp`.
    #[serde(rename = "Timestamp", skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<Time>,
}
