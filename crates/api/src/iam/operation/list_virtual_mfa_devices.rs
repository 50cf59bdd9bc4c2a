//! `ListVirtualMFADevices`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListVirtualMFADevices.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListVirtualMFADevices`.
#[derive(Clone, Copy, Debug)]
pub struct ListVirtualMFADevices;

/// Input of `ListVirtualMFADevices`.
#[derive(Clone, Debug, Serialize)]
pub struct ListVirtualMFADevicesInput {
    /// `AssignmentStatus`.
    #[serde(rename = "assignmentStatus", skip_serializing_if = "Option::is_none")]
    pub assignment_status: Option<String>,
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
}

#[derive(Default)]
pub(crate) struct RawListVirtualMFADevicesInput {
    assignment_status: Option<String>,
    marker: Option<String>,
    max_items: Option<i64>,
}

impl FromForm for RawListVirtualMFADevicesInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                assignment_status: at.member("AssignmentStatus")?,
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
            })
        })
    }
}

impl Constrained for RawListVirtualMFADevicesInput {
    type Valid = ListVirtualMFADevicesInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("assignmentStatus");
        if let Some(value) = &self.assignment_status {
            violations.one_of(at, value, &["Assigned", "Unassigned", "Any"]);
        }
        let at = path.member("marker");
        if let Some(value) = &self.marker {
            violations.characters(at, Shown::Text(value), value, 1, 320);
            violations.pattern(at, Shown::Text(value), pattern::marker(value), r"[\u0020-\u00FF]+");
        }
        let at = path.member("maxItems");
        if let Some(value) = &self.max_items {
            violations.least(at, *value, 1);
            violations.most(at, *value, 1000);
        }
    }
    fn build(self) -> ListVirtualMFADevicesInput {
        ListVirtualMFADevicesInput {
            assignment_status: self.assignment_status,
            marker: self.marker,
            max_items: self.max_items,
        }
    }
}

/// Output of `ListVirtualMFADevices`.
#[derive(Clone, Debug, Default)]
pub struct ListVirtualMFADevicesOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `Marker`.
    pub marker: Option<String>,
    /// `VirtualMFADevices`.
    pub virtual_mfa_devices: Option<Vec<crate::iam::shape::VirtualMFADevice>>,
}

impl WriteXml for ListVirtualMFADevicesOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("Marker", self.marker.as_ref());
        xml.member("VirtualMFADevices", self.virtual_mfa_devices.as_ref());
    }
}

impl QueryOperation for ListVirtualMFADevices {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListVirtualMFADevices";
    const RESULT: Option<&'static str> = Some("ListVirtualMFADevicesResult");
    type Input = ListVirtualMFADevicesInput;
    type Output = ListVirtualMFADevicesOutput;
    const ERRORS: &'static [QueryErrorCode] = &[];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListVirtualMFADevicesInput>(form)
    }
}
