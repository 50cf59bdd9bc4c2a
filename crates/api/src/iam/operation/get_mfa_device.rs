//! `GetMFADevice`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetMFADevice.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `GetMFADevice`.
#[derive(Clone, Copy, Debug)]
pub struct GetMFADevice;

/// Input of `GetMFADevice`.
#[derive(Clone, Debug, Serialize)]
pub struct GetMFADeviceInput {
    /// `SerialNumber`, 9 to 256 long.
    #[serde(rename = "serialNumber")]
    pub serial_number: String,
    /// `UserName`, 1 to 64 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawGetMFADeviceInput {
    serial_number: Option<String>,
    user_name: Option<String>,
}

impl FromForm for RawGetMFADeviceInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self { serial_number: at.member("SerialNumber")?, user_name: at.member("UserName")? })
        })
    }
}

impl Constrained for RawGetMFADeviceInput {
    type Valid = GetMFADeviceInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("serialNumber");
        violations.required(at, self.serial_number.is_some());
        if let Some(value) = &self.serial_number {
            violations.characters(at, Shown::Text(value), value, 9, 256);
            violations.pattern(at, Shown::Text(value), pattern::external_id(value), r"[\w+=/:,.@-]+");
        }
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 64);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> GetMFADeviceInput {
        GetMFADeviceInput { serial_number: self.serial_number.unwrap_or_default(), user_name: self.user_name }
    }
}

/// Output of `GetMFADevice`.
#[derive(Clone, Debug, Default)]
pub struct GetMFADeviceOutput {
    /// `Certifications`.
    pub certifications: Option<BTreeMap<String, String>>,
    /// `EnableDate`.
    pub enable_date: Option<Time>,
    /// `SerialNumber`.
    pub serial_number: Option<String>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for GetMFADeviceOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Certifications", self.certifications.as_ref());
        xml.member("EnableDate", self.enable_date.as_ref());
        xml.member("SerialNumber", self.serial_number.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}

impl QueryOperation for GetMFADevice {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "GetMFADevice";
    const RESULT: Option<&'static str> = Some("GetMFADeviceResult");
    type Input = GetMFADeviceInput;
    type Output = GetMFADeviceOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawGetMFADeviceInput>(form)
    }
}
