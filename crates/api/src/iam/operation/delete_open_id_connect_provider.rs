//! `DeleteOpenIDConnectProvider`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteOpenIDConnectProvider`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteOpenIDConnectProvider;

/// Input of `DeleteOpenIDConnectProvider`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteOpenIDConnectProviderInput {
    /// `OpenIDConnectProviderArn`, 20 to 2048 long.
    #[serde(rename = "openIDConnectProviderArn")]
    pub open_id_connect_provider_arn: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteOpenIDConnectProviderInput {
    open_id_connect_provider_arn: Option<String>,
}

impl FromForm for RawDeleteOpenIDConnectProviderInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { open_id_connect_provider_arn: at.member("OpenIDConnectProviderArn")? }))
    }
}

impl Constrained for RawDeleteOpenIDConnectProviderInput {
    type Valid = DeleteOpenIDConnectProviderInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("openIDConnectProviderArn");
        violations.required(at, self.open_id_connect_provider_arn.is_some());
        if let Some(value) = &self.open_id_connect_provider_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
    }
    fn build(self) -> DeleteOpenIDConnectProviderInput {
        DeleteOpenIDConnectProviderInput {
            open_id_connect_provider_arn: self.open_id_connect_provider_arn.unwrap_or_default(),
        }
    }
}

impl QueryOperation for DeleteOpenIDConnectProvider {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteOpenIDConnectProvider";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteOpenIDConnectProviderInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::InvalidInput, QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteOpenIDConnectProviderInput>(form)
    }
}
