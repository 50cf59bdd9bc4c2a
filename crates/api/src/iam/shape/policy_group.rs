//! The structure `PolicyGroup`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `PolicyGroup` in an output.
#[derive(Clone, Debug, Default)]
pub struct PolicyGroup {
    /// `GroupId`.
    pub group_id: Option<String>,
    /// `GroupName`.
    pub group_name: Option<String>,
}

impl WriteXml for PolicyGroup {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("GroupId", self.group_id.as_ref());
        xml.member("GroupName", self.group_name.as_ref());
    }
}
