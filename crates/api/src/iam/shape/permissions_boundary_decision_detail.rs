//! The structure `PermissionsBoundaryDecisionDetail`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `PermissionsBoundaryDecisionDetail` in an output.
#[derive(Clone, Debug, Default)]
pub struct PermissionsBoundaryDecisionDetail {
    /// `AllowedByPermissionsBoundary`.
    pub allowed_by_permissions_boundary: Option<bool>,
}

impl WriteXml for PermissionsBoundaryDecisionDetail {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AllowedByPermissionsBoundary", self.allowed_by_permissions_boundary.as_ref());
    }
}
