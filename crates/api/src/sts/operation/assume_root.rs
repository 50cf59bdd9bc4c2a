//! `AssumeRoot`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `AssumeRoot`.
#[derive(Clone, Copy, Debug)]
pub struct AssumeRoot;

/// Input of `AssumeRoot`.
#[derive(Clone, Debug, Serialize)]
pub struct AssumeRootInput {
    /// `DurationSeconds`, 0 to 900.
    #[serde(rename = "durationSeconds", skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// `MinimumSessionTokenSize`, 0 to 4096.
    #[serde(rename = "minimumSessionTokenSize", skip_serializing_if = "Option::is_none")]
    pub minimum_session_token_size: Option<i64>,
    /// `TargetPrincipal`, 12 to 2048 long.
    #[serde(rename = "targetPrincipal")]
    pub target_principal: String,
    /// `TaskPolicyArn`.
    #[serde(rename = "taskPolicyArn")]
    pub task_policy_arn: crate::sts::shape::PolicyDescriptorType,
}

#[derive(Default)]
pub(crate) struct RawAssumeRootInput {
    duration_seconds: Option<i64>,
    minimum_session_token_size: Option<i64>,
    target_principal: Option<String>,
    task_policy_arn: Option<crate::sts::shape::RawPolicyDescriptorType>,
}

impl FromForm for RawAssumeRootInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                duration_seconds: at.member("DurationSeconds")?,
                minimum_session_token_size: at.member("MinimumSessionTokenSize")?,
                target_principal: at.member("TargetPrincipal")?,
                task_policy_arn: at.member("TaskPolicyArn")?,
            })
        })
    }
}

impl Constrained for RawAssumeRootInput {
    type Valid = AssumeRootInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("durationSeconds");
        if let Some(value) = &self.duration_seconds {
            violations.least(at, *value, 0);
            violations.most(at, *value, 900);
        }
        let at = path.member("minimumSessionTokenSize");
        if let Some(value) = &self.minimum_session_token_size {
            violations.least(at, *value, 0);
            violations.most(at, *value, 4096);
        }
        let at = path.member("targetPrincipal");
        violations.required(at, self.target_principal.is_some());
        if let Some(value) = &self.target_principal {
            violations.characters(at, Shown::Text(value), value, 12, 2048);
        }
        let at = path.member("taskPolicyArn");
        violations.required(at, self.task_policy_arn.is_some());
        if let Some(value) = &self.task_policy_arn {
            value.check(at, violations);
        }
    }
    fn build(self) -> AssumeRootInput {
        AssumeRootInput {
            duration_seconds: self.duration_seconds,
            minimum_session_token_size: self.minimum_session_token_size,
            target_principal: self.target_principal.unwrap_or_default(),
            task_policy_arn: self.task_policy_arn.unwrap_or_default().build(),
        }
    }
}

/// Output of `AssumeRoot`.
#[derive(Clone, Debug, Default)]
pub struct AssumeRootOutput {
    /// `Credentials`.
    pub credentials: Option<crate::sts::shape::Credentials>,
    /// `SessionTokenSize`.
    pub session_token_size: Option<i64>,
    /// `SessionTokenUtilization`.
    pub session_token_utilization: Option<i64>,
    /// `SourceIdentity`.
    pub source_identity: Option<String>,
}

impl WriteXml for AssumeRootOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Credentials", self.credentials.as_ref());
        xml.member("SessionTokenSize", self.session_token_size.as_ref());
        xml.member("SessionTokenUtilization", self.session_token_utilization.as_ref());
        xml.member("SourceIdentity", self.source_identity.as_ref());
    }
}

impl QueryOperation for AssumeRoot {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "AssumeRoot";
    const RESULT: Option<&'static str> = Some("AssumeRootResult");
    type Input = AssumeRootInput;
    type Output = AssumeRootOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::RegionDisabledException, QueryErrorCode::ExpiredTokenException];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawAssumeRootInput>(form)
    }
}
