//! `ListGroupPolicies`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListGroupPolicies`.
#[derive(Clone, Copy, Debug)]
pub struct ListGroupPolicies;

/// Input of `ListGroupPolicies`.
#[derive(Clone, Debug, Serialize)]
pub struct ListGroupPoliciesInput {
    /// `GroupName`, 1 to 128 long.
    #[serde(rename = "groupName")]
    pub group_name: String,
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
}

#[derive(Default)]
pub(crate) struct RawListGroupPoliciesInput {
    group_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

impl FromForm for RawListGroupPoliciesInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                group_name: at.member("GroupName")?,
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
            })
        })
    }
}

impl Constrained for RawListGroupPoliciesInput {
    type Valid = ListGroupPoliciesInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("groupName");
        violations.required(at, self.group_name.is_some());
        if let Some(value) = &self.group_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
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
    fn build(self) -> ListGroupPoliciesInput {
        ListGroupPoliciesInput {
            group_name: self.group_name.unwrap_or_default(),
            marker: self.marker,
            max_items: self.max_items,
        }
    }
}

/// Output of `ListGroupPolicies`.
#[derive(Clone, Debug, Default)]
pub struct ListGroupPoliciesOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `PolicyNames`.
    pub policy_names: Option<Vec<String>>,
}

impl WriteXml for ListGroupPoliciesOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("PolicyNames", self.policy_names.as_ref());
    }
}

impl QueryOperation for ListGroupPolicies {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListGroupPolicies";
    const RESULT: Option<&'static str> = Some("ListGroupPoliciesResult");
    type Input = ListGroupPoliciesInput;
    type Output = ListGroupPoliciesOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListGroupPoliciesInput>(form)
    }
}
