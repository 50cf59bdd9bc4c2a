//! The structure `GroupDetail`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `GroupDetail` in an output.
#[derive(Clone, Debug, Default)]
pub struct GroupDetail {
    /// `Arn`.
    pub arn: Option<String>,
    /// `AttachedManagedPolicies`.
    pub attached_managed_policies: Option<Vec<crate::iam::shape::AttachedPolicy>>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `GroupId`.
    pub group_id: Option<String>,
    /// `GroupName`.
    pub group_name: Option<String>,
    /// `GroupPolicyList`.
    pub group_policy_list: Option<Vec<crate::iam::shape::PolicyDetail>>,
    /// `Path`.
    pub path: Option<String>,
}

impl WriteXml for GroupDetail {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.member("AttachedManagedPolicies", self.attached_managed_policies.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("GroupId", self.group_id.as_ref());
        xml.member("GroupName", self.group_name.as_ref());
        xml.member("GroupPolicyList", self.group_policy_list.as_ref());
        xml.member("Path", self.path.as_ref());
    }
}
