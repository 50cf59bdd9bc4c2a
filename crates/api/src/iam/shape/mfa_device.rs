//! The structure `MFADevice`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `MFADevice` in an output.
#[derive(Clone, Debug, Default)]
pub struct MFADevice {
    /// `EnableDate`.
    pub enable_date: Option<Time>,
    /// `SerialNumber`.
    pub serial_number: Option<String>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for MFADevice {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("EnableDate", self.enable_date.as_ref());
        xml.member("SerialNumber", self.serial_number.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}
