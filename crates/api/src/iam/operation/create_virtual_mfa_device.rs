//! `CreateVirtualMFADevice`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `CreateVirtualMFADevice`.
#[derive(Clone, Copy, Debug)]
pub struct CreateVirtualMFADevice;

/// Input of `CreateVirtualMFADevice`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateVirtualMFADeviceInput {
    /// `Path`, 1 to 512 long.
    #[serde(rename = "path", skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::iam::shape::Tag>>,
    /// `VirtualMFADeviceName`.
    #[serde(rename = "virtualMFADeviceName")]
    pub virtual_mfa_device_name: String,
}

#[derive(Default)]
pub(crate) struct RawCreateVirtualMFADeviceInput {
    path: Option<String>,
    tags: Option<Vec<crate::iam::shape::RawTag>>,
    virtual_mfa_device_name: Option<String>,
}

impl FromForm for RawCreateVirtualMFADeviceInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                path: at.member("Path")?,
                tags: at.member("Tags")?,
                virtual_mfa_device_name: at.member("VirtualMFADeviceName")?,
            })
        })
    }
}

impl Constrained for RawCreateVirtualMFADeviceInput {
    type Valid = CreateVirtualMFADeviceInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("path");
        if let Some(value) = &self.path {
            violations.characters(at, Shown::Text(value), value, 1, 512);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::path(value),
                r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
            );
        }
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            violations.longest(at, Shown::Hidden, value.len(), 50);
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
        let at = path.member("virtualMFADeviceName");
        violations.required(at, self.virtual_mfa_device_name.is_some());
        if let Some(value) = &self.virtual_mfa_device_name {
            violations.characters(at, Shown::Text(value), value, 1, usize::MAX);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> CreateVirtualMFADeviceInput {
        CreateVirtualMFADeviceInput {
            path: self.path,
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
            virtual_mfa_device_name: self.virtual_mfa_device_name.unwrap_or_default(),
        }
    }
}

/// Output of `CreateVirtualMFADevice`.
#[derive(Clone, Debug, Default)]
pub struct CreateVirtualMFADeviceOutput {
    /// `VirtualMFADevice`.
    pub virtual_mfa_device: Option<crate::iam::shape::VirtualMFADevice>,
}

impl WriteXml for CreateVirtualMFADeviceOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("VirtualMFADevice", self.virtual_mfa_device.as_ref());
    }
}

impl QueryOperation for CreateVirtualMFADevice {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "CreateVirtualMFADevice";
    const RESULT: Option<&'static str> = Some("CreateVirtualMFADeviceResult");
    type Input = CreateVirtualMFADeviceInput;
    type Output = CreateVirtualMFADeviceOutput;
    const ERRORS: &'static [QueryErrorCode] = &[
        QueryErrorCode::LimitExceeded,
        QueryErrorCode::InvalidInput,
        QueryErrorCode::EntityAlreadyExists,
        QueryErrorCode::ConcurrentModification,
        QueryErrorCode::ServiceFailure,
    ];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawCreateVirtualMFADeviceInput>(form)
    }
}
