//! `DeleteVirtualMFADevice`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteVirtualMFADevice.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `DeleteVirtualMFADevice`.
#[derive(Clone, Copy, Debug)]
pub struct DeleteVirtualMFADevice;

/// Input of `DeleteVirtualMFADevice`.
#[derive(Clone, Debug, Serialize)]
pub struct DeleteVirtualMFADeviceInput {
    /// `SerialNumber`, 9 to 256 long.
    #[serde(rename = "serialNumber")]
    pub serial_number: String,
}

#[derive(Default)]
pub(crate) struct RawDeleteVirtualMFADeviceInput {
    serial_number: Option<String>,
}

impl FromForm for RawDeleteVirtualMFADeviceInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| Ok(Self { serial_number: at.member("SerialNumber")? }))
    }
}

impl Constrained for RawDeleteVirtualMFADeviceInput {
    type Valid = DeleteVirtualMFADeviceInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("serialNumber");
        violations.required(at, self.serial_number.is_some());
        if let Some(value) = &self.serial_number {
            violations.characters(at, Shown::Text(value), value, 9, 256);
            violations.pattern(at, Shown::Text(value), pattern::external_id(value), r"[\w+=/:,.@-]+");
        }
    }
    fn build(self) -> DeleteVirtualMFADeviceInput {
        DeleteVirtualMFADeviceInput { serial_number: self.serial_number.unwrap_or_default() }
    }
}

impl QueryOperation for DeleteVirtualMFADevice {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "DeleteVirtualMFADevice";
    const RESULT: Option<&'static str> = None;
    type Input = DeleteVirtualMFADeviceInput;
    type Output = NoOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::NoSuchEntity,
        QueryErrorCode::DeleteConflict,
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::ServiceFailure,
        QueryErrorCode::ConcurrentModification,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawDeleteVirtualMFADeviceInput>(form)
    }
}
