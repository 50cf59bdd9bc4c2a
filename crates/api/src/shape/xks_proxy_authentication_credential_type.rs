//! The structure `XksProxyAuthenticationCredentialType`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `XksProxyAuthenticationCredentialType` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct XksProxyAuthenticationCredentialType {
    /// `AccessKeyId`, 20 to 30 long.
    #[serde(skip_serializing)]
    pub access_key_id: SensitiveText,
    /// `RawSecretAccessKey`, 43 to 64 long.
    #[serde(skip_serializing)]
    pub raw_secret_access_key: SensitiveText,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawXksProxyAuthenticationCredentialType {
    #[serde(rename = "AccessKeyId")]
    access_key_id: Option<SensitiveText>,
    #[serde(rename = "RawSecretAccessKey")]
    raw_secret_access_key: Option<SensitiveText>,
}

impl Constrained for RawXksProxyAuthenticationCredentialType {
    type Valid = XksProxyAuthenticationCredentialType;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("accessKeyId");
        violations.required(at, self.access_key_id.is_some());
        if let Some(value) = &self.access_key_id {
            violations.characters(at, Shown::Hidden, value.expose(), 20, 30);
            violations.pattern(at, Shown::Hidden, pattern::base32(value.expose()), r"^[A-Z2-7]+$");
        }
        let at = path.member("rawSecretAccessKey");
        violations.required(at, self.raw_secret_access_key.is_some());
        if let Some(value) = &self.raw_secret_access_key {
            violations.characters(at, Shown::Hidden, value.expose(), 43, 64);
            violations.pattern(at, Shown::Hidden, pattern::base64(value.expose()), r"^[a-zA-Z0-9\/+=]+$");
        }
    }
    fn build(self) -> XksProxyAuthenticationCredentialType {
        XksProxyAuthenticationCredentialType {
            access_key_id: self.access_key_id.unwrap_or_default(),
            raw_secret_access_key: self.raw_secret_access_key.unwrap_or_default(),
        }
    }
}
