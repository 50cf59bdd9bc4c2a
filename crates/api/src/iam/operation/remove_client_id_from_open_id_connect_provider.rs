//! `RemoveClientIDFromOpenIDConnectProvider`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `RemoveClientIDFromOpenIDConnectProvider`.
#[derive(Clone, Copy, Debug)]
pub struct RemoveClientIDFromOpenIDConnectProvider;

/// Input of `RemoveClientIDFromOpenIDConnectProvider`.
#[derive(Clone, Debug, Serialize)]
pub struct RemoveClientIDFromOpenIDConnectProviderInput {
    /// `ClientID`, 1 to 255 long.
    #[serde(rename = "clientID")]
    pub client_id: String,
    /// `OpenIDConnectProviderArn`, 20 to 2048 long.
    #[serde(rename = "openIDConnectProviderArn")]
    pub open_id_connect_provider_arn: String,
}

#[derive(Default)]
pub(crate) struct RawRemoveClientIDFromOpenIDConnectProviderInput {
    client_id: Option<String>,
    open_id_connect_provider_arn: Option<String>,
}

impl FromForm for RawRemoveClientIDFromOpenIDConnectProviderInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                client_id: at.member("ClientID")?,
                open_id_connect_provider_arn: at.member("OpenIDConnectProviderArn")?,
            })
        })
    }
}

impl Constrained for RawRemoveClientIDFromOpenIDConnectProviderInput {
    type Valid = RemoveClientIDFromOpenIDConnectProviderInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("clientID");
        violations.required(at, self.client_id.is_some());
        if let Some(value) = &self.client_id {
            violations.characters(at, Shown::Text(value), value, 1, 255);
        }
        let at = path.member("openIDConnectProviderArn");
        violations.required(at, self.open_id_connect_provider_arn.is_some());
        if let Some(value) = &self.open_id_connect_provider_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
    }
    fn build(self) -> RemoveClientIDFromOpenIDConnectProviderInput {
        RemoveClientIDFromOpenIDConnectProviderInput {
            client_id: self.client_id.unwrap_or_default(),
            open_id_connect_provider_arn: self.open_id_connect_provider_arn.unwrap_or_default(),
        }
    }
}

impl QueryOperation for RemoveClientIDFromOpenIDConnectProvider {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "RemoveClientIDFromOpenIDConnectProvider";
    const RESULT: Option<&'static str> = None;
    type Input = RemoveClientIDFromOpenIDConnectProviderInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawRemoveClientIDFromOpenIDConnectProviderInput>(form)
    }
}
