//! The structure `AttachedPolicy`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `AttachedPolicy` in an output.
#[derive(Clone, Debug, Default)]
pub struct AttachedPolicy {
    /// `PolicyArn`.
    pub policy_arn: Option<String>,
    /// `PolicyName`.
    pub policy_name: Option<String>,
}

impl WriteXml for AttachedPolicy {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("PolicyArn", self.policy_arn.as_ref());
        xml.member("PolicyName", self.policy_name.as_ref());
    }
}
