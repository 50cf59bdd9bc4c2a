//! `ListAttachedUserPolicies`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedUserPolicies.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListAttachedUserPolicies`.
#[derive(Clone, Copy, Debug)]
pub struct ListAttachedUserPolicies;

/// Input of `ListAttachedUserPolicies`.
#[derive(Clone, Debug, Serialize)]
pub struct ListAttachedUserPoliciesInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `PathPrefix`, 1 to 512 long.
    #[serde(rename = "pathPrefix", skip_serializing_if = "Option::is_none")]
    pub path_prefix: Option<String>,
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawListAttachedUserPoliciesInput {
    marker: Option<String>,
    max_items: Option<i64>,
    path_prefix: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawListAttachedUserPoliciesInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                path_prefix: at.member("PathPrefix")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawListAttachedUserPoliciesInput {
    type Valid = ListAttachedUserPoliciesInput;
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
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> ListAttachedUserPoliciesInput {
        ListAttachedUserPoliciesInput {
            marker: self.marker,
            max_items: self.max_items,
            path_prefix: self.path_prefix,
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

/// Output of `ListAttachedUserPolicies`.
#[derive(Clone, Debug, Default)]
pub struct ListAttachedUserPoliciesOutput {
    /// `AttachedPolicies`.
    pub attached_policies: Option<Vec<crate::iam::shape::AttachedPolicy>>,
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
}

impl WriteXml for ListAttachedUserPoliciesOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AttachedPolicies", self.attached_policies.as_ref());
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
    }
}

impl QueryOperation for ListAttachedUserPolicies {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListAttachedUserPolicies";
    const RESULT: Option<&'static str> = Some("ListAttachedUserPoliciesResult");
    type Input = ListAttachedUserPoliciesInput;
    type Output = ListAttachedUserPoliciesOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::InvalidInput, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListAttachedUserPoliciesInput>(form)
    }
}
