//! Whose certificates are trusted: those of the operator's own authorities, or the system's roots.

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
    #[error("the system's root certificates are not found; name others with {setting}")]
    NoSystemRoots {
        /// What the operator names a file with.
        setting: &'static str,
    },
}

/// The authorities of the operator's file, or the system's roots if there is none. `setting` is what names the file.
pub fn roots(file: Option<&Path>, setting: &'static str) -> Result<RootCertStore, RootsError> {
    match file {
        Some(file) => authorities(file),
        None => system().ok_or(RootsError::NoSystemRoots { setting }),
    }
}

/// The authorities of a PEM file: one certificate or more, each of an authority.
pub fn authorities(file: &Path) -> Result<RootCertStore, RootsError> {
    let pem = std::fs::read(file).map_err(|error| RootsError::File { path: file.to_owned(), error })?;
    let wrong = || RootsError::NoCertificates(file.to_owned());
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        roots.add(certificate.map_err(|_| wrong())?).map_err(|_| wrong())?;
    }
    if roots.is_empty() { Err(wrong()) } else { Ok(roots) }
}

/// Roots that rustls cannot read are left out: systems carry old ones along.
fn system() -> Option<RootCertStore> {
    let mut roots = RootCertStore::empty();
    let (trusted, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    (trusted > 0).then_some(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BROKEN: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    fn certificate() -> String {
        rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap().cert.pem()
    }

    #[test]
    fn every_certificate_of_the_file_is_trusted_and_no_root_of_the_system() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        std::fs::write(&file, [certificate(), certificate()].concat()).unwrap();
        assert_eq!(roots(Some(&file), "ca").unwrap().len(), 2);
    }

    #[test]
    fn what_names_no_authority_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        assert!(matches!(authorities(&file), Err(RootsError::File { .. })));
        let one_of_two = format!("{}{BROKEN}", certificate());
        for text in ["", "no PEM", BROKEN, one_of_two.as_str()] {
            std::fs::write(&file, text).unwrap();
            assert!(matches!(authorities(&file), Err(RootsError::NoCertificates(_))), "{text}");
        }
    }

    #[test]
    fn whoever_lacks_roots_is_told_the_setting() {
        let said = RootsError::NoSystemRoots { setting: "--oidc-ca" }.to_string();
        assert_eq!(said, "the system's root certificates are not found; name others with --oidc-ca");
    }
}
