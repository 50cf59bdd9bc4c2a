//! `AssumeRoleWithWebIdentity`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `AssumeRoleWithWebIdentity`.
#[derive(Clone, Copy, Debug)]
pub struct AssumeRoleWithWebIdentity;

/// Input of `AssumeRoleWithWebIdentity`.
#[derive(Clone, Debug, Serialize)]
pub struct AssumeRoleWithWebIdentityInput {
    /// `DurationSeconds`, 900 to 43200.
    #[serde(rename = "durationSeconds", skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// `MinimumSessionTokenSize`, 0 to 4096.
    #[serde(rename = "minimumSessionTokenSize", skip_serializing_if = "Option::is_none")]
    pub minimum_session_token_size: Option<i64>,
    /// `Policy`, 1 to 2048 long.
    #[serde(rename = "policy", skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `PolicyArns`.
    #[serde(rename = "policyArns", skip_serializing_if = "Option::is_none")]
    pub policy_arns: Option<Vec<crate::sts::shape::PolicyDescriptorType>>,
    /// `ProviderId`, 4 to 2048 long.
    #[serde(rename = "providerId", skip_serializing_if = "Option::is_none")]
    pub provider_id: Option<String>,
    /// `RoleArn`, 20 to 2048 long.
    #[serde(rename = "roleArn")]
    pub role_arn: String,
    /// `RoleSessionName`, 2 to 64 long.
    #[serde(rename = "roleSessionName")]
    pub role_session_name: String,
    /// `WebIdentityToken`, 4 to 20000 long.
    #[serde(skip_serializing)]
    pub web_identity_token: SensitiveText,
}

#[derive(Default)]
pub(crate) struct RawAssumeRoleWithWebIdentityInput {
    duration_seconds: Option<i64>,
    minimum_session_token_size: Option<i64>,
    policy: Option<String>,
    policy_arns: Option<Vec<crate::sts::shape::RawPolicyDescriptorType>>,
    provider_id: Option<String>,
    role_arn: Option<String>,
    role_session_name: Option<String>,
    web_identity_token: Option<SensitiveText>,
}

impl FromForm for RawAssumeRoleWithWebIdentityInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                duration_seconds: at.member("DurationSeconds")?,
                minimum_session_token_size: at.member("MinimumSessionTokenSize")?,
                policy: at.member("Policy")?,
                policy_arns: at.member("PolicyArns")?,
                provider_id: at.member("ProviderId")?,
                role_arn: at.member("RoleArn")?,
                role_session_name: at.member("RoleSessionName")?,
                web_identity_token: at.member("WebIdentityToken")?,
            })
        })
    }
}

impl Constrained for RawAssumeRoleWithWebIdentityInput {
    type Valid = AssumeRoleWithWebIdentityInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("durationSeconds");
        if let Some(value) = &self.duration_seconds {
            violations.least(at, *value, 900);
            violations.most(at, *value, 43200);
        }
        let at = path.member("minimumSessionTokenSize");
        if let Some(value) = &self.minimum_session_token_size {
            violations.least(at, *value, 0);
            violations.most(at, *value, 4096);
        }
        let at = path.member("policy");
        if let Some(value) = &self.policy {
            violations.characters(at, Shown::Text(value), value, 1, 2048);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_text(value),
                r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            );
        }
        let at = path.member("policyArns");
        if let Some(value) = &self.policy_arns {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
        let at = path.member("providerId");
        if let Some(value) = &self.provider_id {
            violations.characters(at, Shown::Text(value), value, 4, 2048);
        }
        let at = path.member("roleArn");
        violations.required(at, self.role_arn.is_some());
        if let Some(value) = &self.role_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::arn_text(value),
                r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
            );
        }
        let at = path.member("roleSessionName");
        violations.required(at, self.role_session_name.is_some());
        if let Some(value) = &self.role_session_name {
            violations.characters(at, Shown::Text(value), value, 2, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name_or_empty(value), r"[\w+=,.@-]*");
        }
        let at = path.member("webIdentityToken");
        violations.required(at, self.web_identity_token.is_some());
        if let Some(value) = &self.web_identity_token {
            violations.characters(at, Shown::Hidden, value.expose(), 4, 20000);
        }
    }
    fn build(self) -> AssumeRoleWithWebIdentityInput {
        AssumeRoleWithWebIdentityInput {
            duration_seconds: self.duration_seconds,
            minimum_session_token_size: self.minimum_session_token_size,
            policy: self.policy,
            policy_arns: self.policy_arns.map(|list| list.into_iter().map(Constrained::build).collect()),
            provider_id: self.provider_id,
            role_arn: self.role_arn.unwrap_or_default(),
            role_session_name: self.role_session_name.unwrap_or_default(),
            web_identity_token: self.web_identity_token.unwrap_or_default(),
        }
    }
}

/// Output of `AssumeRoleWithWebIdentity`.
#[derive(Clone, Debug, Default)]
pub struct AssumeRoleWithWebIdentityOutput {
    /// `AssumedRoleUser`.
    pub assumed_role_user: Option<crate::sts::shape::AssumedRoleUser>,
    /// `Audience`.
    pub audience: Option<String>,
    /// `Credentials`.
    pub credentials: Option<crate::sts::shape::Credentials>,
    /// `PackedPolicySize`.
    pub packed_policy_size: Option<i64>,
    /// `Provider`.
    pub provider: Option<String>,
    /// `SessionTokenSize`.
    pub session_token_size: Option<i64>,
    /// `SessionTokenUtilization`.
    pub session_token_utilization: Option<i64>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
    /// `SubjectFromWebIdentityToken`.
    pub subject_from_web_identity_token: Option<String>,
}

impl WriteXml for AssumeRoleWithWebIdentityOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AssumedRoleUser", self.assumed_role_user.as_ref());
        xml.member("Audience", self.audience.as_ref());
        xml.member("Credentials", self.credentials.as_ref());
        xml.member("PackedPolicySize", self.packed_policy_size.as_ref());
        xml.member("Provider", self.provider.as_ref());
        xml.member("SessionTokenSize", self.session_token_size.as_ref());
        xml.member("SessionTokenUtilization", self.session_token_utilization.as_ref());
        xml.member("SourceIdentity", self.source_identity.as_ref());
        xml.member("SubjectFromWebIdentityToken", self.subject_from_web_identity_token.as_ref());
    }
}

impl QueryOperation for AssumeRoleWithWebIdentity {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "AssumeRoleWithWebIdentity";
    const RESULT: Option<&'static str> = Some("AssumeRoleWithWebIdentityResult");
    type Input = AssumeRoleWithWebIdentityInput;
    type Output = AssumeRoleWithWebIdentityOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::PackedPolicyTooLarge,
        QueryErrorCode::IDPRejectedClaim,
        QueryErrorCode::IDPCommunicationError,
        QueryErrorCode::InvalidIdentityToken,
        QueryErrorCode::ExpiredTokenException,
        QueryErrorCode::RegionDisabledException,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawAssumeRoleWithWebIdentityInput>(form)
    }
}
