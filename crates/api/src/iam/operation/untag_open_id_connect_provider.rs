//! `UntagOpenIDConnectProvider`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UntagOpenIDConnectProvider`.
#[derive(Clone, Copy, Debug)]
pub struct UntagOpenIDConnectProvider;

/// Input of `UntagOpenIDConnectProvider`.
#[derive(Clone, Debug, Serialize)]
pub struct UntagOpenIDConnectProviderInput {
    /// `OpenIDConnectProviderArn`, 20 to 2048 long.
    #[serde(rename = "openIDConnectProviderArn")]
    pub open_id_connect_provider_arn: String,
    /// `TagKeys`.
    #[serde(rename = "tagKeys")]
    pub tag_keys: Vec<String>,
}

#[derive(Default)]
pub(crate) struct RawUntagOpenIDConnectProviderInput {
    open_id_connect_provider_arn: Option<String>,
    tag_keys: Option<Vec<String>>,
}

impl FromForm for RawUntagOpenIDConnectProviderInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                open_id_connect_provider_arn: at.member("OpenIDConnectProviderArn")?,
                tag_keys: at.member("TagKeys")?,
            })
        })
    }
}

impl Constrained for RawUntagOpenIDConnectProviderInput {
    type Valid = UntagOpenIDConnectProviderInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("openIDConnectProviderArn");
        violations.required(at, self.open_id_connect_provider_arn.is_some());
        if let Some(value) = &self.open_id_connect_provider_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("tagKeys");
        violations.required(at, self.tag_keys.is_some());
        if let Some(value) = &self.tag_keys {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 128);
                violations.pattern(
                    at,
                    Shown::Text(value),
                    pattern::tag_key(value),
                    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+",
                );
            }
        }
    }
    fn build(self) -> UntagOpenIDConnectProviderInput {
        UntagOpenIDConnectProviderInput {
            open_id_connect_provider_arn: self.open_id_connect_provider_arn.unwrap_or_default(),
            tag_keys: self.tag_keys.unwrap_or_default(),
        }
    }
}

impl QueryOperation for UntagOpenIDConnectProvider {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UntagOpenIDConnectProvider";
    const RESULT: Option<&'static str> = None;
    type Input = UntagOpenIDConnectProviderInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUntagOpenIDConnectProviderInput>(form)
    }
}
