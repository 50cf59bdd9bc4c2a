//! The structure `AccessKeyLastUsed`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `AccessKeyLastUsed` in an output.
#[derive(Clone, Debug, Default)]
pub struct AccessKeyLastUsed {
    /// `LastUsedDate`.
    pub last_used_date: Option<Time>,
    /// `Region`.
    pub region: Option<String>,
    /// `ServiceName`.
    pub service_name: Option<String>,
}

impl WriteXml for AccessKeyLastUsed {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("LastUsedDate", self.last_used_date.as_ref());
        xml.member("Region", self.region.as_ref());
        xml.member("ServiceName", self.service_name.as_ref());
    }
}
