//! The structure `PolicyRole`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `PolicyRole` in an output.
#[derive(Clone, Debug, Default)]
pub struct PolicyRole {
    /// `RoleId`.
    pub role_id: Option<String>,
    /// `RoleName`.
    pub role_name: Option<String>,
}

impl WriteXml for PolicyRole {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("RoleId", self.role_id.as_ref());
        xml.member("RoleName", self.role_name.as_ref());
    }
}
