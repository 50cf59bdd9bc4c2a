//! The structure `CustomKeyStoresListEntry`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `CustomKeyStoresListEntry` in an output.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CustomKeyStoresListEntry {
    /// `CloudHsmClusterId`.
    #[serde(rename = "CloudHsmClusterId", skip_serializing_if = "Option::is_none")]
    pub cloud_hsm_cluster_id: Option<String>,
    /// `ConnectionErrorCode`.
    #[serde(rename = "ConnectionErrorCode", skip_serializing_if = "Option::is_none")]
    pub connection_error_code: Option<String>,
    /// `ConnectionState`.
    #[serde(rename = "ConnectionState", skip_serializing_if = "Option::is_none")]
    pub connection_state: Option<String>,
    /// `CreationDate`.
    #[serde(rename = "CreationDate", skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<Time>,
    /// `CustomKeyStoreId`.
    #[serde(rename = "CustomKeyStoreId", skip_serializing_if = "Option::is_none")]
    pub custom_key_store_id: Option<String>,
    /// `CustomKeyStoreName`.
    #[serde(rename = "CustomKeyStoreName", skip_serializing_if = "Option::is_none")]
    pub custom_key_store_name: Option<String>,
    /// `CustomKeyStoreType`.
    #[serde(rename = "CustomKeyStoreType", skip_serializing_if = "Option::is_none")]
    pub custom_key_store_type: Option<String>,
    /// `TrustAnchorCertificate`.
    #[serde(rename = "TrustAnchorCertificate", skip_serializing_if = "Option::is_none")]
    pub trust_anchor_certificate: Option<String>,
    /// `XksProxyConfiguration`.
    #[serde(rename = "XksProxyConfiguration", skip_serializing_if = "Option::is_none")]
    pub xks_proxy_configuration: Option<crate::shape::XksProxyConfigurationType>,
}
