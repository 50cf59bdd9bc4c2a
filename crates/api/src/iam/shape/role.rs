//! The structure `Role`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `Role` in an output.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// `Arn`.
    pub arn: Option<String>,
    /// `AssumeRolePolicyDocument`, plain here and percent-encoded on the wire.
    pub assume_role_policy_document: Option<String>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `Description`.
    pub description: Option<String>,
    /// `MaxSessionDuration`.
    pub max_session_duration: Option<i64>,
    /// `Path`.
    pub path: Option<String>,
    /// `PermissionsBoundary`.
    pub permissions_boundary: Option<crate::iam::shape::AttachedPermissionsBoundary>,
    /// `RoleId`.
    pub role_id: Option<String>,
    /// `RoleLastUsed`.
    pub role_last_used: Option<crate::iam::shape::RoleLastUsed>,
    /// `RoleName`.
    pub role_name: Option<String>,
    /// `SourceRoleTemplate`.
    pub source_role_template: Option<crate::iam::shape::SourceRoleTemplate>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
}

impl WriteXml for Role {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.encoded("AssumeRolePolicyDocument", self.assume_role_policy_document.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("Description", self.description.as_ref());
        xml.member("MaxSessionDuration", self.max_session_duration.as_ref());
        xml.member("Path", self.path.as_ref());
        xml.member("PermissionsBoundary", self.permissions_boundary.as_ref());
        xml.member("RoleId", self.role_id.as_ref());
        xml.member("RoleLastUsed", self.role_last_used.as_ref());
        xml.member("RoleName", self.role_name.as_ref());
        xml.member("SourceRoleTemplate", self.source_role_template.as_ref());
        xml.member("Tags", self.tags.as_ref());
    }
}
