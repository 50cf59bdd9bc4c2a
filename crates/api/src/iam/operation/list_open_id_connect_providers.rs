//! `ListOpenIDConnectProviders`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListOpenIDConnectProviders`.
#[derive(Clone, Copy, Debug)]
pub struct ListOpenIDConnectProviders;

/// Input of `ListOpenIDConnectProviders`.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListOpenIDConnectProvidersInput {}

#[derive(Default)]
pub(crate) struct RawListOpenIDConnectProvidersInput {}

impl FromForm for RawListOpenIDConnectProvidersInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|_at| Ok(Self {}))
    }
}

impl Constrained for RawListOpenIDConnectProvidersInput {
    type Valid = ListOpenIDConnectProvidersInput;
    fn check(&self, _path: Path<'_>, _violations: &mut Violations) {}
    fn build(self) -> ListOpenIDConnectProvidersInput {
        ListOpenIDConnectProvidersInput {}
    }
}

/// Output of `ListOpenIDConnectProviders`.
#[derive(Clone, Debug, Default)]
pub struct ListOpenIDConnectProvidersOutput {
    /// `OpenIDConnectProviderList`.
    pub open_id_connect_provider_list: Option<Vec<crate::iam::shape::OpenIDConnectProviderListEntry>>,
}

impl WriteXml for ListOpenIDConnectProvidersOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("OpenIDConnectProviderList", self.open_id_connect_provider_list.as_ref());
    }
}

impl QueryOperation for ListOpenIDConnectProviders {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListOpenIDConnectProviders";
    const RESULT: Option<&'static str> = Some("ListOpenIDConnectProvidersResult");
    type Input = ListOpenIDConnectProvidersInput;
    type Output = ListOpenIDConnectProvidersOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListOpenIDConnectProvidersInput>(form)
    }
}
