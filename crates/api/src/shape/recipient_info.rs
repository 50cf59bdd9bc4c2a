//! The structure `RecipientInfo`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `RecipientInfo` in an input.
#[derive(Clone, Debug, Serialize)]
pub struct RecipientInfo {
    /// `AttestationDocument`, 1 to 262144 long.
    #[serde(skip_serializing)]
    pub attestation_document: Option<Blob>,
    /// `KeyEncryptionAlgorithm`.
    #[serde(rename = "keyEncryptionAlgorithm", skip_serializing_if = "Option::is_none")]
    pub key_encryption_algorithm: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawRecipientInfo {
    #[serde(rename = "AttestationDocument")]
    attestation_document: Option<Blob>,
    #[serde(rename = "KeyEncryptionAlgorithm")]
    key_encryption_algorithm: Option<String>,
}

impl Constrained for RawRecipientInfo {
    type Valid = RecipientInfo;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("attestationDocument");
        if let Some(value) = &self.attestation_document {
            violations.shortest(at, Shown::Hidden, value.len(), 1);
            violations.longest(at, Shown::Hidden, value.len(), 262144);
        }
        let at = path.member("keyEncryptionAlgorithm");
        if let Some(value) = &self.key_encryption_algorithm {
            violations.one_of(at, value, &["RSAES_OAEP_SHA_256"]);
        }
    }
    fn build(self) -> RecipientInfo {
        RecipientInfo {
            attestation_document: self.attestation_document,
            key_encryption_algorithm: self.key_encryption_algorithm,
        }
    }
}
