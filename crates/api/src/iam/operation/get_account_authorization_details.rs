//! `GetAccountAuthorizationDetails`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetAccountAuthorizationDetails`.
#[derive(Clone, Copy, Debug)]
pub struct GetAccountAuthorizationDetails;

/// Input of `GetAccountAuthorizationDetails`.
#[derive(Clone, Debug, Serialize)]
pub struct GetAccountAuthorizationDetailsInput {
    /// `Filter`.
    #[serde(rename = "filter", skip_serializing_if = "Option::is_none")]
    pub filter: Option<Vec<String>>,
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
}

#[derive(Default)]
pub(crate) struct RawGetAccountAuthorizationDetailsInput {
    filter: Option<Vec<String>>,
    marker: Option<String>,
    max_items: Option<i64>,
}

impl FromForm for RawGetAccountAuthorizationDetailsInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                filter: at.member("Filter")?,
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
            })
        })
    }
}

impl Constrained for RawGetAccountAuthorizationDetailsInput {
    type Valid = GetAccountAuthorizationDetailsInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("filter");
        if let Some(value) = &self.filter {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.one_of(
                    at,
                    value,
                    &["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"],
                );
            }
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
    fn build(self) -> GetAccountAuthorizationDetailsInput {
        GetAccountAuthorizationDetailsInput {
            filter: self.filter,
            marker: self.marker,
            max_items: self.max_items,
        }
    }
}

/// Output of `GetAccountAuthorizationDetails`.
#[derive(Clone, Debug, Default)]
pub struct GetAccountAuthorizationDetailsOutput {
    /// `GroupDetailList`.
    pub group_detail_list: Option<Vec<crate::iam::shape::GroupDetail>>,
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `Policies`.
    pub policies: Option<Vec<crate::iam::shape::ManagedPolicyDetail>>,
    /// `RoleDetailList`.
    pub role_detail_list: Option<Vec<crate::iam::shape::RoleDetail>>,
    /// `UserDetailList`.
    pub user_detail_list: Option<Vec<crate::iam::shape::UserDetail>>,
}

impl WriteXml for GetAccountAuthorizationDetailsOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("GroupDetailList", self.group_detail_list.as_ref());
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("Policies", self.policies.as_ref());
        xml.member("RoleDetailList", self.role_detail_list.as_ref());
        xml.member("UserDetailList", self.user_detail_list.as_ref());
    }
}

impl QueryOperation for GetAccountAuthorizationDetails {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetAccountAuthorizationDetails";
    const RESULT: Option<&'static str> = Some("GetAccountAuthorizationDetailsResult");
    type Input = GetAccountAuthorizationDetailsInput;
    type Output = GetAccountAuthorizationDetailsOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetAccountAuthorizationDetailsInput>(form)
    }
}
