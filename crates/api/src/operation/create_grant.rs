//! `CreateGrant`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateGrant.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `CreateGrant`.
#[derive(Clone, Copy, Debug)]
pub struct CreateGrant;

/// Input of `CreateGrant`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateGrantInput {
    /// `Constraints`.
    #[serde(rename = "constraints", skip_serializing_if = "Option::is_none")]
    pub constraints: Option<crate::shape::GrantConstraints>,
    /// `DryRun`.
    #[serde(rename = "dryRun", skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
    /// `GrantTokens`, 0 to 10 long.
    #[serde(skip_serializing)]
    pub grant_tokens: Option<Vec<String>>,
    /// `GranteePrincipal`, 1 to 256 long.
    #[serde(rename = "granteePrincipal", skip_serializing_if = "Option::is_none")]
    pub grantee_principal: Option<String>,
    /// `GranteeServicePrincipal`, 1 to 128 long.
    #[serde(rename = "granteeServicePrincipal", skip_serializing_if = "Option::is_none")]
    pub grantee_service_principal: Option<String>,
    /// `KeyId`, 1 to 2048 long.
    #[serde(rename = "keyId")]
    pub key_id: String,
    /// `Name`, 1 to 256 long.
    #[serde(rename = "name", skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `Operations`.
    #[serde(rename = "operations")]
    pub operations: Vec<String>,
    /// `RetiringPrincipal`, 1 to 256 long.
    #[serde(rename = "retiringPrincipal", skip_serializing_if = "Option::is_none")]
    pub retiring_principal: Option<String>,
    /// `RetiringServicePrincipal`, 1 to 128 long.
    #[serde(rename = "retiringServicePrincipal", skip_serializing_if = "Option::is_none")]
    pub retiring_service_principal: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawCreateGrantInput {
    #[serde(rename = "Constraints")]
    constraints: Option<Structure<crate::shape::RawGrantConstraints>>,
    #[serde(rename = "DryRun")]
    dry_run: Option<bool>,
    #[serde(rename = "GrantTokens")]
    grant_tokens: Option<Vec<String>>,
    #[serde(rename = "GranteePrincipal")]
    grantee_principal: Option<String>,
    #[serde(rename = "GranteeServicePrincipal")]
    grantee_service_principal: Option<String>,
    #[serde(rename = "KeyId")]
    key_id: Option<String>,
    #[serde(rename = "Name")]
    name: Option<String>,
    #[serde(rename = "Operations")]
    operations: Option<Vec<String>>,
    #[serde(rename = "RetiringPrincipal")]
    retiring_principal: Option<String>,
    #[serde(rename = "RetiringServicePrincipal")]
    retiring_service_principal: Option<String>,
}

impl Constrained for RawCreateGrantInput {
    type Valid = CreateGrantInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("constraints");
        if let Some(value) = &self.constraints {
            value.check(at, violations);
        }
        let at = path.member("grantTokens");
        if let Some(value) = &self.grant_tokens {
            violations.longest(at, Shown::Hidden, value.len(), 10);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 8192);
            }
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
        let at = path.member("name");
        if let Some(value) = &self.name {
            violations.characters(at, Shown::Text(value), value, 1, 256);
            violations.pattern(at, Shown::Text(value), pattern::name(value), r"^[a-zA-Z0-9:/_-]+$");
        }
        let at = path.member("operations");
        violations.required(at, self.operations.is_some());
        if let Some(value) = &self.operations {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.one_of(
                    at,
                    value,
                    &[
                        "Decrypt",
                        "Encrypt",
                        "GenerateDataKey",
                        "GenerateDataKeyWithoutPlaintext",
                        "ReEncryptFrom",
                        "ReEncryptTo",
                        "Sign",
                        "Verify",
                        "GetPublicKey",
                        "CreateGrant",
                        "RetireGrant",
                        "DescribeKey",
                        "GenerateDataKeyPair",
                        "GenerateDataKeyPairWithoutPlaintext",
                        "GenerateMac",
                        "VerifyMac",
                        "DeriveSharedSecret",
                        "Encapsulate",
                        "Decapsulate",
                    ],
                );
            }
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
    fn build(self) -> CreateGrantInput {
        CreateGrantInput {
            constraints: self.constraints.map(Constrained::build),
            dry_run: self.dry_run,
            grant_tokens: self.grant_tokens,
            grantee_principal: self.grantee_principal,
            grantee_service_principal: self.grantee_service_principal,
            key_id: self.key_id.unwrap_or_default(),
            name: self.name,
            operations: self.operations.unwrap_or_default(),
            retiring_principal: self.retiring_principal,
            retiring_service_principal: self.retiring_service_principal,
        }
    }
}

/// Output of `CreateGrant`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct CreateGrantOutput {
    /// `GrantId`.
    #[cfg_attr(test, serde(rename = "GrantId", skip_serializing_if = "Option::is_none"))]
    pub grant_id: Option<String>,
    /// `GrantToken`.
    #[cfg_attr(test, serde(rename = "GrantToken", skip_serializing_if = "Option::is_none"))]
    pub grant_token: Option<String>,
}

impl WriteJson for CreateGrantOutput {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("GrantId", self.grant_id.as_ref())
            .member("GrantToken", self.grant_token.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for CreateGrantOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { grant_id: Sample::sample(samples), grant_token: Sample::sample(samples) }
    }
}

impl Operation for CreateGrant {
    const NAME: &'static str = "CreateGrant";
    type Input = CreateGrantInput;
    type Output = CreateGrantOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::NotFound,
        ErrorCode::Disabled,
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidArn,
        ErrorCode::KMSInternal,
        ErrorCode::InvalidGrantToken,
        ErrorCode::LimitExceeded,
        ErrorCode::KMSInvalidState,
        ErrorCode::DryRunOperation,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawCreateGrantInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::CreateGrantOutput>();
    }
}
