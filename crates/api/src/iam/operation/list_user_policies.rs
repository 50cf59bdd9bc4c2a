//! `ListUserPolicies`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListUserPolicies`.
#[derive(Clone, Copy, Debug)]
pub struct ListUserPolicies;

/// Input of `ListUserPolicies`.
#[derive(Clone, Debug, Serialize)]
pub struct ListUserPoliciesInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawListUserPoliciesInput {
    marker: Option<String>,
    max_items: Option<i64>,
    user_name: Option<String>,
}

impl FromForm for RawListUserPoliciesInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawListUserPoliciesInput {
    type Valid = ListUserPoliciesInput;
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
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> ListUserPoliciesInput {
        ListUserPoliciesInput {
            marker: self.marker,
            max_items: self.max_items,
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

/// Output of `ListUserPolicies`.
#[derive(Clone, Debug, Default)]
pub struct ListUserPoliciesOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `PolicyNames`.
    pub policy_names: Option<Vec<String>>,
}

impl WriteXml for ListUserPoliciesOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("PolicyNames", self.policy_names.as_ref());
    }
}

impl QueryOperation for ListUserPolicies {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListUserPolicies";
    const RESULT: Option<&'static str> = Some("ListUserPoliciesResult");
    type Input = ListUserPoliciesInput;
    type Output = ListUserPoliciesOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListUserPoliciesInput>(form)
    }
}
