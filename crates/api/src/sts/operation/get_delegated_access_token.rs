//! `GetDelegatedAccessToken`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetDelegatedAccessToken.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetDelegatedAccessToken`.
#[derive(Clone, Copy, Debug)]
pub struct GetDelegatedAccessToken;

/// Input of `GetDelegatedAccessToken`.
#[derive(Clone, Debug, Serialize)]
pub struct GetDelegatedAccessTokenInput {
    /// `TradeInToken`.
    #[serde(skip_serializing)]
    pub trade_in_token: SensitiveText,
}

#[derive(Default)]
pub(crate) struct RawGetDelegatedAccessTokenInput {
    trade_in_token: Option<SensitiveText>,
}

impl FromForm for RawGetDelegatedAccessTokenInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { trade_in_token: at.member("TradeInToken")? }))
    }
}

impl Constrained for RawGetDelegatedAccessTokenInput {
    type Valid = GetDelegatedAccessTokenInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("tradeInToken");
        violations.required(at, self.trade_in_token.is_some());
    }
    fn build(self) -> GetDelegatedAccessTokenInput {
        GetDelegatedAccessTokenInput { trade_in_token: self.trade_in_token.unwrap_or_default() }
    }
}

/// Output of `GetDelegatedAccessToken`.
#[derive(Clone, Debug, Default)]
pub struct GetDelegatedAccessTokenOutput {
    /// `AssumedPrincipal`.
    pub assumed_principal: Option<String>,
    /// `Credentials`.
    pub credentials: Option<crate::sts::shape::Credentials>,
    /// `PackedPolicySize`.
    pub packed_policy_size: Option<i64>,
}

impl WriteXml for GetDelegatedAccessTokenOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AssumedPrincipal", self.assumed_principal.as_ref());
        xml.member("Credentials", self.credentials.as_ref());
        xml.member("PackedPolicySize", self.packed_policy_size.as_ref());
    }
}

impl QueryOperation for GetDelegatedAccessToken {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "GetDelegatedAccessToken";
    const RESULT: Option<&'static str> = Some("GetDelegatedAccessTokenResult");
    type Input = GetDelegatedAccessTokenInput;
    type Output = GetDelegatedAccessTokenOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::ExpiredTradeInTokenException,
        QueryErrorCode::RegionDisabledException,
        QueryErrorCode::PackedPolicyTooLarge,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetDelegatedAccessTokenInput>(form)
    }
}
