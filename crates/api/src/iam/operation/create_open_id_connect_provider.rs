//! `CreateOpenIDConnectProvider`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `CreateOpenIDConnectProvider`.
#[derive(Clone, Copy, Debug)]
pub struct CreateOpenIDConnectProvider;

/// Input of `CreateOpenIDConnectProvider`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateOpenIDConnectProviderInput {
    /// `ClientIDList`.
    #[serde(rename = "clientIDList", skip_serializing_if = "Option::is_none")]
    pub client_id_list: Option<Vec<String>>,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::iam::shape::Tag>>,
    /// `ThumbprintList`.
    #[serde(rename = "thumbprintList", skip_serializing_if = "Option::is_none")]
    pub thumbprint_list: Option<Vec<String>>,
    /// `Url`, 1 to 255 long.
    #[serde(rename = "url")]
    pub url: String,
}

#[derive(Default)]
pub(crate) struct RawCreateOpenIDConnectProviderInput {
    client_id_list: Option<Vec<String>>,
    tags: Option<Vec<crate::iam::shape::RawTag>>,
    thumbprint_list: Option<Vec<String>>,
    url: Option<String>,
}

impl FromForm for RawCreateOpenIDConnectProviderInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                client_id_list: at.member("ClientIDList")?,
                tags: at.member("Tags")?,
                thumbprint_list: at.member("ThumbprintList")?,
                url: at.member("Url")?,
            })
        })
    }
}

impl Constrained for RawCreateOpenIDConnectProviderInput {
    type Valid = CreateOpenIDConnectProviderInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("clientIDList");
        if let Some(value) = &self.client_id_list {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 255);
            }
        }
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
        let at = path.member("thumbprintList");
        if let Some(value) = &self.thumbprint_list {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 40, 40);
            }
        }
        let at = path.member("url");
        violations.required(at, self.url.is_some());
        if let Some(value) = &self.url {
            violations.characters(at, Shown::Text(value), value, 1, 255);
        }
    }
    fn build(self) -> CreateOpenIDConnectProviderInput {
        CreateOpenIDConnectProviderInput {
            client_id_list: self.client_id_list,
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
            thumbprint_list: self.thumbprint_list,
            url: self.url.unwrap_or_default(),
        }
    }
}

/// Output of `CreateOpenIDConnectProvider`.
#[derive(Clone, Debug, Default)]
pub struct CreateOpenIDConnectProviderOutput {
    /// `OpenIDConnectProviderArn`.
    pub open_id_connect_provider_arn: Option<String>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
}

impl WriteXml for CreateOpenIDConnectProviderOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("OpenIDConnectProviderArn", self.open_id_connect_provider_arn.as_ref());
        xml.member("Tags", self.tags.as_ref());
    }
}

impl QueryOperation for CreateOpenIDConnectProvider {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "CreateOpenIDConnectProvider";
    const RESULT: Option<&'static str> = Some("CreateOpenIDConnectProviderResult");
    type Input = CreateOpenIDConnectProviderInput;
    type Output = CreateOpenIDConnectProviderOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::InvalidInput,
        QueryErrorCode::EntityAlreadyExists,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
        QueryErrorCode::OpenIdIdpCommunicationError,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawCreateOpenIDConnectProviderInput>(form)
    }
}
