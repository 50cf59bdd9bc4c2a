//! `ListGrants`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_ListGrants.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `ListGrants`.
#[derive(Clone, Copy, Debug)]
pub struct ListGrants;

/// Input of `ListGrants`.
#[derive(Clone, Debug, Serialize)]
pub struct ListGrantsInput {
    /// `GrantId`, 1 to 128 long.
    #[serde(rename = "grantId", skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// `GranteePrincipal`, 1 to 256 long.
    #[serde(rename = "granteePrincipal", skip_serializing_if = "Option::is_none")]
    pub grantee_principal: Option<String>,
    /// `GranteeServicePrincipal`, 1 to 128 long.
    #[serde(rename = "granteeServicePrincipal", skip_serializing_if = "Option::is_none")]
    pub grantee_service_principal: Option<String>,
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
pub(crate) struct RawListGrantsInput {
    #[serde(rename = "GrantId")]
    grant_id: Option<String>,
    #[serde(rename = "GranteePrincipal")]
    grantee_principal: Option<String>,
    #[serde(rename = "GranteeServicePrincipal")]
    grantee_service_principal: Option<String>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Limit")]
    limit: Option<i64>,
    #[serde(rename = "Marker")]
    marker: Option<String>,
}

impl Constrained for RawListGrantsInput {
    type Valid = ListGrantsInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("grantId");
        if let Some(value) = &self.grant_id {
            violations.characters(at, Shown::Text(value), value, 1, 128);
        }
        let at = path.member("granteePrincipal");
        if let Some(value) = &self.grantee_principal {
            violations.characters(at, Shown::Text(value), value, 1, 256);
            violations.pattern(at, Shown::Text(value), pattern::principal(value), r"^[\w+=,.@:/-]+$");
        }
        let at = path.member("granteeServicePrincipal");
        if let Some(value) = &self.grantee_service_principal {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::service_principal(value),
                r"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$",
            );
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
    fn build(self) -> ListGrantsInput {
        ListGrantsInput {
            grant_id: self.grant_id,
            grantee_principal: self.grantee_principal,
            grantee_service_principal: self.grantee_service_principal,
            key_id: self.key_id.unwrap_or_default(),
            limit: self.limit,
            marker: self.marker,
        }
    }
}

/// Output of `ListGrants`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct ListGrantsOutput {
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

impl WriteJson for ListGrantsOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("Grants", self.grants.as_ref())
            .member("NextMarker", self.next_marker.as_ref())
            .member("Truncated", self.truncated.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for ListGrantsOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            grants: Sample::sample(samples),
            next_marker: Sample::sample(samples),
            truncated: Sample::sample(samples),
        }
    }
}

impl Operation for ListGrants {
    const NAME: &'static str = "ListGrants";
    type Input = ListGrantsInput;
    type Output = ListGrantsOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidMarker,
        ErrorCode::InvalidGrantId,
        ErrorCode::InvalidArn,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawListGrantsInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::ListGrantsOutput>();
    }
}
