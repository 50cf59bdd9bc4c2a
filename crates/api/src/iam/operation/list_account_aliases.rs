//! `ListAccountAliases`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListAccountAliases`.
#[derive(Clone, Copy, Debug)]
pub struct ListAccountAliases;

/// Input of `ListAccountAliases`.
#[derive(Clone, Debug, Serialize)]
pub struct ListAccountAliasesInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
}

#[derive(Default)]
pub(crate) struct RawListAccountAliasesInput {
    marker: Option<String>,
    max_items: Option<i64>,
}

impl FromForm for RawListAccountAliasesInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { marker: at.member("Marker")?, max_items: at.member("MaxItems")? }))
    }
}

impl Constrained for RawListAccountAliasesInput {
    type Valid = ListAccountAliasesInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("marker");
        if let Some(value) = &self.marker {
            violations.characters(at, Shown::Text(value), value, 1, 320);
            violations.pattern(at, Shown::Text(value), pattern::marker(value), r"[\u0020-\u00FF]+");
        }
        let at = path.member("maxItems");
        if let Some(value) = &self.max_items {
            violations.least(at, *value, 1);
            violations.most(at, *value, 1000);
        }
    }
    fn build(self) -> ListAccountAliasesInput {
        ListAccountAliasesInput { marker: self.marker, max_items: self.max_items }
    }
}

/// Output of `ListAccountAliases`.
#[derive(Clone, Debug, Default)]
pub struct ListAccountAliasesOutput {
    /// `AccountAliases`.
    pub account_aliases: Option<Vec<String>>,
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
}

impl WriteXml for ListAccountAliasesOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AccountAliases", self.account_aliases.as_ref());
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
    }
}

impl QueryOperation for ListAccountAliases {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListAccountAliases";
    const RESULT: Option<&'static str> = Some("ListAccountAliasesResult");
    type Input = ListAccountAliasesInput;
    type Output = ListAccountAliasesOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListAccountAliasesInput>(form)
    }
}
