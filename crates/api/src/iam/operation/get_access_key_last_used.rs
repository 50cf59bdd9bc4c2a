//! `GetAccessKeyLastUsed`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetAccessKeyLastUsed`.
#[derive(Clone, Copy, Debug)]
pub struct GetAccessKeyLastUsed;

/// Input of `GetAccessKeyLastUsed`.
#[derive(Clone, Debug, Serialize)]
pub struct GetAccessKeyLastUsedInput {
    /// `AccessKeyId`, 16 to 128 long.
    #[serde(rename = "accessKeyId")]
    pub access_key_id: String,
}

#[derive(Default)]
pub(crate) struct RawGetAccessKeyLastUsedInput {
    access_key_id: Option<String>,
}

impl FromForm for RawGetAccessKeyLastUsedInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { access_key_id: at.member("AccessKeyId")? }))
    }
}

impl Constrained for RawGetAccessKeyLastUsedInput {
    type Valid = GetAccessKeyLastUsedInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("accessKeyId");
        violations.required(at, self.access_key_id.is_some());
        if let Some(value) = &self.access_key_id {
            violations.characters(at, Shown::Text(value), value, 16, 128);
            violations.pattern(at, Shown::Text(value), pattern::word(value), r"[\w]+");
        }
    }
    fn build(self) -> GetAccessKeyLastUsedInput {
        GetAccessKeyLastUsedInput { access_key_id: self.access_key_id.unwrap_or_default() }
    }
}

/// Output of `GetAccessKeyLastUsed`.
#[derive(Clone, Debug, Default)]
pub struct GetAccessKeyLastUsedOutput {
    /// `AccessKeyLastUsed`.
    pub access_key_last_used: Option<crate::iam::shape::AccessKeyLastUsed>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for GetAccessKeyLastUsedOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AccessKeyLastUsed", self.access_key_last_used.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}

impl QueryOperation for GetAccessKeyLastUsed {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetAccessKeyLastUsed";
    const RESULT: Option<&'static str> = Some("GetAccessKeyLastUsedResult");
    type Input = GetAccessKeyLastUsedInput;
    type Output = GetAccessKeyLastUsedOutput;
    const ERRORS: &'static [QueryErrorCode] = &[];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetAccessKeyLastUsedInput>(form)
    }
}
