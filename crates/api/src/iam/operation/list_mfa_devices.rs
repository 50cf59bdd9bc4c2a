//! `ListMFADevices`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// The operation `ListMFADevices`.
#[derive(Clone, Copy, Debug)]
pub struct ListMFADevices;

/// Input of `ListMFADevices`.
#[derive(Clone, Debug, Serialize)]
pub struct ListMFADevicesInput {
    /// `Marker`, 1 to 320 long.
    #[serde(rename = "marker", skip_serializing_if = "Option::is_none")]
    pub marker: Option<String>,
    /// `MaxItems`, 1 to 1000.
    #[serde(rename = "maxItems", skip_serializing_if = "Option::is_none")]
    pub max_items: Option<i64>,
    /// `UserName`, 1 to 128 long.
    #[serde(rename = "userName", skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
}

#[derive(Default)]
pub(crate) struct RawListMFADevicesInput {
    marker: Option<String>,
    max_items: Option<i64>,
    user_name: Option<String>,
}

impl FromForm for RawListMFADevicesInput {
    fn from_form(at: &Place<'_>) -> Result<Option<Self>, QueryRefusal> {
        at.structure(|at| {
            Ok(Self {
                marker: at.member("Marker")?,
                max_items: at.member("MaxItems")?,
                user_name: at.member("UserName")?,
            })
        })
    }
}

impl Constrained for RawListMFADevicesInput {
    type Valid = ListMFADevicesInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
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
        let at = path.member("userName");
        if let Some(value) = &self.user_name {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::entity_name(value), r"[\w+=,.@-]+");
        }
    }
    fn build(self) -> ListMFADevicesInput {
        ListMFADevicesInput { marker: self.marker, max_items: self.max_items, user_name: self.user_name }
    }
}

/// Output of `ListMFADevices`.
#[derive(Clone, Debug, Default)]
pub struct ListMFADevicesOutput {
    /// `IsTruncated`.
    pub is_truncated: Option<bool>,
    /// `MFADevices`.
    pub mfa_devices: Option<Vec<crate::iam::shape::MFADevice>>,
    /// `Marker`.
    pub marker: Option<String>,
}

impl WriteXml for ListMFADevicesOutput {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("IsTruncated", self.is_truncated.as_ref());
        xml.member("MFADevices", self.mfa_devices.as_ref());
        xml.member("Marker", self.marker.as_ref());
    }
}

impl QueryOperation for ListMFADevices {
    const SERVICE: QueryService = QueryService::Iam;
    const NAME: &'static str = "ListMFADevices";
    const RESULT: Option<&'static str> = Some("ListMFADevicesResult");
    type Input = ListMFADevicesInput;
    type Output = ListMFADevicesOutput;
    const ERRORS: &'static [QueryErrorCode] = &[QueryErrorCode::NoSuchEntity, QueryErrorCode::ServiceFailure];
    fn decode(form: &Form) -> Result<Self::Input, QueryRefusal> {
        decode_form::<RawListMFADevicesInput>(form)
    }
}
