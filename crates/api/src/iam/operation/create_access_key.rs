//! `CreateAccessKey`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `CreateAccessKey`.
#[derive(Clone, Copy, Debug)]
pub struct CreateAccessKey;

/// Input of `CreateAccessKey`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateAccessKeyInput {
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawCreateAccessKeyInput {
    user_name: Option<String>,
}

impl FromForm for RawCreateAccessKeyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawCreateAccessKeyInput {
    type Valid = CreateAccessKeyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> CreateAccessKeyInput {
        CreateAccessKeyInput { user_name: self.user_name }
    }
}

/// Output of `CreateAccessKey`.
#[derive(Clone, Debug, Default)]
pub struct CreateAccessKeyOutput {
    /// `AccessKey`.
    pub access_key: Option<crate::iam::shape::AccessKey>,
}

impl WriteXml for CreateAccessKeyOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AccessKey", self.access_key.as_ref());
    }
}

impl QueryOperation for CreateAccessKey {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "CreateAccessKey";
    const RESULT: Option<&'static str> = Some("CreateAccessKeyResult");
    type Input = CreateAccessKeyInput;
    type Output = CreateAccessKeyOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::LimitExceeded, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawCreateAccessKeyInput>(form)
    }
}
