//! `RetireGrant`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_RetireGrant.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `RetireGrant`.
#[derive(Clone, Copy, Debug)]
pub struct RetireGrant;

/// Input of `RetireGrant`.
#[derive(Clone, Debug, Serialize)]
pub struct RetireGrantInput {
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `GrantId`, 1 to 128 long.
    #[serde(rename = "grantId", skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<String>,
    /// `GrantToken`, 1 to 8192 long.
    #[serde(skip_serializing)]
    pub grant_token: Option<String>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId", skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawRetireGrantInput {
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "GrantId")]
    grant_id: Option<String>,
    #[serde(rename = "GrantToken")]
    grant_token: Option<String>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
}

impl Constrained for RawRetireGrantInput {
    type Valid = RetireGrantInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("grantId");
        if let Some(value) = &self.grant_id {
            violations.characters(at, Shown::Text(value), value, 1, 128);
        }
        let at = path.member("grantToken");
        if let Some(value) = &self.grant_token {
            violations.characters(at, Shown::Text(value), value, 1, 8192);
        }
        let at = path.member("keyId");
        if let Some(value) = &self.key_id {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
        }
    }
    fn build(self) -> RetireGrantInput {
        RetireGrantInput {
            dry_run: self.dry_run,
            grant_id: self.grant_id,
            grant_token: self.grant_token,
            key_id: self.key_id,
        }
    }
}

impl Operation for RetireGrant {
    const NAME: &'static str = "RetireGrant";
    type Input = RetireGrantInput;
    type Output = NoOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::InvalidArn,
        ErrorCode::InvalidGrantToken,
        ErrorCode::InvalidGrantId,
        ErrorCode::NotFound,
        ErrorCode::DependencyTimeout,
        ErrorCode::KMSInternal,
        ErrorCode::KMSInvalidState,
        ErrorCode::DryRunOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawRetireGrantInput, _>(body)
    }
}
