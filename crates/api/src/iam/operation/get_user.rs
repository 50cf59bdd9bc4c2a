//! `GetUser`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetUser`.
#[derive(Clone, Copy, Debug)]
pub struct GetUser;

/// Input of `GetUser`.
#[derive(Clone, Debug, Serialize)]
pub struct GetUserInput {
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawGetUserInput {
    user_name: Option<String>,
}

impl FromForm for RawGetUserInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawGetUserInput {
    type Valid = GetUserInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> GetUserInput {
        GetUserInput { user_name: self.user_name }
    }
}

/// Output of `GetUser`.
#[derive(Clone, Debug, Default)]
pub struct GetUserOutput {
    /// `User`.
    pub user: Option<crate::iam::shape::User>,
}

impl WriteXml for GetUserOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("User", self.user.as_ref());
    }
}

impl QueryOperation for GetUser {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetUser";
    const RESULT: Option<&'static str> = Some("GetUserResult");
    type Input = GetUserInput;
    type Output = GetUserOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetUserInput>(form)
    }
}
