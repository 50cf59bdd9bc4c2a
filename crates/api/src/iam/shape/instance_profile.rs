//! The structure `InstanceProfile`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `InstanceProfile` in an output.
#[derive(Clone, Debug, Default)]
pub struct InstanceProfile {
    /// `Arn`.
    pub arn: Option<String>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `InstanceProfileId`.
    pub instance_profile_id: Option<String>,
    /// `InstanceProfileName`.
    pub instance_profile_name: Option<String>,
    /// `Path`.
    pub path: Option<String>,
    /// `Roles`.
    pub roles: Option<Vec<crate::iam::shape::Role>>,
    /// `Tags`.
    pub tags: Option<Vec<crate::iam::shape::TagOutput>>,
}

impl WriteXml for InstanceProfile {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("InstanceProfileId", self.instance_profile_id.as_ref());
        xml.member("InstanceProfileName", self.instance_profile_name.as_ref());
        xml.member("Path", self.path.as_ref());
        xml.member("Roles", self.roles.as_ref());
        xml.member("Tags", self.tags.as_ref());
    }
}
