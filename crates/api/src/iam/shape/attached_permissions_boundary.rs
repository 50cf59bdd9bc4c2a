//! The structure `AttachedPermissionsBoundary`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `AttachedPermissionsBoundary` in an output.
#[derive(Clone, Debug, Default)]
pub struct AttachedPermissionsBoundary {
    /// `PermissionsBoundaryArn`.
    pub permissions_boundary_arn: Option<String>,
    /// `PermissionsBoundaryType`.
    pub permissions_boundary_type: Option<String>,
}

impl WriteXml for AttachedPermissionsBoundary {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("PermissionsBoundaryArn", self.permissions_boundary_arn.as_ref());
        xml.member("PermissionsBoundaryType", self.permissions_boundary_type.as_ref());
    }
}
