//! The structure `SigningCertificate`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `SigningCertificate` in an output.
#[derive(Clone, Debug, Default)]
pub struct SigningCertificate {
    /// `CertificateBody`.
    pub certificate_body: Option<String>,
    /// `CertificateId`.
    pub certificate_id: Option<String>,
    /// `Status`.
    pub status: Option<String>,
    /// `UploadDate`.
    pub upload_date: Option<Time>,
    /// `UserName`.
    pub user_name: Option<String>,
}

impl WriteXml for SigningCertificate {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("CertificateBody", self.certificate_body.as_ref());
        xml.member("CertificateId", self.certificate_id.as_ref());
        xml.member("Status", self.status.as_ref());
        xml.member("UploadDate", self.upload_date.as_ref());
        xml.member("UserName", self.user_name.as_ref());
    }
}
