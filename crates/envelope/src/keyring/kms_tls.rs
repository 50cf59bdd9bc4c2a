//! HTTPS with the roots of `AWS_CA_BUNDLE`. The SDK for Rust does not read that variable itself, and a
//! private service's certificate comes from a CA that only that bundle names.

use super::KeyringError;
use aws_sdk_kms::config::SharedHttpClient;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The client for the bundle that `AWS_CA_BUNDLE` names, `None` where the variable is not set. The bundle
/// replaces the system's roots, as in the AWS CLI.
pub(crate) fn client_from_environment() -> Result<Option<SharedHttpClient>, KeyringError> {
    let Some(path) = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()) else {
        return Ok(None);
    };
    let shown = std::path::Path::new(&path).display().to_string();
    let bundle = std::fs::read(&path).map_err(|e| KeyringError::CaBundle(format!("{shown}: {e}")))?;
    let roots = usable_roots(&bundle).map_err(|what| KeyringError::CaBundle(format!("{shown}: {what}")))?;
    let store = TrustStore::empty().with_pem_certificate(roots);
    let context = TlsContext::builder().with_trust_store(store).build();
    let context = context.map_err(|e| KeyringError::CaBundle(e.to_string()))?;
    let provider = Provider::Rustls(CryptoMode::AwsLc);
    Ok(Some(Builder::new().tls_provider(provider).tls_context(context).build_https()))
}

/// The certificates of a bundle that TLS can use as roots, in PEM again. The HTTPS client panics on others,
/// and bundles with the system's roots do hold some that are out of the ordinary.
fn usable_roots(bundle: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut pem = String::new();
    for certificate in CertificateDer::pem_slice_iter(bundle) {
        let certificate = certificate.map_err(|_| "is not a bundle of certificates in PEM form")?;
        if RootCertStore::empty().add(certificate.clone()).is_err() {
            continue;
        }
        let text = STANDARD.encode(&certificate);
        pem.push_str(&format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"));
    }
    if pem.is_empty() { Err("holds no usable certificate") } else { Ok(pem.into_bytes()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bundle_without_certificates_is_refused_and_broken_ones_are_left_out() {
        assert!(usable_roots(b"").is_err());
        assert!(usable_roots(b"not a bundle").is_err());
        let broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert_eq!(usable_roots(broken), Err("holds no usable certificate"));
        assert!(usable_roots(b"-----BEGIN CERTIFICATE-----\n****\n-----END CERTIFICATE-----\n").is_err());
    }
}
