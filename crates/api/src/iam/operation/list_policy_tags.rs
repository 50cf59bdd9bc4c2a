//! `ListPolicyTags`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListPolicyTags`.
#[derive(Clone, Copy, Debug)]
pub struct ListPolicyTags;

/// Input of `ListPolicyTags`.
#[derive(Clone, Debug, Serialize)]
pub struct ListPolicyTagsInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `PolicyArn`, 20 to 2048 long.
    #[serde(rename = "policyArn")]
    pub policy_arn: String,
}

#[derive(Default)]
pub(crate) struct RawListPolicyTagsInput {
    marker: Option<String>,
    max_items: Option<i64>,
    policy_arn: Option<String>,
}

impl FromForm for RawListPolicyTagsInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                policy_arn: at.member("PolicyArn")?,
            })
        })
    }
}

impl Constrained for RawListPolicyTagsInput {
    type Valid = ListPolicyTagsInput;
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
        let at = path.member("policyArn");
        violations.required(at, self.policy_arn.is_some());
        if let Some(value) = &self.policy_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
    }
    fn build(self) -> ListPolicyTagsInput {
        ListPolicyTagsInput {
            marker: self.marker,
            max_items: self.max_items,
            policy_arn: self.policy_arn.unwrap_or_default(),
        }
    }
}

/// Output of `ListPolicyTags`.
#[derive(Clone, Debug, Default)]
pub struct ListPolicyTagsOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
}

impl WriteXml for ListPolicyTagsOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("Tags", self.tags.as_ref());
    }
}

impl QueryOperation for ListPolicyTags {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListPolicyTags";
    const RESULT: Option<&'static str> = Some("ListPolicyTagsResult");
    type Input = ListPolicyTagsInput;
    type Output = ListPolicyTagsOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure, QueryErrorCode::InvalidInput];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListPolicyTagsInput>(form)
    }
}
