//! `ListRoles`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListRoles`.
#[derive(Clone, Copy, Debug)]
pub struct ListRoles;

/// Input of `ListRoles`.
#[derive(Clone, Debug, Serialize)]
pub struct ListRolesInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `PathPrefix`, 1 to 512 long.
    #[serde(rename = "pathPrefix", skip_serializing_if = "Option::is_none")]
    pub path_prefix: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawListRolesInput {
    marker: Option<String>,
    max_items: Option<i64>,
    path_prefix: Option<String>,
}

impl FromForm for RawListRolesInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                path_prefix: at.member("PathPrefix")?,
            })
        })
    }
}

impl Constrained for RawListRolesInput {
    type Valid = ListRolesInput;
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
                pattern::path_prefix(value),
                r"\u002F[\u0021-\u007F]*",
            );
        }
    }
    fn build(self) -> ListRolesInput {
        ListRolesInput { marker: self.marker, max_items: self.max_items, path_prefix: self.path_prefix }
    }
}

/// Output of `ListRoles`.
#[derive(Clone, Debug, Default)]
pub struct ListRolesOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `Roles`.
    pub roles: Option<Vec<crate::iam::shape::Role>>,
}

impl WriteXml for ListRolesOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("Roles", self.roles.as_ref());
    }
}

impl QueryOperation for ListRoles {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListRoles";
    const RESULT: Option<&'static str> = Some("ListRolesResult");
    type Input = ListRolesInput;
    type Output = ListRolesOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListRolesInput>(form)
    }
}
