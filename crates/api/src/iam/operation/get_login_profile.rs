//! `GetLoginProfile`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetLoginProfile`.
#[derive(Clone, Copy, Debug)]
pub struct GetLoginProfile;

/// Input of `GetLoginProfile`.
#[derive(Clone, Debug, Serialize)]
pub struct GetLoginProfileInput {
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawGetLoginProfileInput {
    user_name: Option<String>,
}

impl FromForm for RawGetLoginProfileInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { user_name: at.member("UserName")? }))
    }
}

impl Constrained for RawGetLoginProfileInput {
    type Valid = GetLoginProfileInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> GetLoginProfileInput {
        GetLoginProfileInput { user_name: self.user_name }
    }
}

/// Output of `GetLoginProfile`.
#[derive(Clone, Debug, Default)]
pub struct GetLoginProfileOutput {
    /// `LoginProfile`.
    pub login_profile: Option<crate::iam::shape::LoginProfile>,
}

impl WriteXml for GetLoginProfileOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("LoginProfile", self.login_profile.as_ref());
    }
}

impl QueryOperation for GetLoginProfile {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetLoginProfile";
    const RESULT: Option<&'static str> = Some("GetLoginProfileResult");
    type Input = GetLoginProfileInput;
    type Output = GetLoginProfileOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetLoginProfileInput>(form)
    }
}
