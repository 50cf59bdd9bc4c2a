//! The structure `AccessKeyMetadata`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `AccessKeyMetadata` in an output.
#[derive(Clone, Debug, Default)]
pub struct AccessKeyMetadata {
    /// `AccessKeyId`.
    pub access_key_id: Option<String>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `Status`.
    pub status: Option<String>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for AccessKeyMetadata {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AccessKeyId", self.access_key_id.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("Status", self.status.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}
