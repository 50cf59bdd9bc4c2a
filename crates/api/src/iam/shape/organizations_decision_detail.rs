//! The structure `OrganizationsDecisionDetail`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `OrganizationsDecisionDetail` in an output.
#[derive(Clone, Debug, Default)]
pub struct OrganizationsDecisionDetail {
    /// `AllowedByOrganizations`.
    pub allowed_by_organizations: Option<bool>,
}

impl WriteXml for OrganizationsDecisionDetail {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AllowedByOrganizations", self.allowed_by_organizations.as_ref());
    }
}
