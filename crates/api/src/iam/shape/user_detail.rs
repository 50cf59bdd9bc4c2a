//! The structure `UserDetail`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `UserDetail` in an output.
#[derive(Clone, Debug, Default)]
pub struct UserDetail {
    /// `Arn`.
    pub arn: Option<String>,
    /// `AttachedManagedPolicies`.
    pub attached_managed_policies: Option<Vec<crate::iam::shape::AttachedPolicy>>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `GroupList`.
    pub group_list: Option<Vec<String>>,
    /// `Path`.
    pub path: Option<String>,
    /// `PermissionsBoundary`.
    pub permissions_boundary: Option<crate::iam::shape::AttachedPermissionsBoundary>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
    /// `UserId`.
    pub user_id: Option<String>,
    /// `UserName`.
    pub user_name: Option<String>,
    /// `UserPolicyList`.
    pub user_policy_list: Option<Vec<crate::iam::shape::PolicyDetail>>,
}

impl WriteXml for UserDetail {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.member("AttachedManagedPolicies", self.attached_managed_policies.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("GroupList", self.group_list.as_ref());
        xml.member("Path", self.path.as_ref());
        xml.member("PermissionsBoundary", self.permissions_boundary.as_ref());
        xml.member("Tags", self.tags.as_ref());
        xml.member("UserId", self.user_id.as_ref());
        xml.member("UserName", self.user_name.as_ref());
        xml.member("UserPolicyList", self.user_policy_list.as_ref());
    }
}
