//! The structure `OpenIDConnectProviderListEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `OpenIDConnectProviderListEntry` in an output.
#[derive(Clone, Debug, Default)]
pub struct OpenIDConnectProviderListEntry {
    /// `Arn`.
    pub arn: Option<String>,
}

impl WriteXml for OpenIDConnectProviderListEntry {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
    }
}
