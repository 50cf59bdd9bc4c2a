//! `UpdateAccessKey`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UpdateAccessKey`.
#[derive(Clone, Copy, Debug)]
pub struct UpdateAccessKey;

/// Input of `UpdateAccessKey`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateAccessKeyInput {
    /// `AccessKeyId`, 16 to 128 long.
    #[serde(rename = "accessKeyId")]
    pub access_key_id: String,
    /// `Status`.
    #[serde(rename = "status")]
    pub status: String,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawUpdateAccessKeyInput {
    access_key_id: Option<String>,
    status: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawUpdateAccessKeyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                access_key_id: at.member("AccessKeyId")?,
                status: at.member("Status")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawUpdateAccessKeyInput {
    type Valid = UpdateAccessKeyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("accessKeyId");
        violations.required(at, self.access_key_id.is_some());
        if let Some(value) = &self.access_key_id {
            violations.characters(at, Shown::Text(value), value, 16, 128);
            violations.pattern(at, Shown::Text(value), pattern::word(value), r"[\w]+");
        }
        let at = path.member("status");
        violations.required(at, self.status.is_some());
        if let Some(value) = &self.status {
            violations.one_of(at, value, &["Active", "Inactive", "Expired"]);
        }
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> UpdateAccessKeyInput {
        UpdateAccessKeyInput {
            access_key_id: self.access_key_id.unwrap_or_default(),
            status: self.status.unwrap_or_default(),
            user_name: self.user_name,
        }
    }
}

impl QueryOperation for UpdateAccessKey {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UpdateAccessKey";
    const RESULT: Option<&'static str> = None;
    type Input = UpdateAccessKeyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ServiceFailure,
        QueryErrorCode::InvalidInput,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUpdateAccessKeyInput>(form)
    }
}
