//! `ListEntitiesForPolicy`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListEntitiesForPolicy`.
#[derive(Clone, Copy, Debug)]
pub struct ListEntitiesForPolicy;

/// Input of `ListEntitiesForPolicy`.
#[derive(Clone, Debug, Serialize)]
pub struct ListEntitiesForPolicyInput {
    /// `EntityFilter`.
    #[serde(rename = "entityFilter", skip_serializing_if = "Option::is_none")]
    pub entity_filter: Option<String>,
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `PathPrefix`, 1 to 512 long.
    #[serde(rename = "pathPrefix", skip_serializing_if = "Option::is_none")]
    pub path_prefix: Option<String>,
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
    /// `PolicyUsageFilter`.
    #[serde(rename = "policyUsageFilter", skip_serializing_if = "Option::is_none")]
    pub policy_usage_filter: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawListEntitiesForPolicyInput {
    entity_filter: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
    path_prefix: Option<String>,
    policy_arn: Option<String>,
    policy_usage_filter: Option<String>,
}

impl FromForm for RawListEntitiesForPolicyInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                entity_filter: at.member("EntityFilter")?,
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                path_prefix: at.member("PathPrefix")?,
                policy_arn: at.member("PolicyArn")?,
                policy_usage_filter: at.member("PolicyUsageFilter")?,
            })
        })
    }
}

impl Constrained for RawListEntitiesForPolicyInput {
    type Valid = ListEntitiesForPolicyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("entityFilter");
        if let Some(value) = &self.entity_filter {
            violations.one_of(
                at,
                value,
                &["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"],
            );
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
        let at = path.member("pathPrefix");
        if let Some(value) = &self.path_prefix {
            violations.characters(at, Shown::Text(value), value, 1, 512);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::path(value),
                r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
            );
        }
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("policyUsageFilter");
        if let Some(value) = &self.policy_usage_filter {
            violations.one_of(at, value, &["PermissionsPolicy", "PermissionsBoundary"]);
        }
    }
    fn build(self) -> ListEntitiesForPolicyInput {
        ListEntitiesForPolicyInput {
            entity_filter: self.entity_filter,
            marker: self.marker,
            max_items: self.max_items,
            path_prefix: self.path_prefix,
            policy_arn: self.policy_arn.unwrap_or_default(),
            policy_usage_filter: self.policy_usage_filter,
        }
    }
}

/// Output of `ListEntitiesForPolicy`.
#[derive(Clone, Debug, Default)]
pub struct ListEntitiesForPolicyOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `PolicyGroups`.
    pub policy_groups: Option<Vec<crate::iam::shape::PolicyGroup>>,
    /// `PolicyRoles`.
    pub policy_roles: Option<Vec<crate::iam::shape::PolicyRole>>,
    /// `PolicyUsers`.
    pub policy_users: Option<Vec<crate::iam::shape::PolicyUser>>,
}

impl WriteXml for ListEntitiesForPolicyOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("PolicyGroups", self.policy_groups.as_ref());
        xml.member("PolicyRoles", self.policy_roles.as_ref());
        xml.member("PolicyUsers", self.policy_users.as_ref());
    }
}

impl QueryOperation for ListEntitiesForPolicy {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListEntitiesForPolicy";
    const RESULT: Option<&'static str> = Some("ListEntitiesForPolicyResult");
    type Input = ListEntitiesForPolicyInput;
    type Output = ListEntitiesForPolicyOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::InvalidInput, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListEntitiesForPolicyInput>(form)
    }
}
