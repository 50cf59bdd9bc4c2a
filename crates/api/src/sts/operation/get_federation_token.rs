//! `GetFederationToken`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetFederationToken`.
#[derive(Clone, Copy, Debug)]
pub struct GetFederationToken;

/// Input of `GetFederationToken`.
#[derive(Clone, Debug, Serialize)]
pub struct GetFederationTokenInput {
    /// `DurationSeconds`, 900 to 129600.
    #[serde(rename = "durationSeconds", skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// `MinimumSessionTokenSize`, 0 to 4096.
    #[serde(rename = "minimumSessionTokenSize", skip_serializing_if = "Option::is_none")]
    pub minimum_session_token_size: Option<i64>,
    /// `Name`, 2 to 32 long.
    #[serde(rename = "name")]
    pub name: String,
    /// `Policy`, 1 to 2048 long.
    #[serde(rename = "policy", skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `PolicyArns`.
    #[serde(rename = "policyArns", skip_serializing_if = "Option::is_none")]
    pub policy_arns: Option<Vec<crate::sts::shape::PolicyDescriptorType>>,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::sts::shape::Tag>>,
}

#[derive(Default)]
pub(crate) struct RawGetFederationTokenInput {
    duration_seconds: Option<i64>,
    minimum_session_token_size: Option<i64>,
    name: Option<String>,
    policy: Option<String>,
    policy_arns: Option<Vec<crate::sts::shape::RawPolicyDescriptorType>>,
    tags: Option<Vec<crate::sts::shape::RawTag>>,
}

impl FromForm for RawGetFederationTokenInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                duration_seconds: at.member("DurationSeconds")?,
                minimum_session_token_size: at.member("MinimumSessionTokenSize")?,
                name: at.member("Name")?,
                policy: at.member("Policy")?,
                policy_arns: at.member("PolicyArns")?,
                tags: at.member("Tags")?,
            })
        })
    }
}

impl Constrained for RawGetFederationTokenInput {
    type Valid = GetFederationTokenInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("durationSeconds");
        if let Some(value) = &self.duration_seconds {
            violations.least(at, *value, 900);
            violations.most(at, *value, 129600);
        }
        let at = path.member("minimumSessionTokenSize");
        if let Some(value) = &self.minimum_session_token_size {
            violations.least(at, *value, 0);
            violations.most(at, *value, 4096);
        }
        let at = path.member("name");
        violations.required(at, self.name.is_some());
        if let Some(value) = &self.name {
            violations.characters(at, Shown::Text(value), value, 2, 32);
            violations.pattern(at, Shown::Text(value), pattern::entity_name_or_empty(value), r"[\w+=,.@-]*");
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
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
    }
    fn build(self) -> GetFederationTokenInput {
        GetFederationTokenInput {
            duration_seconds: self.duration_seconds,
            minimum_session_token_size: self.minimum_session_token_size,
            name: self.name.unwrap_or_default(),
            policy: self.policy,
            policy_arns: self.policy_arns.map(|list| list.into_iter().map(Constrained::build).collect()),
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
        }
    }
}

/// Output of `GetFederationToken`.
#[derive(Clone, Debug, Default)]
pub struct GetFederationTokenOutput {
    /// `Credentials`.
    pub credentials: Option<crate::sts::shape::Credentials>,
    /// `FederatedUser`.
    pub federated_user: Option<crate::sts::shape::FederatedUser>,
    /// `PackedPolicySize`.
    pub packed_policy_size: Option<i64>,
    /// `SessionTokenSize`.
    pub session_token_size: Option<i64>,
    /// `SessionTokenUtilization`.
    pub session_token_utilization: Option<i64>,
}

impl WriteXml for GetFederationTokenOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Credentials", self.credentials.as_ref());
        xml.member("FederatedUser", self.federated_user.as_ref());
        xml.member("PackedPolicySize", self.packed_policy_size.as_ref());
        xml.member("SessionTokenSize", self.session_token_size.as_ref());
        xml.member("SessionTokenUtilization", self.session_token_utilization.as_ref());
    }
}

impl QueryOperation for GetFederationToken {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "GetFederationToken";
    const RESULT: Option<&'static str> = Some("GetFederationTokenResult");
    type Input = GetFederationTokenInput;
    type Output = GetFederationTokenOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::PackedPolicyTooLarge,
        QueryErrorCode::RegionDisabledException,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetFederationTokenInput>(form)
    }
}
