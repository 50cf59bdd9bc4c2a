//! `ListKeys`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ListKeys`.
#[derive(Clone, Copy, Debug)]
pub struct ListKeys;

/// Input of `ListKeys`.
#[derive(Clone, Debug, Serialize)]
pub struct ListKeysInput {
    /// `Limit`, 1 to 1000.
    #[serde(rename = "limit", skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// `Marker`, 1 to 1024 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `ResourceOwners`, 1 to 2 long.
    #[serde(rename = "resourceOwners", skip_serializing_if = "Option::is_none")]
    pub resource_owners: Option<Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawListKeysInput {
    #[serde(rename = "Limit")]
    limit: Option<i64>,
    #[serde(rename = "Marker")]
    marker: Option<String>,
    #[serde(rename = "ResourceOwners")]
    resource_owners: Option<Vec<String>>,
}

impl Constrained for RawListKeysInput {
    type Valid = ListKeysInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
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
        let at = path.member("resourceOwners");
        if let Some(value) = &self.resource_owners {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 2);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.one_of(at, value, &["SELF", "OTHER_ACCOUNTS_VIA_RAM"]);
            }
        }
    }
    fn build(self) -> ListKeysInput {
        ListKeysInput { limit: self.limit, marker: self.marker, resource_owners: self.resource_owners }
    }
}

/// Output of `ListKeys`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ListKeysOutput {
    /// `Keys`.
    #[cfg_attr(test, serde(rename = "Keys", skip_serializing_if = "Option::is_none"))]
    pub keys: Option<Vec<crate::shape::KeyListEntry>>,
    /// `NextMarker`.
    #[cfg_attr(test, serde(rename = "NextMarker", skip_serializing_if = "Option::is_none"))]
    pub next_marker: Option<String>,
    /// `Truncated`.
    #[cfg_attr(test, serde(rename = "Truncated", skip_serializing_if = "Option::is_none"))]
    pub truncated: Option<bool>,
}

impl WriteJson for ListKeysOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("Keys", self.keys.as_ref())
            .member("NextMarker", self.next_marker.as_ref())
            .member("Truncated", self.truncated.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for ListKeysOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            keys: Sample::sample(samples),
            next_marker: Sample::sample(samples),
            truncated: Sample::sample(samples),
        }
    }
}

impl Operation for ListKeys {
    const NAME: &'static str = "ListKeys";
    type Input = ListKeysInput;
    type Output = ListKeysOutput;
    const ERRORS: &'static [ErrorCode] =
        &[ErrorCode::DependencyTimeout, ErrorCode::KMSInternal, ErrorCode::InvalidMarker];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawListKeysInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ListKeysOutput>();
    }
}
