//! `ListAliases`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ListAliases`.
#[derive(Clone, Copy, Debug)]
pub struct ListAliases;

/// Input of `ListAliases`.
#[derive(Clone, Debug, Serialize)]
pub struct ListAliasesInput {
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// `Limit`, 1 to 1000.
    #[serde(rename = "limit", skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// `Marker`, 1 to 1024 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawListAliasesInput {
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Limit")]
    limit: Option<i64>,
    #[serde(rename = "Marker")]
    marker: Option<String>,
}

impl Constrained for RawListAliasesInput {
    type Valid = ListAliasesInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("keyId");
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
    fn build(self) -> ListAliasesInput {
        ListAliasesInput { key_id: self.key_id, limit: self.limit, marker: self.marker }
    }
}

/// Output of `ListAliases`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ListAliasesOutput {
    /// `Aliases`.
    #[cfg_attr(test, serde(rename = "Aliases", skip_serializing_if = "Option::is_none"))]
    pub aliases: Option<Vec<crate::shape::AliasListEntry>>,
    /// `NextMarker`.
    #[cfg_attr(test, serde(rename = "NextMarker", skip_serializing_if = "Option::is_none"))]
    pub next_marker: Option<String>,
    /// `Truncated`.
    #[cfg_attr(test, serde(rename = "Truncated", skip_serializing_if = "Option::is_none"))]
    pub truncated: Option<bool>,
}

impl WriteJson for ListAliasesOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("Aliases", self.aliases.as_ref())
            .member("NextMarker", self.next_marker.as_ref())
            .member("Truncated", self.truncated.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for ListAliasesOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            aliases: Sample::sample(samples),
            next_marker: Sample::sample(samples),
            truncated: Sample::sample(samples),
        }
    }
}

impl Operation for ListAliases {
    const NAME: &'static str = "ListAliases";
    type Input = ListAliasesInput;
    type Output = ListAliasesOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidMarker,
        ErrorCode::KMSInternal,
        ErrorCode::InvalidArn,
        ErrorCode::NotFound,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawListAliasesInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ListAliasesOutput>();
    }
}
