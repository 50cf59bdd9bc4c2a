//! `DeletePolicyVersion`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeletePolicyVersion`.
#[derive(Clone, Copy, Debug)]
pub struct DeletePolicyVersion;

/// Input of `DeletePolicyVersion`.
#[derive(Clone, Debug, Serialize)]
pub struct DeletePolicyVersionInput {
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
    /// `VersionId`.
    #[serde(rename = "versionId")]
    pub version_id: String,
}

#[derive(Default)]
pub(crate) struct RawDeletePolicyVersionInput {
    policy_arn: Option<String>,
    version_id: Option<String>,
}

impl FromForm for RawDeletePolicyVersionInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { policy_arn: at.member("PolicyArn")?, version_id: at.member("VersionId")? })
        })
    }
}

impl Constrained for RawDeletePolicyVersionInput {
    type Valid = DeletePolicyVersionInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("versionId");
        violations.required(at, self.version_id.is_some());
        if let Some(value) = &self.version_id {
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_version(value),
                r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?",
            );
        }
    }
    fn build(self) -> DeletePolicyVersionInput {
        DeletePolicyVersionInput {
            policy_arn: self.policy_arn.unwrap_or_default(),
            version_id: self.version_id.unwrap_or_default(),
        }
    }
}

impl QueryOperation for DeletePolicyVersion {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeletePolicyVersion";
    const RESULT: Option<&'static str> = None;
    type Input = DeletePolicyVersionInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::DeleteConflict,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeletePolicyVersionInput>(form)
    }
}
