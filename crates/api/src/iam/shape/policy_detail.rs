//! The structure `PolicyDetail`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `PolicyDetail` in an output.
#[derive(Clone, Debug, Default)]
pub struct PolicyDetail {
    /// `PolicyDocument`, plain here and percent-encoded on the wire.
    pub policy_document: Option<String>,
    /// `PolicyName`.
    pub policy_name: Option<String>,
}

impl WriteXml for PolicyDetail {
    fn write_xml(&self, xml: &mut Xml) {
        xml.encoded("PolicyDocument", self.policy_document.as_ref());
        xml.member("PolicyName", self.policy_name.as_ref());
    }
}
