//! `CreateKey`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `CreateKey`.
#[derive(Clone, Copy, Debug)]
pub struct CreateKey;

/// Input of `CreateKey`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateKeyInput {
    /// `BypassPolicyLockoutSafetyCheck`.
    #[serde(rename = "bypassPolicyLockoutSafetyCheck", skip_serializing_if = "Option::is_none")]
    pub bypass_policy_lockout_safety_check: Option<bool>,
    /// `CustomKeyStoreId`, 1 to 64 long.
    #[serde(rename = "customKeyStoreId", skip_serializing_if = "Option::is_none")]
    pub custom_key_store_id: Option<String>,
    /// `CustomerMasterKeySpec`.
    #[serde(rename = "customerMasterKeySpec", skip_serializing_if = "Option::is_none")]
    pub customer_master_key_spec: Option<String>,
    /// `Description`, 0 to 8192 long.
    #[serde(rename = "description", skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `KeySpec`.
    #[serde(rename = "keySpec", skip_serializing_if = "Option::is_none")]
    pub key_spec: Option<String>,
    /// `KeyUsage`.
    #[serde(rename = "keyUsage", skip_serializing_if = "Option::is_none")]
    pub key_usage: Option<String>,
    /// `MultiRegion`.
    #[serde(rename = "multiRegion", skip_serializing_if = "Option::is_none")]
    pub multi_region: Option<bool>,
    /// `Origin`.
    #[serde(rename = "origin", skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// `Policy`, 1 to 131072 long.
    #[serde(rename = "policy", skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `Tags`.
    #[serde(rename = "tags", skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<crate::shape::Tag>>,
    /// `XksKeyId`, 1 to 128 long.
    #[serde(rename = "xksKeyId", skip_serializing_if = "Option::is_none")]
    pub xks_key_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawCreateKeyInput {
    #[serde(rename = "BypassPolicyLockoutSafetyCheck")]
    bypass_policy_lockout_safety_check: Option<bool>,
    #[serde(rename = "CustomKeyStoreId")]
    custom_key_store_id: Option<String>,
    #[serde(rename = "CustomerMasterKeySpec")]
    customer_master_key_spec: Option<String>,
    #[serde(rename = "Description")]
    description: Option<String>,
    #[serde(rename = "KeySpec")]
    key_spec: Option<String>,
    #[serde(rename = "KeyUsage")]
    key_usage: Option<String>,
    #[serde(rename = "MultiRegion")]
    multi_region: Option<bool>,
    #[serde(rename = "Origin")]
    origin: Option<String>,
    #[serde(rename = "Policy")]
    policy: Option<String>,
    #[serde(rename = "Tags")]
    tags: Option<Vec<Structure<crate::shape::RawTag>>>,
    #[serde(rename = "XksKeyId")]
    xks_key_id: Option<String>,
}

impl Constrained for RawCreateKeyInput {
    type Valid = CreateKeyInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("customKeyStoreId");
        if let Some(value) = &self.custom_key_store_id {
            violations.characters(at, Shown::Text(value), value, 1, 64);
        }
        let at = path.member("customerMasterKeySpec");
        if let Some(value) = &self.customer_master_key_spec {
            violations.one_of(
                at,
                value,
                &[
                    "RSA_2048",
                    "RSA_3072",
                    "RSA_4096",
                    "ECC_NIST_P256",
                    "ECC_NIST_P384",
                    "ECC_NIST_P521",
                    "ECC_SECG_P256K1",
                    "SYMMETRIC_DEFAULT",
                    "HMAC_224",
                    "HMAC_256",
                    "HMAC_384",
                    "HMAC_512",
                    "SM2",
                ],
            );
        }
        let at = path.member("description");
        if let Some(value) = &self.description {
            violations.characters(at, Shown::Text(value), value, 0, 8192);
        }
        let at = path.member("keySpec");
        if let Some(value) = &self.key_spec {
            violations.one_of(
                at,
                value,
                &[
                    "RSA_2048",
                    "RSA_3072",
                    "RSA_4096",
                    "ECC_NIST_P256",
                    "ECC_NIST_P384",
                    "ECC_NIST_P521",
                    "ECC_SECG_P256K1",
                    "SYMMETRIC_DEFAULT",
                    "HMAC_224",
                    "HMAC_256",
                    "HMAC_384",
                    "HMAC_512",
                    "SM2",
                    "ML_DSA_44",
                    "ML_DSA_65",
                    "ML_DSA_87",
                    "ECC_NIST_EDWARDS25519",
                    "ML_KEM_512",
                    "ML_KEM_768",
                    "ML_KEM_1024",
                ],
            );
        }
        let at = path.member("keyUsage");
        if let Some(value) = &self.key_usage {
            violations.one_of(
                at,
                value,
                &[
                    "SIGN_VERIFY",
                    "ENCRYPT_DECRYPT",
                    "GENERATE_VERIFY_MAC",
                    "KEY_AGREEMENT",
                    "ENCAPSULATE_DECAPSULATE",
                ],
            );
        }
        let at = path.member("origin");
        if let Some(value) = &self.origin {
            violations.one_of(at, value, &["AWS_KMS", "EXTERNAL", "AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]);
        }
        let at = path.member("policy");
        if let Some(value) = &self.policy {
            violations.characters(at, Shown::Text(value), value, 1, 131072);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::policy_text(value),
                r"[\u0009\u000A\u000D\u0020-\u00FF]+",
            );
        }
        let at = path.member("tags");
        if let Some(value) = &self.tags {
            for (index, value) in value.iter().enumerate() {
                let at = at.index(index);
                value.check(at, violations);
            }
        }
        let at = path.member("xksKeyId");
        if let Some(value) = &self.xks_key_id {
            violations.characters(at, Shown::Text(value), value, 1, 128);
            violations.pattern(at, Shown::Text(value), pattern::xks_key_id(value), r"^[a-zA-Z0-9-_.]+$");
        }
    }
    fn build(self) -> CreateKeyInput {
        CreateKeyInput {
            bypass_policy_lockout_safety_check: self.bypass_policy_lockout_safety_check,
            custom_key_store_id: self.custom_key_store_id,
            customer_master_key_spec: self.customer_master_key_spec,
            description: self.description,
            key_spec: self.key_spec,
            key_usage: self.key_usage,
            multi_region: self.multi_region,
            origin: self.origin,
            policy: self.policy,
            tags: self.tags.map(|list| list.into_iter().map(Constrained::build).collect()),
            xks_key_id: self.xks_key_id,
        }
    }
}

/// Output of `CreateKey`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct CreateKeyOutput {
    /// `KeyMetadata`.
    #[cfg_attr(test, serde(rename = "KeyMetadata", skip_serializing_if = "Option::is_none"))]
    pub key_metadata: Option<crate::shape::KeyMetadata>,
}

impl WriteJson for CreateKeyOutput {
    fn write_json(&self, json: &mut Json) {
        json.object().member("KeyMetadata", self.key_metadata.as_ref()).end();
    }
}

#[cfg(test)]
impl Sample for CreateKeyOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { key_metadata: Sample::sample(samples) }
    }
}

impl Operation for CreateKey {
    const NAME: &'static str = "CreateKey";
    type Input = CreateKeyInput;
    type Output = CreateKeyOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::MalformedPolicyDocument,
        ErrorCode::DependencyTimeout,
        ErrorCode::InvalidArn,
        ErrorCode::UnsupportedOperation,
        ErrorCode::KMSInternal,
        ErrorCode::LimitExceeded,
        ErrorCode::Tag,
        ErrorCode::CustomKeyStoreNotFound,
        ErrorCode::CustomKeyStoreInvalidState,
        ErrorCode::CloudHsmClusterInvalidConfiguration,
        ErrorCode::XksKeyInvalidConfiguration,
        ErrorCode::XksKeyAlreadyInUse,
        ErrorCode::XksKeyNotFound,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawCreateKeyInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::CreateKeyOutput>();
    }
}
