//! `DeactivateMFADevice`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeactivateMFADevice.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeactivateMFADevice`.
#[derive(Clone, Copy, Debug)]
pub struct DeactivateMFADevice;

/// Input of `DeactivateMFADevice`.
#[derive(Clone, Debug, Serialize)]
pub struct DeactivateMFADeviceInput {
    /// `SerialNumber`, 9 to 256 long.
    #[serde(rename = "serialNumber")]
    pub serial_number: String,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawDeactivateMFADeviceInput {
    serial_number: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawDeactivateMFADeviceInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { serial_number: at.member("SerialNumber")?, user_name: at.member("UserName")? })
        })
    }
}

impl Constrained for RawDeactivateMFADeviceInput {
    type Valid = DeactivateMFADeviceInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("serialNumber");
        violations.required(at, self.serial_number.is_some());
        if let Some(value) = &self.serial_number {
            violations.characters(at, Shown::Text(value), value, 9, 256);
            violations.pattern(at, Shown::Text(value), pattern::external_id(value), r"[\w+=/:,.@-]+");
        }
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> DeactivateMFADeviceInput {
        DeactivateMFADeviceInput {
            serial_number: self.serial_number.unwrap_or_default(),
            user_name: self.user_name,
        }
    }
}

impl QueryOperation for DeactivateMFADevice {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeactivateMFADevice";
    const RESULT: Option<&'static str> = None;
    type Input = DeactivateMFADeviceInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::EntityTemporarilyUnmodifiable,
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ServiceFailure,
        QueryErrorCode::ConcurrentModification,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeactivateMFADeviceInput>(form)
    }
}
