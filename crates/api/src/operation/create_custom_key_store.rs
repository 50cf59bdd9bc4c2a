//! `CreateCustomKeyStore`: input, output, constraints and errors.
//!
//! <https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateCustomKeyStore.html>
//!
//! Generated from the service model by `cargo xtask codegen`: do not edit.

use crate::prelude::*;

/// The operation `CreateCustomKeyStore`.
#[derive(Clone, Copy, Debug)]
pub struct CreateCustomKeyStore;

/// Input of `CreateCustomKeyStore`.
#[derive(Clone, Debug, Serialize)]
pub struct CreateCustomKeyStoreInput {
    /// `CloudHsmClusterId`, 19 to 24 long.
    #[serde(rename = "cloudHsmClusterId", skip_serializing_if = "Option::is_none")]
    pub cloud_hsm_cluster_id: Option<String>,
    /// `CustomKeyStoreName`, 1 to 256 long.
    #[serde(rename = "customKeyStoreName")]
    pub custom_key_store_name: String,
    /// `CustomKeyStoreType`.
    #[serde(rename = "customKeyStoreType", skip_serializing_if = "Option::is_none")]
    pub custom_key_store_type: Option<String>,
    /// `KeyStorePassword`, 7 to 32 long.
    #[serde(skip_serializing)]
    pub key_store_password: Option<SensitiveText>,
    /// `TrustAnchorCertificate`, 1 to 5000 long.
    #[serde(rename = "trustAnchorCertificate", skip_serializing_if = "Option::is_none")]
    pub trust_anchor_certificate: Option<String>,
    /// `XksProxyAuthenticationCredential`.
    #[serde(rename = "xksProxyAuthenticationCredential", skip_serializing_if = "Option::is_none")]
    pub xks_proxy_authentication_credential: Option<crate::shape::XksProxyAuthenticationCredentialType>,
    /// `XksProxyConnectivity`.
    #[serde(rename = "xksProxyConnectivity", skip_serializing_if = "Option::is_none")]
    pub xks_proxy_connectivity: Option<String>,
    /// `XksProxyUriEndpoint`, 10 to 128 long.
    #[serde(rename = "xksProxyUriEndpoint", skip_serializing_if = "Option::is_none")]
    pub xks_proxy_uri_endpoint: Option<String>,
    /// `XksProxyUriPath`, 10 to 128 long.
    #[serde(rename = "xksProxyUriPath", skip_serializing_if = "Option::is_none")]
    pub xks_proxy_uri_path: Option<String>,
    /// `XksProxyVpcEndpointServiceName`, 20 to 64 long.
    #[serde(rename = "xksProxyVpcEndpointServiceName", skip_serializing_if = "Option::is_none")]
    pub xks_proxy_vpc_endpoint_service_name: Option<String>,
    /// `XksProxyVpcEndpointServiceOwner`, 12 to 12 long.
    #[serde(rename = "xksProxyVpcEndpointServiceOwner", skip_serializing_if = "Option::is_none")]
    pub xks_proxy_vpc_endpoint_service_owner: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct RawCreateCustomKeyStoreInput {
    #[serde(rename = "CloudHsmClusterId")]
    cloud_hsm_cluster_id: Option<String>,
    #[serde(rename = "CustomKeyStoreName")]
    custom_key_store_name: Option<String>,
    #[serde(rename = "CustomKeyStoreType")]
    custom_key_store_type: Option<String>,
    #[serde(rename = "KeyStorePassword")]
    key_store_password: Option<SensitiveText>,
    #[serde(rename = "TrustAnchorCertificate")]
    trust_anchor_certificate: Option<String>,
    #[serde(rename = "XksProxyAuthenticationCredential")]
    xks_proxy_authentication_credential:
        Option<Structure<crate::shape::RawXksProxyAuthenticationCredentialType>>,
    #[serde(rename = "XksProxyConnectivity")]
    xks_proxy_connectivity: Option<String>,
    #[serde(rename = "XksProxyUriEndpoint")]
    xks_proxy_uri_endpoint: Option<String>,
    #[serde(rename = "XksProxyUriPath")]
    xks_proxy_uri_path: Option<String>,
    #[serde(rename = "XksProxyVpcEndpointServiceName")]
    xks_proxy_vpc_endpoint_service_name: Option<String>,
    #[serde(rename = "XksProxyVpcEndpointServiceOwner")]
    xks_proxy_vpc_endpoint_service_owner: Option<String>,
}

impl Constrained for RawCreateCustomKeyStoreInput {
    type Valid = CreateCustomKeyStoreInput;
    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        let at = path.member("cloudHsmClusterId");
        if let Some(value) = &self.cloud_hsm_cluster_id {
            violations.characters(at, Shown::Text(value), value, 19, 24);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::cloud_hsm_cluster(value),
                r"cluster-[2-7a-zA-Z]{11,16}",
            );
        }
        let at = path.member("customKeyStoreName");
        violations.required(at, self.custom_key_store_name.is_some());
        if let Some(value) = &self.custom_key_store_name {
            violations.characters(at, Shown::Text(value), value, 1, 256);
        }
        let at = path.member("customKeyStoreType");
        if let Some(value) = &self.custom_key_store_type {
            violations.one_of(at, value, &["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"]);
        }
        let at = path.member("keyStorePassword");
        if let Some(value) = &self.key_store_password {
            violations.characters(at, Shown::Hidden, value.expose(), 7, 32);
        }
        let at = path.member("trustAnchorCertificate");
        if let Some(value) = &self.trust_anchor_certificate {
            violations.characters(at, Shown::Text(value), value, 1, 5000);
        }
        let at = path.member("xksProxyAuthenticationCredential");
        if let Some(value) = &self.xks_proxy_authentication_credential {
            value.check(at, violations);
        }
        let at = path.member("xksProxyConnectivity");
        if let Some(value) = &self.xks_proxy_connectivity {
            violations.one_of(at, value, &["PUBLIC_ENDPOINT", "VPC_ENDPOINT_SERVICE"]);
        }
        let at = path.member("xksProxyUriEndpoint");
        if let Some(value) = &self.xks_proxy_uri_endpoint {
            violations.characters(at, Shown::Text(value), value, 10, 128);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::xks_endpoint(value),
                r"^https://[a-zA-Z0-9.-]+$",
            );
        }
        let at = path.member("xksProxyUriPath");
        if let Some(value) = &self.xks_proxy_uri_path {
            violations.characters(at, Shown::Text(value), value, 10, 128);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::xks_path(value),
                r"^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$",
            );
        }
        let at = path.member("xksProxyVpcEndpointServiceName");
        if let Some(value) = &self.xks_proxy_vpc_endpoint_service_name {
            violations.characters(at, Shown::Text(value), value, 20, 64);
            violations.pattern(
                at,
                Shown::Text(value),
                pattern::vpc_endpoint_service(value),
                r"^(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$",
            );
        }
        let at = path.member("xksProxyVpcEndpointServiceOwner");
        if let Some(value) = &self.xks_proxy_vpc_endpoint_service_owner {
            violations.characters(at, Shown::Text(value), value, 12, 12);
            violations.pattern(at, Shown::Text(value), pattern::account(value), r"[0-9]{12}");
        }
    }
    fn build(self) -> CreateCustomKeyStoreInput {
        CreateCustomKeyStoreInput {
            cloud_hsm_cluster_id: self.cloud_hsm_cluster_id,
            custom_key_store_name: self.custom_key_store_name.unwrap_or_default(),
            custom_key_store_type: self.custom_key_store_type,
            key_store_password: self.key_store_password,
            trust_anchor_certificate: self.trust_anchor_certificate,
            xks_proxy_authentication_credential: self
                .xks_proxy_authentication_credential
                .map(Constrained::build),
            xks_proxy_connectivity: self.xks_proxy_connectivity,
            xks_proxy_uri_endpoint: self.xks_proxy_uri_endpoint,
            xks_proxy_uri_path: self.xks_proxy_uri_path,
            xks_proxy_vpc_endpoint_service_name: self.xks_proxy_vpc_endpoint_service_name,
            xks_proxy_vpc_endpoint_service_owner: self.xks_proxy_vpc_endpoint_service_owner,
        }
    }
}

/// Output of `CreateCustomKeyStore`.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(Serialize))]
pub struct CreateCustomKeyStoreOutput {
    /// `CustomKeyStoreId`.
    #[cfg_attr(test, serde(rename = "CustomKeyStoreId", skip_serializing_if = "Option::is_none"))]
    pub custom_key_store_id: Option<String>,
}

impl WriteJson for CreateCustomKeyStoreOutput {
    fn write_json(&self, json: &mut Json) {
        json.object().member("CustomKeyStoreId", self.custom_key_store_id.as_ref()).end();
    }
}

#[cfg(test)]
impl Sample for CreateCustomKeyStoreOutput {
    fn sample(samples: &mut Samples) -> Self {
        Self { custom_key_store_id: Sample::sample(samples) }
    }
}

impl Operation for CreateCustomKeyStore {
    const NAME: &'static str = "CreateCustomKeyStore";
    type Input = CreateCustomKeyStoreInput;
    type Output = CreateCustomKeyStoreOutput;
    const ERRORS: &'static [ErrorCode] = &[
        ErrorCode::CloudHsmClusterInUse,
        ErrorCode::CustomKeyStoreNameInUse,
        ErrorCode::CloudHsmClusterNotFound,
        ErrorCode::KMSInternal,
        ErrorCode::CloudHsmClusterNotActive,
        ErrorCode::IncorrectTrustAnchor,
        ErrorCode::CloudHsmClusterInvalidConfiguration,
        ErrorCode::LimitExceeded,
        ErrorCode::XksProxyUriInUse,
        ErrorCode::XksProxyUriEndpointInUse,
        ErrorCode::XksProxyUriUnreachable,
        ErrorCode::XksProxyIncorrectAuthenticationCredential,
        ErrorCode::XksProxyVpcEndpointServiceInUse,
        ErrorCode::XksProxyVpcEndpointServiceNotFound,
        ErrorCode::XksProxyVpcEndpointServiceInvalidConfiguration,
        ErrorCode::XksProxyInvalidResponse,
        ErrorCode::XksProxyInvalidConfiguration,
    ];
    fn decode(body: &[u8]) -> Result<Self::Input, Refusal> {
        decode_body::<RawCreateCustomKeyStoreInput, _>(body)
    }
}
#[cfg(test)]
mod tests {
    #[test]
    fn output_is_what_serde_would_write() {
        crate::samples::compare::<super::CreateCustomKeyStoreOutput>();
    }
}
