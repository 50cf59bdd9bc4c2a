//! `DescribeCustomKeyStores`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeCustomKeyStores.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `DescribeCustomKeyStores`.
#[derive(Clone, Copy, Debug)]
pub struct DescribeCustomKeyStores;

/// Input of `DescribeCustomKeyStores`.
#[derive(Clone, Debug, Serialize)]
pub struct DescribeCustomKeyStoresInput {
    /// `CustomKeyStoreId`, 1 to 64 long.
    #[serde(rename = "customKeyStoreId", skip_serializing_if = "Option::is_none")]
    pub custom_key_store_id: Option<String>,
    /// `CustomKeyStoreName`, 1 to 256 long.
    #[serde(rename = "customKeyStoreName", skip_serializing_if = "Option::is_none")]
    pub custom_key_store_name: Option<String>,
    /// `Limit`, 1 to 1000.
    #[serde(rename = "limit", skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// `Marker`, 1 to 1024 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawDescribeCustomKeyStoresInput {
    #[serde(rename = "CustomKeyStoreId")]
    custom_key_store_id: Option<String>,
    #[serde(rename = "CustomKeyStoreName")]
    custom_key_store_name: Option<String>,
    #[serde(rename = "Limit")]
    limit: Option<i64>,
    #[serde(rename = "Marker")]
    marker: Option<String>,
}

impl Constrained for RawDescribeCustomKeyStoresInput {
    type Valid = DescribeCustomKeyStoresInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("customKeyStoreId");
        if let Some(value) = &self.custom_key_store_id {
            violations.characters(at, Shown::Text(value), value, 1, 64);
        }
        let at = path.member("customKeyStoreName");
        if let Some(value) = &self.custom_key_store_name {
            violations.characters(at, Shown::Text(value), value, 1, 256);
        }
        let at = path.member("limit");
        if let Some(value) = &self.limit {
            violations.least(at, *value, 1);
            violations.most(at, *value, 1000);
        }
        let at = path.member("marker");
        if let Some(value) = &self.marker {
            violations.characters(at, Shown::Text(value), value, 1, 1024);
            violations.pattern(at, Shown::Text(value), pattern::latin_1(value), r"[\u0020-\u00FF]*");
        }
    }
    fn build(self) -> DescribeCustomKeyStoresInput {
        DescribeCustomKeyStoresInput {
            custom_key_store_id: self.custom_key_store_id,
            custom_key_store_name: self.custom_key_store_name,
            limit: self.limit,
            marker: self.marker,
        }
    }
}

/// Output of `DescribeCustomKeyStores`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct DescribeCustomKeyStoresOutput {
    /// `CustomKeyStores`.
    #[cfg_attr(test, serde(rename = "CustomKeyStores", skip_serializing_if = "Option::is_none"))]
    pub custom_key_stores: Option<Vec<crate::shape::CustomKeyStoresListEntry>>,
    /// `NextMarker`.
    #[cfg_attr(test, serde(rename = "NextMarker", skip_serializing_if = "Option::is_none"))]
    pub next_marker: Option<String>,
    /// `Truncated`.
    #[cfg_attr(test, serde(rename = "Truncated", skip_serializing_if = "Option::is_none"))]
    pub truncated: Option<bool>,
}

impl WriteJson for DescribeCustomKeyStoresOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CustomKeyStores", self.custom_key_stores.as_ref())
            .member("NextMarker", self.next_marker.as_ref())
            .member("Truncated", self.truncated.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for DescribeCustomKeyStoresOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            custom_key_stores: Sample::sample(samples),
            next_marker: Sample::sample(samples),
            truncated: Sample::sample(samples),
        }
    }
}

impl Operation for DescribeCustomKeyStores {
    const NAME: &'static str = "DescribeCustomKeyStores";
    type Input = DescribeCustomKeyStoresInput;
    type Output = DescribeCustomKeyStoresOutput;
    const ERRORS: &'static [ErrorCode] =
        &[ErrorCode::CustomKeyStoreNotFound, ErrorCode::InvalidMarker, ErrorCode::KMSInternal];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawDescribeCustomKeyStoresInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::DescribeCustomKeyStoresOutput>();
    }
}
