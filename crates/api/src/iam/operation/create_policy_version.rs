//! `CreatePolicyVersion`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `CreatePolicyVersion`.
#[derive(Clone, Copy, Debug)]
pub struct CreatePolicyVersion;

/// Input of `CreatePolicyVersion`.
#[derive(Clone, Debug, Serialize)]
pub struct CreatePolicyVersionInput {
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
    /// `PolicyDocument`, 1 to 131072 long.
    #[serde(rename = "policyDocument")]
    pub policy_document: String,
    /// `SetAsDefault`.
    #[serde(rename = "setAsDefault", skip_serializing_if = "Option::is_none")]
    pub set_as_default: Option<bool>,
}

#[derive(Default)]
pub(crate) struct RawCreatePolicyVersionInput {
    policy_arn: Option<String>,
    policy_document: Option<String>,
    set_as_default: Option<bool>,
}

impl FromForm for RawCreatePolicyVersionInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                policy_arn: at.member("PolicyArn")?,
                policy_document: at.member("PolicyDocument")?,
                set_as_default: at.member("SetAsDefault")?,
            })
        })
    }
}

impl Constrained for RawCreatePolicyVersionInput {
    type Valid = CreatePolicyVersionInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("policyDocument");
        violations.required(at, self.policy_document.is_some());
        if let Some(value) = &self.policy_document {
            violations.characters(at, Shown::Text(value), value, 1, 131072);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_text(value),
                r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            );
        }
    }
    fn build(self) -> CreatePolicyVersionInput {
        CreatePolicyVersionInput {
            policy_arn: self.policy_arn.unwrap_or_default(),
            policy_document: self.policy_document.unwrap_or_default(),
            set_as_default: self.set_as_default,
        }
    }
}

/// Output of `CreatePolicyVersion`.
#[derive(Clone, Debug, Default)]
pub struct CreatePolicyVersionOutput {
    /// `PolicyVersion`.
    pub policy_version: Option<crate::iam::shape::PolicyVersion>,
}

impl WriteXml for CreatePolicyVersionOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("PolicyVersion", self.policy_version.as_ref());
    }
}

impl QueryOperation for CreatePolicyVersion {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "CreatePolicyVersion";
    const RESULT: Option<&'static str> = Some("CreatePolicyVersionResult");
    type Input = CreatePolicyVersionInput;
    type Output = CreatePolicyVersionOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::MalformedPolicyDocument,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawCreatePolicyVersionInput>(form)
    }
}
