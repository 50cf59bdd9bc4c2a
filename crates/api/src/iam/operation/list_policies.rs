//! `ListPolicies`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListPolicies`.
#[derive(Clone, Copy, Debug)]
pub struct ListPolicies;

/// Input of `ListPolicies`.
#[derive(Clone, Debug, Serialize)]
pub struct ListPoliciesInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `OnlyAttached`.
    #[serde(rename = "onlyAttached", skip_serializing_if = "Option::is_none")]
    pub only_attached: Option<bool>,
    /// `PathPrefix`, 1 to 512 long.
    #[serde(rename = "pathPrefix", skip_serializing_if = "Option::is_none")]
    pub path_prefix: Option<String>,
    /// `PolicyUsageFilter`.
    #[serde(rename = "policyUsageFilter", skip_serializing_if = "Option::is_none")]
    pub policy_usage_filter: Option<String>,
    /// `Scope`.
    #[serde(rename = "scope", skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawListPoliciesInput {
    marker: Option<String>,
    max_items: Option<i64>,
    only_attached: Option<bool>,
    path_prefix: Option<String>,
    policy_usage_filter: Option<String>,
    scope: Option<String>,
}

impl FromForm for RawListPoliciesInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                only_attached: at.member("OnlyAttached")?,
                path_prefix: at.member("PathPrefix")?,
                policy_usage_filter: at.member("PolicyUsageFilter")?,
                scope: at.member("Scope")?,
            })
        })
    }
}

impl Constrained for RawListPoliciesInput {
    type Valid = ListPoliciesInput;
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
        let at = path.member("pathPrefix");
        if let Some(value) = &self.path_prefix {
            violations.characters(at, Shown::Text(value), value, 1, 512);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_path(value),
                r"((/[A-Za-z0-9\.,\+@=_-]+)*)/",
            );
        }
        let at = path.member("policyUsageFilter");
        if let Some(value) = &self.policy_usage_filter {
            violations.one_of(at, value, &["PermissionsPolicy", "PermissionsBoundary"]);
        }
        let at = path.member("scope");
        if let Some(value) = &self.scope {
            violations.one_of(at, value, &["All", "AWS", "Local"]);
        }
    }
    fn build(self) -> ListPoliciesInput {
        ListPoliciesInput {
            marker: self.marker,
            max_items: self.max_items,
            only_attached: self.only_attached,
            path_prefix: self.path_prefix,
            policy_usage_filter: self.policy_usage_filter,
            scope: self.scope,
        }
    }
}

/// Output of `ListPolicies`.
#[derive(Clone, Debug, Default)]
pub struct ListPoliciesOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `Policies`.
    pub policies: Option<Vec<crate::iam::shape::Policy>>,
}

impl WriteXml for ListPoliciesOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("Policies", self.policies.as_ref());
    }
}

impl QueryOperation for ListPolicies {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListPolicies";
    const RESULT: Option<&'static str> = Some("ListPoliciesResult");
    type Input = ListPoliciesInput;
    type Output = ListPoliciesOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListPoliciesInput>(form)
    }
}
