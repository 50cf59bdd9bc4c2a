//! The structure `XksProxyConfigurationType`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `XksProxyConfigurationType` in an output.
#[derive(Clone, Debug, Default, Serialize)]
pub struct XksProxyConfigurationType {
    /// `AccessKeyId`.
    #[serde(rename = "AccessKeyId", skip_serializing_if = "Option::is_none")]
    pub access_key_id: Option<SensitiveText>,
    /// `Connectivity`.
    #[serde(rename = "Connectivity", skip_serializing_if = "Option::is_none")]
    pub connectivity: Option<String>,
    /// `UriEndpoint`.
    #[serde(rename = "UriEndpoint", skip_serializing_if = "Option::is_none")]
    pub uri_endpoint: Option<String>,
    /// `UriPath`.
    #[serde(rename = "UriPath", skip_serializing_if = "Option::is_none")]
    pub uri_path: Option<String>,
    /// `VpcEndpointServiceName`.
    #[serde(rename = "VpcEndpointServiceName", skip_serializing_if = "Option::is_none")]
    pub vpc_endpoint_service_name: Option<String>,
    /// `VpcEndpointServiceOwner`.
    #[serde(rename = "VpcEndpointServiceOwner", skip_serializing_if = "Option::is_none")]
    pub vpc_endpoint_service_owner: Option<String>,
}
