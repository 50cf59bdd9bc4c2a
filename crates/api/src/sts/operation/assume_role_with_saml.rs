//! `AssumeRoleWithSAML`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `AssumeRoleWithSAML`.
#[derive(Clone, Copy, Debug)]
pub struct AssumeRoleWithSAML;

/// Input of `AssumeRoleWithSAML`.
#[derive(Clone, Debug, Serialize)]
pub struct AssumeRoleWithSAMLInput {
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
    /// `PrincipalArn`, 20 to 2048 long.
    #[serde(rename = "principalArn")]
    pub principal_arn: String,
    /// `RoleArn`, 20 to 2048 long.
    #[serde(rename = "roleArn")]
    pub role_arn: String,
    /// `SAMLAssertion`, 4 to 100000 long.
    #[serde(skip_serializing)]
    pub saml_assertion: SensitiveText,
}

#[derive(Default)]
pub(crate) struct RawAssumeRoleWithSAMLInput {
    duration_seconds: Option<i64>,
    minimum_session_token_size: Option<i64>,
    policy: Option<String>,
    policy_arns: Option<Vec<crate::sts::shape::RawPolicyDescriptorType>>,
    principal_arn: Option<String>,
    role_arn: Option<String>,
    saml_assertion: Option<SensitiveText>,
}

impl FromForm for RawAssumeRoleWithSAMLInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                duration_seconds: at.member("DurationSeconds")?,
                minimum_session_token_size: at.member("MinimumSessionTokenSize")?,
                policy: at.member("Policy")?,
                policy_arns: at.member("PolicyArns")?,
                principal_arn: at.member("PrincipalArn")?,
                role_arn: at.member("RoleArn")?,
                saml_assertion: at.member("SAMLAssertion")?,
            })
        })
    }
}

impl Constrained for RawAssumeRoleWithSAMLInput {
    type Valid = AssumeRoleWithSAMLInput;
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
        let at = path.member("principalArn");
        violations.required(at, self.principal_arn.is_some());
        if let Some(value) = &self.principal_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::arn_text(value),
                r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+",
            );
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
        let at = path.member("samlAssertion");
        violations.required(at, self.saml_assertion.is_some());
        if let Some(value) = &self.saml_assertion {
            violations.characters(at, Shown::Hidden, value.expose(), 4, 100000);
        }
    }
    fn build(self) -> AssumeRoleWithSAMLInput {
        AssumeRoleWithSAMLInput {
            duration_seconds: self.duration_seconds,
            minimum_session_token_size: self.minimum_session_token_size,
            policy: self.policy,
            policy_arns: self.policy_arns.map(|list| list.into_iter().map(Constrained::build).collect()),
            principal_arn: self.principal_arn.unwrap_or_default(),
            role_arn: self.role_arn.unwrap_or_default(),
            saml_assertion: self.saml_assertion.unwrap_or_default(),
        }
    }
}

/// Output of `AssumeRoleWithSAML`.
#[derive(Clone, Debug, Default)]
pub struct AssumeRoleWithSAMLOutput {
    /// `AssumedRoleUser`.
    pub assumed_role_user: Option<crate::sts::shape::AssumedRoleUser>,
    /// `Audience`.
    pub audience: Option<String>,
    /// `Credentials`.
    pub credentials: Option<crate::sts::shape::Credentials>,
    /// `Issuer`.
    pub issuer: Option<String>,
    /// `NameQualifier`.
    pub name_qualifier: Option<String>,
    /// `PackedPolicySize`.
    pub packed_policy_size: Option<i64>,
    /// `SessionTokenSize`.
    pub session_token_size: Option<i64>,
    /// `SessionTokenUtilization`.
    pub session_token_utilization: Option<i64>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
    /// `Subject`.
    pub subject: Option<String>,
    /// `SubjectType`.
    pub subject_type: Option<String>,
}

impl WriteXml for AssumeRoleWithSAMLOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AssumedRoleUser", self.assumed_role_user.as_ref());
        xml.member("Audience", self.audience.as_ref());
        xml.member("Credentials", self.credentials.as_ref());
        xml.member("Issuer", self.issuer.as_ref());
        xml.member("NameQualifier", self.name_qualifier.as_ref());
        xml.member("PackedPolicySize", self.packed_policy_size.as_ref());
        xml.member("SessionTokenSize", self.session_token_size.as_ref());
        xml.member("SessionTokenUtilization", self.session_token_utilization.as_ref());
        xml.member("SourceIdentity", self.source_identity.as_ref());
        xml.member("Subject", self.subject.as_ref());
        xml.member("SubjectType", self.subject_type.as_ref());
    }
}

impl QueryOperation for AssumeRoleWithSAML {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "AssumeRoleWithSAML";
    const RESULT: Option<&'static str> = Some("AssumeRoleWithSAMLResult");
    type Input = AssumeRoleWithSAMLInput;
    type Output = AssumeRoleWithSAMLOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::PackedPolicyTooLarge,
        QueryErrorCode::IDPRejectedClaim,
        QueryErrorCode::InvalidIdentityToken,
        QueryErrorCode::ExpiredTokenException,
        QueryErrorCode::RegionDisabledException,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawAssumeRoleWithSAMLInput>(form)
    }
}
