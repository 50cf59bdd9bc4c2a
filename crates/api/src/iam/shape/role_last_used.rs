//! The structure `RoleLastUsed`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `RoleLastUsed` in an output.
#[derive(Clone, Debug, Default)]
pub struct RoleLastUsed {
    /// `LastUsedDate`.
    pub last_used_date: Option<Time>,
    /// `Region`.
    pub region: Option<String>,
}

impl WriteXml for RoleLastUsed {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("LastUsedDate", self.last_used_date.as_ref());
        xml.member("Region", self.region.as_ref());
    }
}
