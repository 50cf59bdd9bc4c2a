//! The structure `XksProxyConfigurationType`.
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// `XksProxyConfigurationType` in an output.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct XksProxyConfigurationType {
    /// `AccessKeyId`.
    #[cfg_attr(test, serde(rename = "AccessKeyId", skip_serializing_if = "Option::is_none"))]
    pub access_key_id: Option<SensitiveText>,
    /// `Connectivity`.
    #[cfg_attr(test, serde(rename = "Connectivity", skip_serializing_if = "Option::is_none"))]
    pub connectivity: Option<String>,
    /// `UriEndpoint`.
    #[cfg_attr(test, serde(rename = "UriEndpoint", skip_serializing_if = "Option::is_none"))]
    pub uri_endpoint: Option<String>,
    /// `UriPath`.
    #[cfg_attr(test, serde(rename = "UriPath", skip_serializing_if = "Option::is_none"))]
    pub uri_path: Option<String>,
    /// `VpcEndpointServiceName`.
    #[cfg_attr(test, serde(rename = "VpcEndpointServiceName", skip_serializing_if = "Option::is_none"))]
    pub vpc_endpoint_service_name: Option<String>,
    /// `VpcEndpointServiceOwner`.
    #[cfg_attr(test, serde(rename = "VpcEndpointServiceOwner", skip_serializing_if = "Option::is_none"))]
    pub vpc_endpoint_service_owner: Option<String>,
}

impl WriteJson for XksProxyConfigurationType {
    fn write_json(&self, json: &mut Json) {
        json.object()
            .member("AccessKeyId", self.access_key_id.as_ref())
            .member("Connectivity", self.connectivity.as_ref())
            .member("UriEndpoint", self.uri_endpoint.as_ref())
            .member("UriPath", self.uri_path.as_ref())
            .member("VpcEndpointServiceName", self.vpc_endpoint_service_name.as_ref())
            .member("VpcEndpointServiceOwner", self.vpc_endpoint_service_owner.as_ref())
            .end();
    }
}

#[cfg(test)]
impl Sample for XksProxyConfigurationType {
    fn sample(samples: &mut Samples) -> Self {
        Self {
            access_key_id: Sample::sample(samples),
            connectivity: Sample::sample(samples),
            uri_endpoint: Sample::sample(samples),
            uri_path: Sample::sample(samples),
            vpc_endpoint_service_name: Sample::sample(samples),
            vpc_endpoint_service_owner: Sample::sample(samples),
        }
    }
}
