//! The structure `AccessKey`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `AccessKey` in an output.
#[derive(Clone, Debug, Default)]
pub struct AccessKey {
    /// `AccessKeyId`.
    pub access_key_id: Option<String>,
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `SecretAccessKey`.
    pub secret_access_key: Option<SensitiveText>,
    /// `Status`.
    pub status: Option<String>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for AccessKey {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AccessKeyId", self.access_key_id.as_ref());
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("SecretAccessKey", self.secret_access_key.as_ref());
        xml.member("Status", self.status.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}
