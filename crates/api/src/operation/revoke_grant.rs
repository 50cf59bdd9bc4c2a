//! `RevokeGrant`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_RevokeGrant.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `RevokeGrant`.
#[derive(Clone, Copy, Debug)]
pub struct RevokeGrant;

/// Input of `RevokeGrant`.
#[derive(Clone, Debug, Serialize)]
pub struct RevokeGrantInput {
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `GrantId`, 1 to 128 long.
    #[serde(rename = "grantId")]
    pub grant_id: String,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawRevokeGrantInput {
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "GrantId")]
    grant_id: Option<String>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawRevokeGrantInput {
    type Valid = RevokeGrantInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("grantId");
        violations.required(at, self.grant_id.is_some());
        if let Some(value) = &self.grant_id {
            violations.characters(at, Shown::Text(value), value, 1, 128);
        }
        let at = path.member("keyId");
        violations.required(at, self.key_id.is_some());
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> RevokeGrantInput {
        RevokeGrantInput {
            dry_run: self.dry_run,
            grant_id: self.grant_id.unwrap_or_default(),
            key_id: self.key_id.unwrap_or_default(),
        }
    }
}

impl Operation for RevokeGrant {
    const NAME: &'static str = "RevokeGrant";
    type Input = RevokeGrantInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidArn,
        ErrorCode::InvalidGrantId,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::DryRunOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawRevokeGrantInput, _>(body)
    }
}
