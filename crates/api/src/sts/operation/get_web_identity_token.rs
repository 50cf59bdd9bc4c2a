//! `GetWebIdentityToken`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetWebIdentityToken.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetWebIdentityToken`.
#[derive(Clone, Copy, Debug)]
pub struct GetWebIdentityToken;

/// Input of `GetWebIdentityToken`.
#[derive(Clone, Debug, Serialize)]
pub struct GetWebIdentityTokenInput {
    /// `Audience`, 1 to 10 long.
    #[serde(rename = "audience")]
    pub audience: Vec<String>,
    /// `DurationSeconds`, 60 to 3600.
    #[serde(rename = "durationSeconds", skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// `SigningAlgorithm`, 5 to 5 long.
    #[serde(rename = "signingAlgorithm")]
    pub signing_algorithm: String,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::sts::shape::Tag>>,
}

#[derive(Default)]
pub(crate) struct RawGetWebIdentityTokenInput {
    audience: Option<Vec<String>>,
    duration_seconds: Option<i64>,
    signing_algorithm: Option<String>,
    tags: Option<Vec<crate::sts::shape::RawTag>>,
}

impl FromForm for RawGetWebIdentityTokenInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                audience: at.member("Audience")?,
                duration_seconds: at.member("DurationSeconds")?,
                signing_algorithm: at.member("SigningAlgorithm")?,
                tags: at.member("Tags")?,
            })
        })
    }
}

impl Constrained for RawGetWebIdentityTokenInput {
    type Valid = GetWebIdentityTokenInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("audience");
        violations.required(at, self.audience.is_some());
        if let Some(value) = &self.audience {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 10);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                violations.characters(at, Shown::Text(value), value, 1, 1000);
            }
        }
        let at = path.member("durationSeconds");
        if let Some(value) = &self.duration_seconds {
            violations.least(at, *value, 60);
            violations.most(at, *value, 3600);
        }
        let at = path.member("signingAlgorithm");
        violations.required(at, self.signing_algorithm.is_some());
        if let Some(value) = &self.signing_algorithm {
            violations.characters(at, Shown::Text(value), value, 5, 5);
        }
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
    }
    fn build(self) -> GetWebIdentityTokenInput {
        GetWebIdentityTokenInput {
            audience: self.audience.unwrap_or_default(),
            duration_seconds: self.duration_seconds,
            signing_algorithm: self.signing_algorithm.unwrap_or_default(),
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
        }
    }
}

/// Output of `GetWebIdentityToken`.
#[derive(Clone, Debug, Default)]
pub struct GetWebIdentityTokenOutput {
    /// `Expiration`.
    pub expiration: Option<Time>,
    /// `WebIdentityToken`.
    pub web_identity_token: Option<SensitiveText>,
}

impl WriteXml for GetWebIdentityTokenOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Expiration", self.expiration.as_ref());
        xml.member("WebIdentityToken", self.web_identity_token.as_ref());
    }
}

impl QueryOperation for GetWebIdentityToken {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "GetWebIdentityToken";
    const RESULT: Option<&'static str> = Some("GetWebIdentityTokenResult");
    type Input = GetWebIdentityTokenInput;
    type Output = GetWebIdentityTokenOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::SessionDurationEscalationException,
        QueryErrorCode::OutboundWebIdentityFederationDisabledException,
        QueryErrorCode::JWTPayloadSizeExceededException,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetWebIdentityTokenInput>(form)
    }
}
