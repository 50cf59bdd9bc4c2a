//! The structure `PolicyUser`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `PolicyUser` in an output.
#[derive(Clone, Debug, Default)]
pub struct PolicyUser {
    /// `UserId`.
    pub user_id: Option<String>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for PolicyUser {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("UserId", self.user_id.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}
