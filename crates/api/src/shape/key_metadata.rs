//! The structure `KeyMetadata`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `KeyMetadata` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct KeyMetadata {
    /// `AWSAccountId`.
    #[cfg_attr(test, serde(rename = "AWSAccountId", skip_serializing_if = "Option::is_none"))]
    pub aws_account_id: Option<String>,
    /// `Arn`.
    #[cfg_attr(test, serde(rename = "Arn", skip_serializing_if = "Option::is_none"))]
    pub arn: Option<String>,
    /// `CloudHsmClusterId`.
    #[cfg_attr(test, serde(rename = "CloudHsmClusterId", skip_serializing_if = "Option::is_none"))]
    pub cloud_hsm_cluster_id: Option<String>,
    /// `CreationDate`.
    #[cfg_attr(test, serde(rename = "CreationDate", skip_serializing_if = "Option::is_none"))]
    pub creation_date: Option<Time>,
    /// `CurrentKeyMaterialId`.
    #[cfg_attr(test, serde(rename = "CurrentKeyMaterialId", skip_serializing_if = "Option::is_none"))]
    pub current_key_material_id: Option<String>,
    /// `CustomKeyStoreId`.
    #[cfg_attr(test, serde(rename = "CustomKeyStoreId", skip_serializing_if = "Option::is_none"))]
    pub custom_key_store_id: Option<String>,
    /// `CustomerMasterKeySpec`.
    #[cfg_attr(test, serde(rename = "CustomerMasterKeySpec", skip_serializing_if = "Option::is_none"))]
    pub customer_master_key_spec: Option<String>,
    /// `DeletionDate`.
    #[cfg_attr(test, serde(rename = "DeletionDate", skip_serializing_if = "Option::is_none"))]
    pub deletion_date: Option<Time>,
    /// `Description`.
    #[cfg_attr(test, serde(rename = "Description", skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// `Enabled`.
    #[cfg_attr(test, serde(rename = "Enabled", skip_serializing_if = "Option::is_none"))]
    pub enabled: Option<bool>,
    /// `EncapsulationAlgorithms`.
    #[cfg_attr(test, serde(rename = "EncapsulationAlgorithms", skip_serializing_if = "Option::is_none"))]
    pub encapsulation_algorithms: Option<Vec<String>>,
    /// `EncryptionAlgorithms`.
    #[cfg_attr(test, serde(rename = "EncryptionAlgorithms", skip_serializing_if = "Option::is_none"))]
    pub encryption_algorithms: Option<Vec<String>>,
    /// `ExpirationModel`.
    #[cfg_attr(test, serde(rename = "ExpirationModel", skip_serializing_if = "Option::is_none"))]
    pub expiration_model: Option<String>,
    /// `KeyAgreementAlgorithms`.
    #[cfg_attr(test, serde(rename = "KeyAgreementAlgorithms", skip_serializing_if = "Option::is_none"))]
    pub key_agreement_algorithms: Option<Vec<String>>,
    /// `KeyId`.
    #[cfg_attr(test, serde(rename = "KeyId", skip_serializing_if = "Option::is_none"))]
    pub key_id: Option<String>,
    /// `KeyManager`.
    #[cfg_attr(test, serde(rename = "KeyManager", skip_serializing_if = "Option::is_none"))]
    pub key_manager: Option<String>,
    /// `KeySpec`.
    #[cfg_attr(test, serde(rename = "KeySpec", skip_serializing_if = "Option::is_none"))]
    pub key_spec: Option<String>,
    /// `KeyState`.
    #[cfg_attr(test, serde(rename = "KeyState", skip_serializing_if = "Option::is_none"))]
    pub key_state: Option<String>,
    /// `KeyUsage`.
    #[cfg_attr(test, serde(rename = "KeyUsage", skip_serializing_if = "Option::is_none"))]
    pub key_usage: Option<String>,
    /// `MacAlgorithms`.
    #[cfg_attr(test, serde(rename = "MacAlgorithms", skip_serializing_if = "Option::is_none"))]
    pub mac_algorithms: Option<Vec<String>>,
    /// `MultiRegion`.
    #[cfg_attr(test, serde(rename = "MultiRegion", skip_serializing_if = "Option::is_none"))]
    pub multi_region: Option<bool>,
    /// `MultiRegionConfiguration`.
    #[cfg_attr(test, serde(rename = "MultiRegionConfiguration", skip_serializing_if = "Option::is_none"))]
    pub multi_region_configuration: Option<crate::shape::MultiRegionConfiguration>,
    /// `Origin`.
    #[cfg_attr(test, serde(rename = "Origin", skip_serializing_if = "Option::is_none"))]
    pub origin: Option<String>,
    /// `PendingDeletionWindowInDays`.
    #[cfg_attr(test, serde(rename = "PendingDeletionWindowInDays", skip_serializing_if = "Option::is_none"))]
    pub pending_deletion_window_in_days: Option<i64>,
    /// `SigningAlgorithms`.
    #[cfg_attr(test, serde(rename = "SigningAlgorithms", skip_serializing_if = "Option::is_none"))]
    pub signing_algorithms: Option<Vec<String>>,
    /// `ValidTo`.
    #[cfg_attr(test, serde(rename = "ValidTo", skip_serializing_if = "Option::is_none"))]
    pub valid_to: Option<Time>,
    /// `XksKeyConfiguration`.
    #[cfg_attr(test, serde(rename = "XksKeyConfiguration", skip_serializing_if = "Option::is_none"))]
    pub xks_key_configuration: Option<crate::shape::XksKeyConfigurationType>,
}

impl WriteJson for KeyMetadata {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("AWSAccountId", self.aws_account_id.as_ref())
            .member("Arn", self.arn.as_ref())
            .member("CloudHsmClusterId", self.cloud_hsm_cluster_id.as_ref())
            .member("CreationDate", self.creation_date.as_ref())
            .member("CurrentKeyMaterialId", self.current_key_material_id.as_ref())
            .member("CustomKeyStoreId", self.custom_key_store_id.as_ref())
            .member("CustomerMasterKeySpec", self.customer_master_key_spec.as_ref())
            .member("DeletionDate", self.deletion_date.as_ref())
            .member("Description", self.description.as_ref())
            .member("Enabled", self.enabled.as_ref())
            .member("EncapsulationAlgorithms", self.encapsulation_algorithms.as_ref())
            .member("EncryptionAlgorithms", self.encryption_algorithms.as_ref())
            .member("ExpirationModel", self.expiration_model.as_ref())
            .member("KeyAgreementAlgorithms", self.key_agreement_algorithms.as_ref())
            .member("KeyId", self.key_id.as_ref())
            .member("KeyManager", self.key_manager.as_ref())
            .member("KeySpec", self.key_spec.as_ref())
            .member("KeyState", self.key_state.as_ref())
            .member("KeyUsage", self.key_usage.as_ref())
            .member("MacAlgorithms", self.mac_algorithms.as_ref())
            .member("MultiRegion", self.multi_region.as_ref())
            .member("MultiRegionConfiguration", self.multi_region_configuration.as_ref())
            .member("Origin", self.origin.as_ref())
            .member("PendingDeletionWindowInDays", self.pending_deletion_window_in_days.as_ref())
            .member("SigningAlgorithms", self.signing_algorithms.as_ref())
            .member("ValidTo", self.valid_to.as_ref())
            .member("XksKeyConfiguration", self.xks_key_configuration.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for KeyMetadata {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            aws_account_id: Sample::sample(samples),
            arn: Sample::sample(samples),
            cloud_hsm_cluster_id: Sample::sample(samples),
            creation_date: Sample::sample(samples),
            current_key_material_id: Sample::sample(samples),
            custom_key_store_id: Sample::sample(samples),
            customer_master_key_spec: Sample::sample(samples),
            deletion_date: Sample::sample(samples),
            description: Sample::sample(samples),
            enabled: Sample::sample(samples),
            encapsulation_algorithms: Sample::sample(samples),
            encryption_algorithms: Sample::sample(samples),
            expiration_model: Sample::sample(samples),
            key_agreement_algorithms: Sample::sample(samples),
            key_id: Sample::sample(samples),
            key_manager: Sample::sample(samples),
            key_spec: Sample::sample(samples),
            key_state: Sample::sample(samples),
            key_usage: Sample::sample(samples),
            mac_algorithms: Sample::sample(samples),
            multi_region: Sample::sample(samples),
            multi_region_configuration: Sample::sample(samples),
            origin: Sample::sample(samples),
            pending_deletion_window_in_days: Sample::sample(samples),
            signing_algorithms: Sample::sample(samples),
            valid_to: Sample::sample(samples),
            xks_key_configuration: Sample::sample(samples),
        }
    }
}
