//! The structure `AssumedRoleUser`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `AssumedRoleUser` in an output.
#[derive(Clone, Debug, Default)]
pub struct AssumedRoleUser {
    /// `Arn`.
    pub arn: Option<String>,
    /// `AssumedRoleId`.
    pub assumed_role_id: Option<String>,
}

impl WriteXml for AssumedRoleUser {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.member("AssumedRoleId", self.assumed_role_id.as_ref());
    }
}
