//! The structure `ManagedPolicyDetail`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `ManagedPolicyDetail` in an output.
#[derive(Clone, Debug, Default)]
pub struct ManagedPolicyDetail {
    /// `Arn`.
    pub arn: Option<String>,
    /// `AttachmentCount`.
    pub attachment_count: Option<i64>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `DefaultVersionId`.
    pub default_version_id: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `IsAttachable`.
    pub is_attachable: Option<bool>,
    /// `Path`.
    pub path: Option<String>,
    /// `PermissionsBoundaryUsageCount`.
    pub permissions_boundary_usage_count: Option<i64>,
    /// `PolicyId`.
    pub policy_id: Option<String>,
    /// `PolicyName`.
    pub policy_name: Option<String>,
    /// `PolicyVersionList`.
    pub policy_version_list: Option<Vec<crate::iam::shape::PolicyVersion>>,
    /// `UpdateDate`.
    pub update_date: Option<Time>,
}

impl WriteXml for ManagedPolicyDetail {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.member("AttachmentCount", self.attachment_count.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("DefaultVersionId", self.default_version_id.as_ref());
        xml.member("Description", self.description.as_ref());
        xml.member("IsAttachable", self.is_attachable.as_ref());
        xml.member("Path", self.path.as_ref());
        xml.member("PermissionsBoundaryUsageCount", self.permissions_boundary_usage_count.as_ref());
        xml.member("PolicyId", self.policy_id.as_ref());
        xml.member("PolicyName", self.policy_name.as_ref());
        xml.member("PolicyVersionList", self.policy_version_list.as_ref());
        xml.member("UpdateDate", self.update_date.as_ref());
    }
}
