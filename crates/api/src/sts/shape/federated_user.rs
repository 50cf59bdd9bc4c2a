//! The structure `FederatedUser`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `FederatedUser` in an output.
#[derive(Clone, Debug, Default)]
pub struct FederatedUser {
    /// `Arn`.
    pub arn: Option<String>,
    /// `FederatedUserId`.
    pub federated_user_id: Option<String>,
}

impl WriteXml for FederatedUser {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("Arn", self.arn.as_ref());
        xml.member("FederatedUserId", self.federated_user_id.as_ref());
    }
}
