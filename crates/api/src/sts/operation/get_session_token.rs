//! `GetSessionToken`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetSessionToken`.
#[derive(Clone, Copy, Debug)]
pub struct GetSessionToken;

/// Input of `GetSessionToken`.
#[derive(Clone, Debug, Serialize)]
pub struct GetSessionTokenInput {
    /// `DurationSeconds`, 900 to 129600.
    #[serde(rename = "durationSeconds", skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i64>,
    /// `MinimumSessionTokenSize`, 0 to 4096.
    #[serde(rename = "minimumSessionTokenSize", skip_serializing_if = "Option::is_none")]
    pub minimum_session_token_size: Option<i64>,
    /// `SerialNumber`, 9 to 256 long.
    #[serde(rename = "serialNumber", skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    /// `TokenCode`, 6 to 6 long.
    #[serde(skip_serializing)]
    pub token_code: Option<SensitiveText>,
}

#[derive(Default)]
pub(crate) struct RawGetSessionTokenInput {
    duration_seconds: Option<i64>,
    minimum_session_token_size: Option<i64>,
    serial_number: Option<String>,
    token_code: Option<SensitiveText>,
}

impl FromForm for RawGetSessionTokenInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                duration_seconds: at.member("DurationSeconds")?,
                minimum_session_token_size: at.member("MinimumSessionTokenSize")?,
                serial_number: at.member("SerialNumber")?,
                token_code: at.member("TokenCode")?,
            })
        })
    }
}

impl Constrained for RawGetSessionTokenInput {
    type Valid = GetSessionTokenInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("durationSeconds");
        if let Some(value) = &self.duration_seconds {
            violations.least(at, *value, 900);
            violations.most(at, *value, 129600);
        }
        let at = path.member("minimumSessionTokenSize");
        if let Some(value) = &self.minimum_session_token_size {
            violations.least(at, *value, 0);
            violations.most(at, *value, 4096);
        }
        let at = path.member("serialNumber");
        if let Some(value) = &self.serial_number {
            violations.characters(at, Shown::Text(value), value, 9, 256);
            violations.pattern(at, Shown::Text(value), pattern::external_id(value), r"[\w+=/:,.@-]*");
        }
        let at = path.member("tokenCode");
        if let Some(value) = &self.token_code {
            violations.characters(at, Shown::Hidden, value.expose(), 6, 6);
            violations.pattern(at, Shown::Hidden, pattern::digits_or_empty(value.expose()), r"[\d]*");
        }
    }
    fn build(self) -> GetSessionTokenInput {
        GetSessionTokenInput {
            duration_seconds: self.duration_seconds,
            minimum_session_token_size: self.minimum_session_token_size,
            serial_number: self.serial_number,
            token_code: self.token_code,
        }
    }
}

/// Output of `GetSessionToken`.
#[derive(Clone, Debug, Default)]
pub struct GetSessionTokenOutput {
    /// `Credentials`.
    pub credentials: Option<crate::sts::shape::Credentials>,
    /// `SessionTokenSize`.
    pub session_token_size: Option<i64>,
    /// `SessionTokenUtilization`.
    pub session_token_utilization: Option<i64>,
}

impl WriteXml for GetSessionTokenOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Credentials", self.credentials.as_ref());
        xml.member("SessionTokenSize", self.session_token_size.as_ref());
        xml.member("SessionTokenUtilization", self.session_token_utilization.as_ref());
    }
}

impl QueryOperation for GetSessionToken {
    const SERVICE: QueryService = QueryService::Sts;
    const NAME: &'static str = "GetSessionToken";
    const RESULT: Option<&'static str> = Some("GetSessionTokenResult");
    type Input = GetSessionTokenInput;
    type Output = GetSessionTokenOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::RegionDisabledException];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetSessionTokenInput>(form)
    }
}
