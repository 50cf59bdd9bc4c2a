//! `ListRetirableGrants`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListRetirableGrants.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ListRetirableGrants`.
#[derive(Clone, Copy, Debug)]
pub struct ListRetirableGrants;

/// Input of `ListRetirableGrants`.
#[derive(Clone, Debug, Serialize)]
pub struct ListRetirableGrantsInput {
    /// `Limit`, 1 to 1000.
    #[serde(rename = "limit", skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    /// `Marker`, 1 to 1024 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `RetiringPrincipal`, 1 to 256 long.
    #[serde(rename = "retiringPrincipal", skip_serializing_if = "Option::is_none")]
    pub retiring_principal: Option<String>,
    /// `RetiringServicePrincipal`, 1 to 128 long.
    #[serde(rename = "retiringServicePrincipal", skip_serializing_if = "Option::is_none")]
    pub retiring_service_principal: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawListRetirableGrantsInput {
    #[serde(rename = "Limit")]
    limit: Option<i64>,
    #[serde(rename = "Marker")]
    marker: Option<String>,
    #[serde(rename = "RetiringPrincipal")]
    retiring_principal: Option<String>,
    #[serde(rename = "RetiringServicePrincipal")]
    retiring_service_principal: Option<String>,
}

impl Constrained for RawListRetirableGrantsInput {
    type Valid = ListRetirableGrantsInput;
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
        let at = path.member("retiringPrincipal");
        if let Some(value) = &self.retiring_principal {
            violations.characters(at, Shown::Text(value), value, 1, 256);
            violations.pattern(at, Shown::Text(value), pattern::principal(value), r"^[\w+=,.@:/-]+$");
        }
        let at = path.member("retiringServicePrincipal");
        if let Some(value) = &self.retiring_service_principal {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::service_principal(value),
                r"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$",
            );
        }
    }
    fn build(self) -> ListRetirableGrantsInput {
        ListRetirableGrantsInput {
            limit: self.limit,
            marker: self.marker,
            retiring_principal: self.retiring_principal,
            retiring_service_principal: self.retiring_service_principal,
        }
    }
}

/// Output of `ListRetirableGrants`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ListRetirableGrantsOutput {
    /// `Grants`.
    #[cfg_attr(test, serde(rename = "Grants", skip_serializing_if = "Option::is_none"))]
    pub grants: Option<Vec<crate::shape::GrantListEntry>>,
    /// `NextMarker`.
    #[cfg_attr(test, serde(rename = "NextMarker", skip_serializing_if = "Option::is_none"))]
    pub next_marker: Option<String>,
    /// `Truncated`.
    #[cfg_attr(test, serde(rename = "Truncated", skip_serializing_if = "Option::is_none"))]
    pub truncated: Option<bool>,
}

impl WriteJson for ListRetirableGrantsOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("Grants", self.grants.as_ref())
            .member("NextMarker", self.next_marker.as_ref())
            .member("Truncated", self.truncated.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for ListRetirableGrantsOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            grants: Sample::sample(samples),
            next_marker: Sample::sample(samples),
            truncated: Sample::sample(samples),
        }
    }
}

impl Operation for ListRetirableGrants {
    const NAME: &'static str = "ListRetirableGrants";
    type Input = ListRetirableGrantsInput;
    type Output = ListRetirableGrantsOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidMarker,
        ErrorCode::InvalidArn,
        ErrorCode::NotFound,
        ErrorCode::KMSInternal,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawListRetirableGrantsInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ListRetirableGrantsOutput>();
    }
}
