//! `AssumeRole`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `AssumeRole`.
#[derive(Clone, Copy, Debug)]
pub struct AssumeRole;

/// Input of `AssumeRole`.
#[derive(Clone, Debug, Serialize)]
pub struct AssumeRoleInput {
    /// `DurationSeconds`, 900 to 43200.
    #[serde(rename = "durationSeconds", skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// `ExternalId`, 2 to 1224 long.
    #[serde(rename = "externalId", skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// `MinimumSessionTokenSize`, 0 to 4096.
    #[serde(rename = "minimumSessionTokenSize", skip_serializing_if = "Option::is_none")]
    pub minimum_session_token_size: Option<i64>,
    /// `Policy`.
    #[serde(rename = "policy", skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `PolicyArns`.
    #[serde(rename = "policyArns", skip_serializing_if = "Option::is_none")]
    pub policy_arns: Option<Vec<crate::sts::shape::PolicyDescriptorType>>,
    /// `ProvidedContexts`, 1 to 5 long.
    #[serde(rename = "providedContexts", skip_serializing_if = "Option::is_none")]
    pub provided_contexts: Option<Vec<crate::sts::shape::ProvidedContext>>,
    /// `RoleArn`, 20 to 2048 long.
    #[serde(rename = "roleArn")]
    pub role_arn: String,
    /// `RoleSessionName`, 2 to 64 long.
    #[serde(rename = "roleSessionName")]
    pub role_session_name: String,
    /// `SerialNumber`, 9 to 256 long.
    #[serde(rename = "serialNumber", skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// `SourceIdentity`, 2 to 64 long.
    #[serde(rename = "sourceIdentity", skip_serializing_if = "Option::is_none")]
    pub source_identity: Option<String>,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::sts::shape::Tag>>,
    /// `TokenCode`, 6 to 6 long.
    #[serde(skip_serializing)]
    pub token_code: Option<SensitiveText>,
    /// `TransitiveTagKeys`.
    #[serde(rename = "transitiveTagKeys", skip_serializing_if = "Option::is_none")]
    pub transitive_tag_keys: Option<Vec<String>>,
}

#[derive(Default)]
pub(crate) struct RawAssumeRoleInput {
    duration_seconds: Option<i64>,
    external_id: Option<String>,
    minimum_session_token_size: Option<i64>,
    policy: Option<String>,
    policy_arns: Option<Vec<crate::sts::shape::RawPolicyDescriptorType>>,
    provided_contexts: Option<Vec<crate::sts::shape::RawProvidedContext>>,
    role_arn: Option<String>,
    role_session_name: Option<String>,
    serial_number: Option<String>,
    source_identity: Option<String>,
    tags: Option<Vec<crate::sts::shape::RawTag>>,
    token_code: Option<SensitiveText>,
    transitive_tag_keys: Option<Vec<String>>,
}

impl FromForm for RawAssumeRoleInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                duration_seconds: at.member("DurationSeconds")?,
                external_id: at.member("ExternalId")?,
                minimum_session_token_size: at.member("MinimumSessionTokenSize")?,
                policy: at.member("Policy")?,
                policy_arns: at.member("PolicyArns")?,
                provided_contexts: at.member("ProvidedContexts")?,
                role_arn: at.member("RoleArn")?,
                role_session_name: at.member("RoleSessionName")?,
                serial_number: at.member("SerialNumber")?,
                source_identity: at.member("SourceIdentity")?,
                tags: at.member("Tags")?,
                token_code: at.member("TokenCode")?,
                transitive_tag_keys: at.member("TransitiveTagKeys")?,
            })
        })
    }
}

impl Constrained for RawAssumeRoleInput {
    type Valid = AssumeRoleInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("durationSeconds");
        if let Some(value) = &self.duration_seconds {
            violations.least(at, *value, 900);
            violations.most(at, *value, 43200);
        }
        let at = path.member("externalId");
        if let Some(value) = &self.external_id {
            violations.characters(at, Shown::Text(value), value, 2, 1224);
            violations.pattern(at, Shown::Text(value), pattern::external_id(value), r"[\w+=,.@:\/-]*");
        }
        let at = path.member("minimumSessionTokenSize");
        if let Some(value) = &self.minimum_session_token_size {
            violations.least(at, *value, 0);
            violations.most(at, *value, 4096);
        }
        let at = path.member("policy");
        if let Some(value) = &self.policy {
            violations.characters(at, Shown::Text(value), value, 1, usize::MAX);
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
        let at = path.member("providedContexts");
        if let Some(value) = &self.provided_contexts {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 5);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
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
        let at = path.member("serialNumber");
        if let Some(value) = &self.serial_number {
            violations.characters(at, Shown::Text(value), value, 9, 256);
            violations.pattern(at, Shown::Text(value), pattern::external_id(value), r"[\w+=/:,.@-]*");
        }
        let at = path.member("sourceIdentity");
        if let Some(value) = &self.source_identity {
            violations.characters(at, Shown::Text(value), value, 2, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name_or_empty(value), r"[\w+=,.@-]*");
        }
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
        let at = path.member("tokenCode");
        if let Some(value) = &self.token_code {
            violations.characters(at, Shown::Hidden, value.expose(), 6, 6);
            violations.pattern(at, Shown::Hidden, pattern::digits_or_empty(value.expose()), r"[\d]*");
        }
        let at = path.member("transitiveTagKeys");
        if let Some(value) = &self.transitive_tag_keys {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 128);
                violations.pattern(
                    at,
                    Shown::Text(value),
                    pattern::tag_key(value),
                    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+",
                );
            }
        }
    }
    fn build(self) -> AssumeRoleInput {
        AssumeRoleInput {
            duration_seconds: self.duration_seconds,
            external_id: self.external_id,
            minimum_session_token_size: self.minimum_session_token_size,
            policy: self.policy,
            policy_arns: self.policy_arns.map(|list| list.into_iter().map(Constrained::build).collect()),
            provided_contexts: self
                .provided_contexts
                .map(|list| list.into_iter().map(Constrained::build).collect()),
            role_arn: self.role_arn.unwrap_or_default(),
            role_session_name: self.role_session_name.unwrap_or_default(),
            serial_number: self.serial_number,
            source_identity: self.source_identity,
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
            token_code: self.token_code,
            transitive_tag_keys: self.transitive_tag_keys,
        }
    }
}

/// Output of `AssumeRole`.
#[derive(Clone, Debug, Default)]
pub struct AssumeRoleOutput {
    /// `AssumedRoleUser`.
    pub assumed_role_user: Option<crate::sts::shape::AssumedRoleUser>,
    /// `Credentials`.
    pub credentials: Option<crate::sts::shape::Credentials>,
    /// `PackedPolicySize`.
    pub packed_policy_size: Option<i64>,
    /// `SessionTokenSize`.
    pub session_token_size: Option<i64>,
    /// `SessionTokenUtilization`.
    pub session_token_utilization: Option<i64>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
}

impl WriteXml for AssumeRoleOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AssumedRoleUser", self.assumed_role_user.as_ref());
        xml.member("Credentials", self.credentials.as_ref());
        xml.member("PackedPolicySize", self.packed_policy_size.as_ref());
        xml.member("SessionTokenSize", self.session_token_size.as_ref());
        xml.member("SessionTokenUtilization", self.session_token_utilization.as_ref());
        xml.member("SourceIdentity", self.source_identity.as_ref());
    }
}

impl QueryOperation for AssumeRole {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "AssumeRole";
    const RESULT: Option<&'static str> = Some("AssumeRoleResult");
    type Input = AssumeRoleInput;
    type Output = AssumeRoleOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::PackedPolicyTooLarge,
        QueryErrorCode::RegionDisabledException,
        QueryErrorCode::ExpiredTokenException,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawAssumeRoleInput>(form)
    }
}
