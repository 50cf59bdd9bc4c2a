//! The structure `Credentials`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::query::prelude::*;

/// `Credentials` in an output.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// `AccessKeyId`.
    pub access_key_id: Option<String>,
    /// `Expiration`.
    pub expiration: Option<Time>,
    /// `SecretAccessKey`.
    pub secret_access_key: Option<SensitiveText>,
    /// `SessionToken`.
    pub session_token: Option<SensitiveText>,
}

impl WriteXml for Credentials {
    fn write_xml(&self, xml: &mut Xml) {
        xml.member("AccessKeyId", self.access_key_id.as_ref());
        xml.member("Expiration", self.expiration.as_ref());
        xml.member("SecretAccessKey", self.secret_access_key.as_ref());
        xml.member("SessionToken", self.session_token.as_ref());
    }
}
