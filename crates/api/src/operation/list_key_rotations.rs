//! `ListKeyRotations`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeyRotations.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ListKeyRotations`.
#[derive(Clone, Copy, Debug)]
pub struct ListKeyRotations;

/// Input of `ListKeyRotations`.
#[derive(Clone, Debug, Serialize)]
pub struct ListKeyRotationsInput {
    /// `IncludeKeyMaterial`.
    #[serde(rename = "includeKeyMaterial", skip_serializing_if = "Option::is_none")]
    pub include_key_material: Option<String>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `Limit`, 1 to 1000.
    #[serde(rename = "limit", skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// `Marker`, 1 to 1024 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawListKeyRotationsInput {
    #[serde(rename = "IncludeKeyMaterial")]
    include_key_material: Option<String>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Limit")]
    limit: Option<i64>,
    #[serde(rename = "Marker")]
    marker: Option<String>,
}

impl Constrained for RawListKeyRotationsInput {
    type Valid = ListKeyRotationsInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("includeKeyMaterial");
        if let Some(value) = &self.include_key_material {
            violations.one_of(at, value, &["ALL_KEY_MATERIAL", "ROTATIONS_ONLY"]);
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
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
    fn build(self) -> ListKeyRotationsInput {
        ListKeyRotationsInput {
            include_key_material: self.include_key_material,
            key_id: self.key_id.unwrap_or_default(),
            limit: self.limit,
            marker: self.marker,
        }
    }
}

/// Output of `ListKeyRotations`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ListKeyRotationsOutput {
    /// `NextMarker`.
    #[cfg_attr(test, serde(rename = "NextMarker", skip_serializing_if = "Option::is_none"))]
    pub next_marker: Option<String>,
    /// `Rotations`.
    #[cfg_attr(test, serde(rename = "Rotations", skip_serializing_if = "Option::is_none"))]
    pub rotations: Option<Vec<crate::shape::RotationsListEntry>>,
    /// `Truncated`.
    #[cfg_attr(test, serde(rename = "Truncated", skip_serializing_if = "Option::is_none"))]
    pub truncated: Option<bool>,
}

impl WriteJson for ListKeyRotationsOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("NextMarker", self.next_marker.as_ref())
            .member("Rotations", self.rotations.as_ref())
            .member("Truncated", self.truncated.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for ListKeyRotationsOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            next_marker: Sample::sample(samples),
            rotations: Sample::sample(samples),
            truncated: Sample::sample(samples),
        }
    }
}

impl Operation for ListKeyRotations {
    const NAME: &'static str = "ListKeyRotations";
    type Input = ListKeyRotationsInput;
    type Output = ListKeyRotationsOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::InvalidArn,
        ErrorCode::InvalidMarker,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::UnsupportedOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawListKeyRotationsInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ListKeyRotationsOutput>();
    }
}
