//! The structure `SSHPublicKeyMetadata`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `SSHPublicKeyMetadata` in an output.
#[derive(Clone, Debug, Default)]
pub struct SSHPublicKeyMetadata {
    /// `SSHPublicKeyId`.
    pub ssh_public_key_id: Option<String>,
    /// `Status`.
    pub status: Option<String>,
    /// `UploadDate`.
    pub upload_date: Option<Time>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for SSHPublicKeyMetadata {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("SSHPublicKeyId", self.ssh_public_key_id.as_ref());
        xml.member("Status", self.status.as_ref());
        xml.member("UploadDate", self.upload_date.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}
