//! Whose certificates are trusted: those of the operator's own authorities, or the system's roots.

use crate::secrets::{self, SecretsError};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use strongroom_outgoing::RootsError;

/// Why there is nobody to trust.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// There are no authorities to trust.
    #[error(transparent)]
    Roots(#[from] RootsError),
    /// The file of our certificate chain cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The file has no certificate of ours.
    #[error("{}: it is no PEM file of a certificate chain", .0.display())]
    NoOwnCertificate(PathBuf),
    /// The file has no private key.
    #[error("{}: it is no PEM file of a private key", .0.display())]
    NoOwnKey(PathBuf),
    /// The file of our private key cannot be used.
    #[error("{0}")]
    Key(#[from] SecretsError),
    /// TLS cannot be set up.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
}

/// A certificate of our own, for servers that want one: PEM files.
#[derive(Clone, Copy)]
pub(crate) struct OwnCertificate<'a> {
    /// The chain, leaf first.
    pub(crate) chain: &'a Path,
    /// The leaf's private key, which nobody else may read.
    pub(crate) key: &'a Path,
}

/// TLS 1.2 or newer towards servers that these authorities, or the system's, vouch for. ALPN names no protocol: HTTP/1.1
/// and syslog are what a server without it speaks.
pub(crate) fn tls(
    authorities: Option<&Path>,
    own_certificate: Option<OwnCertificate<'_>>,
) -> Result<Arc<ClientConfig>, TrustError> {
    let roots = strongroom_outgoing::roots(authorities, "ca")?;
    let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_root_certificates(roots);
    let mut config = match own_certificate {
        Some(own) => builder.with_client_auth_cert(chain(own.chain)?, key(own.key)?)?,
        None => builder.with_no_client_auth(),
    };
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let pem = std::fs::read(file).map_err(|error| TrustError::File { path: file.to_owned(), error })?;
    let wrong = || TrustError::NoOwnCertificate(file.to_owned());
    let chain = CertificateDer::pem_slice_iter(&pem).collect::<Result<Vec<_>, _>>().map_err(|_| wrong())?;
    if chain.is_empty() { Err(wrong()) } else { Ok(chain) }
}

fn key(file: &Path) -> Result<PrivateKeyDer<'static>, TrustError> {
    let pem = secrets::private_file(file)?;
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| TrustError::NoOwnKey(file.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_authority_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        let refused = || tls(Some(&file), None).map(drop).unwrap_err();
        assert!(matches!(refused(), TrustError::Roots(RootsError::File { .. })));
        std::fs::write(&file, "no PEM").unwrap();
        assert!(matches!(refused(), TrustError::Roots(RootsError::NoCertificates(_))));
    }

    #[test]
    fn own_certificate_needs_a_key_that_nobody_else_may_read() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let (chain_file, key_file) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        std::fs::write(&chain_file, "no PEM").unwrap();
        std::fs::write(&key_file, "no PEM").unwrap();
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(chain(&chain_file), Err(TrustError::NoOwnCertificate(_))));
        assert!(matches!(key(&key_file), Err(TrustError::Key(_))));
        std::fs::set_permissions(&key_file, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(key(&key_file), Err(TrustError::NoOwnKey(_))));
    }
}
