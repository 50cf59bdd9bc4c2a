//! `TagOpenIDConnectProvider`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `TagOpenIDConnectProvider`.
#[derive(Clone, Copy, Debug)]
pub struct TagOpenIDConnectProvider;

/// Input of `TagOpenIDConnectProvider`.
#[derive(Clone, Debug, Serialize)]
pub struct TagOpenIDConnectProviderInput {
    /// `OpenIDConnectProviderArn`, 20 to 2048 long.
    #[serde(rename = "openIDConnectProviderArn")]
    pub open_id_connect_provider_arn: String,
    /// `Tags`.
    #[serde(rename = "tags")]
    pub tags: Vec<crate::iam::shape::Tag>,
}

#[derive(Default)]
pub(crate) struct RawTagOpenIDConnectProviderInput {
    open_id_connect_provider_arn: Option<String>,
    tags: Option<Vec<crate::iam::shape::RawTag>>,
}

impl FromForm for RawTagOpenIDConnectProviderInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                open_id_connect_provider_arn: at.member("OpenIDConnectProviderArn")?,
                tags: at.member("Tags")?,
            })
        })
    }
}

impl Constrained for RawTagOpenIDConnectProviderInput {
    type Valid = TagOpenIDConnectProviderInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("openIDConnectProviderArn");
        violations.required(at, self.open_id_connect_provider_arn.is_some());
        if let Some(value) = &self.open_id_connect_provider_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("tags");
        violations.required(at, self.tags.is_some());
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
    }
    fn build(self) -> TagOpenIDConnectProviderInput {
        TagOpenIDConnectProviderInput {
            open_id_connect_provider_arn: self.open_id_connect_provider_arn.unwrap_or_default(),
            tags: self
                .tags
                .map(|list| list.into_iter().map(Constrained::build).collect())
                .unwrap_or_default(),
        }
    }
}

impl QueryOperation for TagOpenIDConnectProvider {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "TagOpenIDConnectProvider";
    const RESULT: Option<&'static str> = None;
    type Input = TagOpenIDConnectProviderInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawTagOpenIDConnectProviderInput>(form)
    }
}
