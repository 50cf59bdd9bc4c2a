//! Whose certificates are trusted for fetching: the operator's own authorities, or the system's.

use rustls::RootCertStore;
use std::path::Path;
use strongroom_outgoing::RootsError;

/// Refuses a file that cannot be what `--oidc-ca` names: PEM, one certificate or more, each of an authority.
pub fn check_authorities(file: &Path) -> Result<(), RootsError> {
    strongroom_outgoing::authorities(file).map(drop)
}

/// The authorities of the operator's file, or the system's roots if there is none.
pub(crate) fn roots(file: Option<&Path>) -> Result<RootCertStore, RootsError> {
    strongroom_outgoing::roots(file, "--oidc-ca")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_no_authority_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        assert!(matches!(check_authorities(&file), Err(RootsError::File { .. })));
        std::fs::write(&file, "no PEM").unwrap();
        assert!(matches!(check_authorities(&file), Err(RootsError::NoCertificates(_))));
        assert!(matches!(roots(Some(&file)), Err(RootsError::NoCertificates(_))));
    }
}
