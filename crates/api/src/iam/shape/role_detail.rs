//! The structure `RoleDetail`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `RoleDetail` in an output.
#[derive(Clone, Debug, Default)]
pub struct RoleDetail {
    /// `Arn`.
    pub arn: Option<String>,
    /// `AssumeRolePolicyDocument`, plain here and percent-encoded on the wire.
    pub assume_role_policy_document: Option<String>,
    /// `AttachedManagedPolicies`.
    pub attached_managed_policies: Option<Vec<crate::iam::shape::AttachedPolicy>>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `InstanceProfileList`.
    pub instance_profile_list: Option<Vec<crate::iam::shape::InstanceProfile>>,
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
    /// `RolePolicyList`.
    pub role_policy_list: Option<Vec<crate::iam::shape::PolicyDetail>>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
}

impl WriteXml for RoleDetail {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.encoded("AssumeRolePolicyDocument", self.assume_role_policy_document.as_ref());
        xml.member("AttachedManagedPolicies", self.attached_managed_policies.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("InstanceProfileList", self.instance_profile_list.as_ref());
        xml.member("Path", self.path.as_ref());
        xml.member("PermissionsBoundary", self.permissions_boundary.as_ref());
        xml.member("RoleId", self.role_id.as_ref());
        xml.member("RoleLastUsed", self.role_last_used.as_ref());
        xml.member("RoleName", self.role_name.as_ref());
        xml.member("RolePolicyList", self.role_policy_list.as_ref());
        xml.member("Tags", self.tags.as_ref());
    }
}
