//! The structure `ServiceSpecificCredentialMetadata`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `ServiceSpecificCredentialMetadata` in an output.
#[derive(Clone, Debug, Default)]
pub struct ServiceSpecificCredentialMetadata {
    /// `CreateDate`.
    pub create_date: Option<Time>,
    /// `ExpirationDate`.
    pub expiration_date: Option<Time>,
    /// `ServiceCredentialAlias`.
    pub service_credential_alias: Option<String>,
    /// `ServiceName`.
    pub service_name: Option<String>,
    /// `ServiceSpecificCredentialId`.
    pub service_specific_credential_id: Option<String>,
    /// `ServiceUserName`.
    pub service_user_name: Option<String>,
    /// `Status`.
    pub status: Option<String>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for ServiceSpecificCredentialMetadata {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("CreateDate", self.create_date.as_ref());
        xml.member("ExpirationDate", self.expiration_date.as_ref());
        xml.member("ServiceCredentialAlias", self.service_credential_alias.as_ref());
        xml.member("ServiceName", self.service_name.as_ref());
        xml.member("ServiceSpecificCredentialId", self.service_specific_credential_id.as_ref());
        xml.member("ServiceUserName", self.service_user_name.as_ref());
        xml.member("Status", self.status.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}
