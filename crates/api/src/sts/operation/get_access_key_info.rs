//! `GetAccessKeyInfo`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetAccessKeyInfo`.
#[derive(Clone, Copy, Debug)]
pub struct GetAccessKeyInfo;

/// Input of `GetAccessKeyInfo`.
#[derive(Clone, Debug, Serialize)]
pub struct GetAccessKeyInfoInput {
    /// `AccessKeyId`, 16 to 128 long.
    #[serde(rename = "accessKeyId")]
    pub access_key_id: String,
}

#[derive(Default)]
pub(crate) struct RawGetAccessKeyInfoInput {
    access_key_id: Option<String>,
}

impl FromForm for RawGetAccessKeyInfoInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { access_key_id: at.member("AccessKeyId")? }))
    }
}

impl Constrained for RawGetAccessKeyInfoInput {
    type Valid = GetAccessKeyInfoInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("accessKeyId");
        violations.required(at, self.access_key_id.is_some());
        if let Some(value) = &self.access_key_id {
            violations.characters(at, Shown::Text(value), value, 16, 128);
            violations.pattern(at, Shown::Text(value), pattern::word_or_empty(value), r"[\w]*");
        }
    }
    fn build(self) -> GetAccessKeyInfoInput {
        GetAccessKeyInfoInput { access_key_id: self.access_key_id.unwrap_or_default() }
    }
}

/// Output of `GetAccessKeyInfo`.
#[derive(Clone, Debug, Default)]
pub struct GetAccessKeyInfoOutput {
    /// `Account`.
    pub account: Option<String>,
}

impl WriteXml for GetAccessKeyInfoOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Account", self.account.as_ref());
    }
}

impl QueryOperation for GetAccessKeyInfo {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "GetAccessKeyInfo";
    const RESULT: Option<&'static str> = Some("GetAccessKeyInfoResult");
    type Input = GetAccessKeyInfoInput;
    type Output = GetAccessKeyInfoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetAccessKeyInfoInput>(form)
    }
}
