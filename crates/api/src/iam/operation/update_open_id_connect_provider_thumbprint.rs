//! `UpdateOpenIDConnectProviderThumbprint`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `UpdateOpenIDConnectProviderThumbprint`.
#[derive(Clone, Copy, Debug)]
pub struct UpdateOpenIDConnectProviderThumbprint;

/// Input of `UpdateOpenIDConnectProviderThumbprint`.
#[derive(Clone, Debug, Serialize)]
pub struct UpdateOpenIDConnectProviderThumbprintInput {
    /// `OpenIDConnectProviderArn`, 20 to 2048 long.
    #[serde(rename = "openIDConnectProviderArn")]
    pub open_id_connect_provider_arn: String,
    /// `ThumbprintList`.
    #[serde(rename = "thumbprintList")]
    pub thumbprint_list: Vec<String>,
}

#[derive(Default)]
pub(crate) struct RawUpdateOpenIDConnectProviderThumbprintInput {
    open_id_connect_provider_arn: Option<String>,
    thumbprint_list: Option<Vec<String>>,
}

impl FromForm for RawUpdateOpenIDConnectProviderThumbprintInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                open_id_connect_provider_arn: at.member("OpenIDConnectProviderArn")?,
                thumbprint_list: at.member("ThumbprintList")?,
            })
        })
    }
}

impl Constrained for RawUpdateOpenIDConnectProviderThumbprintInput {
    type Valid = UpdateOpenIDConnectProviderThumbprintInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("openIDConnectProviderArn");
        violations.required(at, self.open_id_connect_provider_arn.is_some());
        if let Some(value) = &self.open_id_connect_provider_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
        let at = path.member("thumbprintList");
        violations.required(at, self.thumbprint_list.is_some());
        if let Some(value) = &self.thumbprint_list {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 40, 40);
            }
        }
    }
    fn build(self) -> UpdateOpenIDConnectProviderThumbprintInput {
        UpdateOpenIDConnectProviderThumbprintInput {
            open_id_connect_provider_arn: self.open_id_connect_provider_arn.unwrap_or_default(),
            thumbprint_list: self.thumbprint_list.unwrap_or_default(),
        }
    }
}

impl QueryOperation for UpdateOpenIDConnectProviderThumbprint {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "UpdateOpenIDConnectProviderThumbprint";
    const RESULT: Option<&'static str> = None;
    type Input = UpdateOpenIDConnectProviderThumbprintInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawUpdateOpenIDConnectProviderThumbprintInput>(form)
    }
}
