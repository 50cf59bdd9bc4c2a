//! The structure `Statement`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `Statement` in an output.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// `EndPosition`.
    pub end_position: Option<crate::iam::shape::Position>,
    /// `SourcePolicyId`.
    pub source_policy_id: Option<String>,
    /// `SourcePolicyType`.
    pub source_policy_type: Option<String>,
    /// `StartPosition`.
    pub start_position: Option<crate::iam::shape::Position>,
}

impl WriteXml for Statement {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("EndPosition", self.end_position.as_ref());
        xml.member("SourcePolicyId", self.source_policy_id.as_ref());
        xml.member("SourcePolicyType", self.source_policy_type.as_ref());
        xml.member("StartPosition", self.start_position.as_ref());
    }
}
