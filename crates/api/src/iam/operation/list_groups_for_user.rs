//! `ListGroupsForUser`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListGroupsForUser`.
#[derive(Clone, Copy, Debug)]
pub struct ListGroupsForUser;

/// Input of `ListGroupsForUser`.
#[derive(Clone, Debug, Serialize)]
pub struct ListGroupsForUserInput {
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
pub(crate) struct RawListGroupsForUserInput {
    marker: Option<String>,
    max_items: Option<i64>,
    user_name: Option<String>,
}

impl FromForm for RawListGroupsForUserInput {
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

impl Constrained for RawListGroupsForUserInput {
    type Valid = ListGroupsForUserInput;
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
    fn build(self) -> ListGroupsForUserInput {
        ListGroupsForUserInput {
            marker: self.marker,
            max_items: self.max_items,
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

/// Output of `ListGroupsForUser`.
#[derive(Clone, Debug, Default)]
pub struct ListGroupsForUserOutput {
    /// `Groups`.
    pub groups: Option<Vec<crate::iam::shape::Group>>,
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
}

impl WriteXml for ListGroupsForUserOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Groups", self.groups.as_ref());
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
    }
}

impl QueryOperation for ListGroupsForUser {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListGroupsForUser";
    const RESULT: Option<&'static str> = Some("ListGroupsForUserResult");
    type Input = ListGroupsForUserInput;
    type Output = ListGroupsForUserOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListGroupsForUserInput>(form)
    }
}
