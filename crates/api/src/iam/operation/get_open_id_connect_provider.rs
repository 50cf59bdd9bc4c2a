//! `GetOpenIDConnectProvider`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetOpenIDConnectProvider`.
#[derive(Clone, Copy, Debug)]
pub struct GetOpenIDConnectProvider;

/// Input of `GetOpenIDConnectProvider`.
#[derive(Clone, Debug, Serialize)]
pub struct GetOpenIDConnectProviderInput {
    /// `OpenIDConnectProviderArn`, 20 to 2048 long.
    #[serde(rename = "openIDConnectProviderArn")]
    pub open_id_connect_provider_arn: String,
}

#[derive(Default)]
pub(crate) struct RawGetOpenIDConnectProviderInput {
    open_id_connect_provider_arn: Option<String>,
}

impl FromForm for RawGetOpenIDConnectProviderInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { open_id_connect_provider_arn: at.member("OpenIDConnectProviderArn")? }))
    }
}

impl Constrained for RawGetOpenIDConnectProviderInput {
    type Valid = GetOpenIDConnectProviderInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("openIDConnectProviderArn");
        violations.required(at, self.open_id_connect_provider_arn.is_some());
        if let Some(value) = &self.open_id_connect_provider_arn {
            violations.characters(at, Shown::Text(value), value, 20, 2048);
        }
    }
    fn build(self) -> GetOpenIDConnectProviderInput {
        GetOpenIDConnectProviderInput {
            open_id_connect_provider_arn: self.open_id_connect_provider_arn.unwrap_or_default(),
        }
    }
}

/// Output of `GetOpenIDConnectProvider`.
#[derive(Clone, Debug, Default)]
pub struct GetOpenIDConnectProviderOutput {
    /// `ClientIDList`.
    pub client_id_list: Option<Vec<String>>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
    /// `ThumbprintList`.
    pub thumbprint_list: Option<Vec<String>>,
    /// `Url`.
    pub url: Option<String>,
}

impl WriteXml for GetOpenIDConnectProviderOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("ClientIDList", self.client_id_list.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("Tags", self.tags.as_ref());
        xml.member("ThumbprintList", self.thumbprint_list.as_ref());
        xml.member("Url", self.url.as_ref());
    }
}

impl QueryOperation for GetOpenIDConnectProvider {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetOpenIDConnectProvider";
    const RESULT: Option<&'static str> = Some("GetOpenIDConnectProviderResult");
    type Input = GetOpenIDConnectProviderInput;
    type Output = GetOpenIDConnectProviderOutput;
    const ERRORS: &'static [QueryErrorCode] =
        &[QueryErrorCode::InvalidInput, QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetOpenIDConnectProviderInput>(form)
    }
}
