//! `ListRoleTags`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoleTags.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListRoleTags`.
#[derive(Clone, Copy, Debug)]
pub struct ListRoleTags;

/// Input of `ListRoleTags`.
#[derive(Clone, Debug, Serialize)]
pub struct ListRoleTagsInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `RoleName`, 1 to 64 long.
    #[serde(rename = "roleName")]
    pub role_name: String,
}

#[derive(Default)]
pub(crate) struct RawListRoleTagsInput {
    marker: Option<String>,
    max_items: Option<i64>,
    role_name: Option<String>,
}

impl FromForm for RawListRoleTagsInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                role_name: at.member("RoleName")?,
            })
        })
    }
}

impl Constrained for RawListRoleTagsInput {
    type Valid = ListRoleTagsInput;
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
        let at = path.member("roleName");
        violations.required(at, self.role_name.is_some());
        if let Some(value) = &self.role_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> ListRoleTagsInput {
        ListRoleTagsInput {
            marker: self.marker,
            max_items: self.max_items,
            role_name: self.role_name.unwrap_or_default(),
        }
    }
}

/// Output of `ListRoleTags`.
#[derive(Clone, Debug, Default)]
pub struct ListRoleTagsOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
}

impl WriteXml for ListRoleTagsOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("Tags", self.tags.as_ref());
    }
}

impl QueryOperation for ListRoleTags {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListRoleTags";
    const RESULT: Option<&'static str> = Some("ListRoleTagsResult");
    type Input = ListRoleTagsInput;
    type Output = ListRoleTagsOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListRoleTagsInput>(form)
    }
}
