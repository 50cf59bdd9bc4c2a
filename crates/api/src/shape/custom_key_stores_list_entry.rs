//! The structure `CustomKeyStoresListEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `CustomKeyStoresListEntry` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct CustomKeyStoresListEntry {
    /// `CloudHsmClusterId`.
    #[cfg_attr(test, serde(rename = "CloudHsmClusterId", skip_serializing_if = "Option::is_none"))]
    pub cloud_hsm_cluster_id: Option<String>,
    /// `ConnectionErrorCode`.
    #[cfg_attr(test, serde(rename = "ConnectionErrorCode", skip_serializing_if = "Option::is_none"))]
    pub connection_error_code: Option<String>,
    /// `ConnectionState`.
    #[cfg_attr(test, serde(rename = "ConnectionState", skip_serializing_if = "Option::is_none"))]
    pub connection_state: Option<String>,
    /// `CreationDate`.
    #[cfg_attr(test, serde(rename = "CreationDate", skip_serializing_if = "Option::is_none"))]
    pub creation_date: Option<Time>,
    /// `CustomKeyStoreId`.
    #[cfg_attr(test, serde(rename = "CustomKeyStoreId", skip_serializing_if = "Option::is_none"))]
    pub custom_key_store_id: Option<String>,
    /// `CustomKeyStoreName`.
    #[cfg_attr(test, serde(rename = "CustomKeyStoreName", skip_serializing_if = "Option::is_none"))]
    pub custom_key_store_name: Option<String>,
    /// `CustomKeyStoreType`.
    #[cfg_attr(test, serde(rename = "CustomKeyStoreType", skip_serializing_if = "Option::is_none"))]
    pub custom_key_store_type: Option<String>,
    /// `TrustAnchorCertificate`.
    #[cfg_attr(test, serde(rename = "TrustAnchorCertificate", skip_serializing_if = "Option::is_none"))]
    pub trust_anchor_certificate: Option<String>,
    /// `XksProxyConfiguration`.
    #[cfg_attr(test, serde(rename = "XksProxyConfiguration", skip_serializing_if = "Option::is_none"))]
    pub xks_proxy_configuration: Option<crate::shape::XksProxyConfigurationType>,
}

impl WriteJson for CustomKeyStoresListEntry {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("CloudHsmClusterId", self.cloud_hsm_cluster_id.as_ref())
            .member("ConnectionErrorCode", self.connection_error_code.as_ref())
            .member("ConnectionState", self.connection_state.as_ref())
            .member("CreationDate", self.creation_date.as_ref())
            .member("CustomKeyStoreId", self.custom_key_store_id.as_ref())
            .member("CustomKeyStoreName", self.custom_key_store_name.as_ref())
            .member("CustomKeyStoreType", self.custom_key_store_type.as_ref())
            .member("TrustAnchorCertificate", self.trust_anchor_certificate.as_ref())
            .member("XksProxyConfiguration", self.xks_proxy_configuration.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for CustomKeyStoresListEntry {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            cloud_hsm_cluster_id: Sample::sample(samples),
            connection_error_code: Sample::sample(samples),
            connection_state: Sample::sample(samples),
            creation_date: Sample::sample(samples),
            custom_key_store_id: Sample::sample(samples),
            custom_key_store_name: Sample::sample(samples),
            custom_key_store_type: Sample::sample(samples),
            trust_anchor_certificate: Sample::sample(samples),
            xks_proxy_configuration: Sample::sample(samples),
        }
    }
}
