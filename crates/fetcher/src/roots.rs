//! Whose certificates are trusted for fetching: the operator's own authorities, or the system's.

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::io;
use std::path::{Path, PathBuf};

/// Why there is nobody to trust.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The file holds something else, or nothing.
    #[error("{}: it is no PEM file of certificates of authorities", .0.display())]
    NoCertificates(PathBuf),
    /// The system has no roots where they are looked for.
    #[error("the system's root certificates are not found; name others with --oidc-ca")]
    NoSystemRoots,
}

/// Refuses a file that cannot be what `--oidc-ca` names: PEM, one certificate or more, each of an authority.
pub fn check_authorities(file: &Path) -> Result<(), RootsError> {
    own(file).map(drop)
}

/// The authorities of the operator's file, or the system's roots if there is none.
pub(crate) fn roots(file: Option<&Path>) -> Result<RootCertStore, RootsError> {
    match file {
        Some(file) => own(file),
        None => system(),
    }
}

fn own(file: &Path) -> Result<RootCertStore, RootsError> {
    let pem = std::fs::read(file).map_err(|error| RootsError::File { path: file.to_owned(), error })?;
    let wrong = || RootsError::NoCertificates(file.to_owned());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
    }
    if roots.is_empty() { Err(wrong()) } else { Ok(roots) }
}

/// Roots that rustls cannot read are left out: systems carry old ones along.
fn system() -> Result<RootCertStore, RootsError> {
    let mut roots = RootCertStore::empty();
    let (trusted, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if trusted == 0 { Err(RootsError::NoSystemRoots) } else { Ok(roots) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_authority_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        assert!(matches!(check_authorities(&file), Err(RootsError::File { .. })));
        let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for text in ["", "no PEM", broken] {
            std::fs::write(&file, text).unwrap();
            assert!(matches!(check_authorities(&file), Err(RootsError::NoCertificates(_))), "{text}");
        }
    }
}
