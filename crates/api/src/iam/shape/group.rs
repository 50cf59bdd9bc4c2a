//! The structure `Group`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `Group` in an output.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// `Arn`.
    pub arn: Option<String>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `GroupId`.
    pub group_id: Option<String>,
    /// `GroupName`.
    pub group_name: Option<String>,
    /// `Path`.
    pub path: Option<String>,
}

impl WriteXml for Group {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("GroupId", self.group_id.as_ref());
        xml.member("GroupName", self.group_name.as_ref());
        xml.member("Path", self.path.as_ref());
    }
}
