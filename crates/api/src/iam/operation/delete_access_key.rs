//! `DeleteAccessKey`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteAccessKey`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteAccessKey;

/// Input of `DeleteAccessKey`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteAccessKeyInput {
    /// `AccessKeyId`, 16 to 128 long.
    #[serde(rename = "accessKeyId")]
    pub access_key_id: String,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawDeleteAccessKeyInput {
    access_key_id: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawDeleteAccessKeyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { access_key_id: at.member("AccessKeyId")?, user_name: at.member("UserName")? })
        })
    }
}

impl Constrained for RawDeleteAccessKeyInput {
    type Valid = DeleteAccessKeyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("accessKeyId");
        violations.required(at, self.access_key_id.is_some());
        if let Some(value) = &self.access_key_id {
            violations.characters(at, Shown::Text(value), value, 16, 128);
            violations.pattern(at, Shown::Text(value), pattern::word(value), r"[\w]+");
        }
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeleteAccessKeyInput {
        DeleteAccessKeyInput {
            access_key_id: self.access_key_id.unwrap_or_default(),
            user_name: self.user_name,
        }
    }
}

impl QueryOperation for DeleteAccessKey {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteAccessKey";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteAccessKeyInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::LimitExceeded, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteAccessKeyInput>(form)
    }
}
