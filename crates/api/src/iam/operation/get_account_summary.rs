//! `GetAccountSummary`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetAccountSummary`.
#[derive(Clone, Copy, Debug)]
pub struct GetAccountSummary;

/// Input of `GetAccountSummary`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct GetAccountSummaryInput {}

#[derive(Default)]
pub(crate) struct RawGetAccountSummaryInput {}

impl FromForm for RawGetAccountSummaryInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|_at| Ok(Self {}))
    }
}

impl Constrained for RawGetAccountSummaryInput {
    type Valid = GetAccountSummaryInput;
    fn check(&self, _path: Path<'_>, _violations: &mut Violations) {}
    fn build(self) -> GetAccountSummaryInput {
        GetAccountSummaryInput {}
    }
}

/// Output of `GetAccountSummary`.
#[derive(Clone, Debug, Default)]
pub struct GetAccountSummaryOutput {
    /// `SummaryMap`.
    pub summary_map: Option<BTreeMap<String, i64>>,
}

impl WriteXml for GetAccountSummaryOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("SummaryMap", self.summary_map.as_ref());
    }
}

impl QueryOperation for GetAccountSummary {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetAccountSummary";
    const RESULT: Option<&'static str> = Some("GetAccountSummaryResult");
    type Input = GetAccountSummaryInput;
    type Output = GetAccountSummaryOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetAccountSummaryInput>(form)
    }
}
