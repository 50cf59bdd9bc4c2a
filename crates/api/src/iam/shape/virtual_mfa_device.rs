//! The structure `VirtualMFADevice`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `VirtualMFADevice` in an output.
#[derive(Clone, Debug, Default)]
pub struct VirtualMFADevice {
    /// `Base32StringSeed`.
    pub base32_string_seed: Option<SensitiveBlob>,
    /// `EnableDate`.
    pub enable_date: Option<Time>,
    /// `QRCodePNG`.
    pub qr_code_png: Option<SensitiveBlob>,
    /// `SerialNumber`.
    pub serial_number: Option<String>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
    /// `User`.
    pub user: Option<crate::iam::shape::User>,
}

impl WriteXml for VirtualMFADevice {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Base32StringSeed", self.base32_string_seed.as_ref());
        xml.member("EnableDate", self.enable_date.as_ref());
        xml.member("QRCodePNG", self.qr_code_png.as_ref());
        xml.member("SerialNumber", self.serial_number.as_ref());
        xml.member("Tags", self.tags.as_ref());
        xml.member("User", self.user.as_ref());
    }
}
