//! `ListOpenIDConnectProviderTags`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListOpenIDConnectProviderTags`.
#[derive(Clone, Copy, Debug)]
pub struct ListOpenIDConnectProviderTags;

/// Input of `ListOpenIDConnectProviderTags`.
#[derive(Clone, Debug, Serialize)]
pub struct ListOpenIDConnectProviderTagsInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `OpenIDConnectProviderArn`, 20 to 2048 long.
    #[serde(rename = "openIDConnectProviderArn")]
    pub open_id_connect_provider_arn: String,
}

#[derive(Default)]
pub(crate) struct RawListOpenIDConnectProviderTagsInput {
    marker: Option<String>,
    max_items: Option<i64>,
    open_id_connect_provider_arn: Option<String>,
}

impl FromForm for RawListOpenIDConnectProviderTagsInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                open_id_connect_provider_arn: at.member("OpenIDConnectProviderArn")?,
            })
        })
    }
}

impl Constrained for RawListOpenIDConnectProviderTagsInput {
    type Valid = ListOpenIDConnectProviderTagsInput;
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
        let at = path.member("openIDConnectProviderArn");
        violations.required(at, self.open_id_connect_provider_arn.is_some());
        if let Some(value) = &self.open_id_connect_provider_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
    }
    fn build(self) -> ListOpenIDConnectProviderTagsInput {
        ListOpenIDConnectProviderTagsInput {
            marker: self.marker,
            max_items: self.max_items,
            open_id_connect_provider_arn: self.open_id_connect_provider_arn.unwrap_or_default(),
        }
    }
}

/// Output of `ListOpenIDConnectProviderTags`.
#[derive(Clone, Debug, Default)]
pub struct ListOpenIDConnectProviderTagsOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
}

impl WriteXml for ListOpenIDConnectProviderTagsOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("Tags", self.tags.as_ref());
    }
}

impl QueryOperation for ListOpenIDConnectProviderTags {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListOpenIDConnectProviderTags";
    const RESULT: Option<&'static str> = Some("ListOpenIDConnectProviderTagsResult");
    type Input = ListOpenIDConnectProviderTagsInput;
    type Output = ListOpenIDConnectProviderTagsOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure, QueryErrorCode::InvalidInput];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListOpenIDConnectProviderTagsInput>(form)
    }
}
