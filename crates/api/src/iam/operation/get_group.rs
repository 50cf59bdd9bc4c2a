//! `GetGroup`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetGroup`.
#[derive(Clone, Copy, Debug)]
pub struct GetGroup;

/// Input of `GetGroup`.
#[derive(Clone, Debug, Serialize)]
pub struct GetGroupInput {
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
pub(crate) struct RawGetGroupInput {
    group_name: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

impl FromForm for RawGetGroupInput {
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

impl Constrained for RawGetGroupInput {
    type Valid = GetGroupInput;
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
    fn build(self) -> GetGroupInput {
        GetGroupInput {
            group_name: self.group_name.unwrap_or_default(),
            marker: self.marker,
            max_items: self.max_items,
        }
    }
}

/// Output of `GetGroup`.
#[derive(Clone, Debug, Default)]
pub struct GetGroupOutput {
    /// `Group`.
    pub group: Option<crate::iam::shape::Group>,
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `Users`.
    pub users: Option<Vec<crate::iam::shape::User>>,
}

impl WriteXml for GetGroupOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Group", self.group.as_ref());
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("Users", self.users.as_ref());
    }
}

impl QueryOperation for GetGroup {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetGroup";
    const RESULT: Option<&'static str> = Some("GetGroupResult");
    type Input = GetGroupInput;
    type Output = GetGroupOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetGroupInput>(form)
    }
}
