//! `GetCallerIdentity`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetCallerIdentity`.
#[derive(Clone, Copy, Debug)]
pub struct GetCallerIdentity;

/// Input of `GetCallerIdentity`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GetCallerIdentityInput {}

#[derive(Default)]
pub(crate) struct RawGetCallerIdentityInput {}

impl FromForm for RawGetCallerIdentityInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|_at| Ok(Self {}))
    }
}

impl Constrained for RawGetCallerIdentityInput {
    type Valid = GetCallerIdentityInput;
    fn check(&self, _path: Path<'_>, _violations: &mut Violations) {}
    fn build(self) -> GetCallerIdentityInput {
        GetCallerIdentityInput {}
    }
}

/// Output of `GetCallerIdentity`.
#[derive(Clone, Debug, Default)]
pub struct GetCallerIdentityOutput {
    /// `Account`.
    pub account: Option<String>,
    /// `Arn`.
    pub arn: Option<String>,
    /// `UserId`.
    pub user_id: Option<String>,
}

impl WriteXml for GetCallerIdentityOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Account", self.account.as_ref());
        xml.member("Arn", self.arn.as_ref());
        xml.member("UserId", self.user_id.as_ref());
    }
}

impl QueryOperation for GetCallerIdentity {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "GetCallerIdentity";
    const RESULT: Option<&'static str> = Some("GetCallerIdentityResult");
    type Input = GetCallerIdentityInput;
    type Output = GetCallerIdentityOutput;
    const ERRORS: &'static [QueryErrorCode] = &[];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetCallerIdentityInput>(form)
    }
}
