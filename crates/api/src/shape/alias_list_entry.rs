//! The structure `AliasListEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `AliasListEntry` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct AliasListEntry {
    /// `AliasArn`.
    #[cfg_attr(test, serde(rename = "AliasArn", skip_serializing_if = "Option::is_none"))]
    pub alias_arn: Option<String>,
    /// `AliasName`.
    #[cfg_attr(test, serde(rename = "AliasName", skip_serializing_if = "Option::is_none"))]
    pub alias_name: Option<String>,
    /// `CreationDate`.
    #[cfg_attr(test, serde(rename = "CreationDate", skip_serializing_if = "Option::is_none"))]
    pub creation_date: Option<Time>,
    /// `LastUpdatedDate`.
    #[cfg_attr(test, serde(rename = "LastUpdatedDate", skip_serializing_if = "Option::is_none"))]
    pub last_updated_date: Option<Time>,
    /// `TargetKeyId`.
    #[cfg_attr(test, serde(rename = "TargetKeyId", skip_serializing_if = "Option::is_none"))]
    pub target_key_id: Option<String>,
}

impl WriteJson for AliasListEntry {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("AliasArn", self.alias_arn.as_ref())
            .member("AliasName", self.alias_name.as_ref())
            .member("CreationDate", self.creation_date.as_ref())
            .member("LastUpdatedDate", self.last_updated_date.as_ref())
            .member("TargetKeyId", self.target_key_id.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for AliasListEntry {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            alias_arn: Sample::sample(samples),
            alias_name: Sample::sample(samples),
            creation_date: Sample::sample(samples),
            last_updated_date: Sample::sample(samples),
            target_key_id: Sample::sample(samples),
        }
    }
}
