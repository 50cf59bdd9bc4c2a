//! `ResyncMFADevice`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ResyncMFADevice.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ResyncMFADevice`.
#[derive(Clone, Copy, Debug)]
pub struct ResyncMFADevice;

/// Input of `ResyncMFADevice`.
#[derive(Clone, Debug, Serialize)]
pub struct ResyncMFADeviceInput {
    /// `AuthenticationCode1`, 6 to 6 long.
    #[serde(skip_serializing)]
    pub authentication_code1: SensitiveText,
    /// `AuthenticationCode2`, 6 to 6 long.
    #[serde(skip_serializing)]
    pub authentication_code2: SensitiveText,
    /// `SerialNumber`, 9 to 256 long.
    #[serde(rename = "serialNumber")]
    pub serial_number: String,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName")]
    pub user_name: String,
}

#[derive(Default)]
pub(crate) struct RawResyncMFADeviceInput {
    authentication_code1: Option<SensitiveText>,
    authentication_code2: Option<SensitiveText>,
    serial_number: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawResyncMFADeviceInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                authentication_code1: at.member("AuthenticationCode1")?,
                authentication_code2: at.member("AuthenticationCode2")?,
                serial_number: at.member("SerialNumber")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawResyncMFADeviceInput {
    type Valid = ResyncMFADeviceInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("authenticationCode1");
        violations.required(at, self.authentication_code1.is_some());
        if let Some(value) = &self.authentication_code1 {
            violations.characters(at, Shown::Hidden, value.expose(), 6, 6);
            violations.pattern(at, Shown::Hidden, pattern::digits_or_empty(value.expose()), r"[\d]+");
        }
        let at = path.member("authenticationCode2");
        violations.required(at, self.authentication_code2.is_some());
        if let Some(value) = &self.authentication_code2 {
            violations.characters(at, Shown::Hidden, value.expose(), 6, 6);
            violations.pattern(at, Shown::Hidden, pattern::digits_or_empty(value.expose()), r"[\d]+");
        }
        let at = path.member("serialNumber");
        violations.required(at, self.serial_number.is_some());
        if let Some(value) = &self.serial_number {
            violations.characters(at, Shown::Text(value), value, 9, 256);
            violations.pattern(at, Shown::Text(value), pattern::external_id(value), r"[\w+=/:,.@-]+");
        }
        let at = path.member("userName");
        violations.required(at, self.user_name.is_some());
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> ResyncMFADeviceInput {
        ResyncMFADeviceInput {
            authentication_code1: self.authentication_code1.unwrap_or_default(),
            authentication_code2: self.authentication_code2.unwrap_or_default(),
            serial_number: self.serial_number.unwrap_or_default(),
            user_name: self.user_name.unwrap_or_default(),
        }
    }
}

impl QueryOperation for ResyncMFADevice {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ResyncMFADevice";
    const RESULT: Option<&'static str> = None;
    type Input = ResyncMFADeviceInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::InvalidAuthenticationCode,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ServiceFailure,
        QueryErrorCode::ConcurrentModification,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawResyncMFADeviceInput>(form)
    }
}
