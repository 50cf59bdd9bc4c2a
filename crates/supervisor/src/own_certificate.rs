//! The operator's own certificate and key. What TLS can use of them the front finds out; here only what a mixed-up or
//! empty file shows is said, with the file's name.

use crate::{Config, SupervisorError};
use std::path::Path;
use strongroom_control::{SecretText, TlsIdentity};

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Reads both files.
pub(crate) fn read(chain: &Path, key: &Path) -> Result<TlsIdentity, SupervisorError> {
    let chain_pem = text(chain)?;
    if certificates_only(&chain_pem).is_empty() {
        return Err(wrong(chain, "holds no certificate in PEM form (BEGIN CERTIFICATE)"));
    }
    let key_pem = SecretText::new(text(key)?);
    if !key_pem.expose().contains("PRIVATE KEY-----") {
        return Err(wrong(key, "holds no private key in PEM form (BEGIN PRIVATE KEY)"));
    }
    if key_pem.expose().contains("ENCRYPTED") {
        return Err(wrong(key, "the private key is encrypted; give it without a passphrase, mode 0600"));
    }
    Ok(TlsIdentity { chain_pem, key_pem })
}

fn wrong(path: &Path, reason: &'static str) -> SupervisorError {
    SupervisorError::OwnCertificate { path: path.to_owned(), reason }
}

fn text(path: &Path) -> Result<String, SupervisorError> {
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::InvalidData => wrong(path, "is not text in PEM form"),
        _ => SupervisorError::File { path: path.to_owned(), error },
    })?;
    if text.trim().is_empty() {
        return Err(wrong(path, "is empty"));
    }
    Ok(text)
}

/// What the front says, with the files' names where it is about the operator's own certificate.
pub(crate) fn with_names(config: &Config, said: String) -> String {
    match (&config.tls_cert, &config.tls_key) {
        (Some(chain), Some(key)) if said.contains("KeyMismatch") => {
            format!("the key in {} does not belong to the certificate in {}", key.display(), chain.display())
        }
        (Some(chain), Some(key)) if said.starts_with("the certificate") => {
            format!("{} and {}: {said}", chain.display(), key.display())
        }
        _ => said,
    }
}

/// The certificates of a PEM file and nothing else that may be in it, such as a private key.
pub(crate) fn certificates_only(pem: &str) -> String {
    let mut public = String::new();
    let mut rest = pem;
    while let Some((_, after)) = rest.split_once(BEGIN) {
        let Some((body, next)) = after.split_once(END) else { break };
        // A block that never ended before another began is no certificate.
        if !body.contains("-----") {
            public.push_str(BEGIN);
            public.push_str(body);
            public.push_str(END);
            public.push('\n');
        }
        rest = next;
    }
    public
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_part_holds_no_key() {
        let certificate = "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n";
        let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
        let cut = "-----BEGIN CERTIFICATE-----\nQUJD\n";
        assert_eq!(
            certificates_only(&format!("{key}{certificate}{key}{certificate}")),
            certificate.repeat(2)
        );
        assert_eq!(certificates_only(&format!("{cut}{key}{certificate}")), "");
        assert_eq!(certificates_only(cut), "");
    }

    #[test]
    fn unusable_file_is_named_with_what_is_wrong() {
        let temporary = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let path = temporary.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        };
        let certificate = file("good.pem", "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n");
        let key = file("key.pem", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n");
        assert!(read(&certificate, &key).is_ok());
        let empty = file("empty.pem", "\n");
        let locked = file("locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nQQ==\n");
        let missing = temporary.path().join("missing.pem");
        for (chain, key, named, reason) in [
            (&empty, &key, &empty, "is empty"),
            (&key, &key, &key, "no certificate"),
            (&certificate, &certificate, &certificate, "no private key"),
            (&certificate, &empty, &empty, "is empty"),
            (&certificate, &locked, &locked, "encrypted"),
            (&missing, &key, &missing, "No such file"),
        ] {
            let said = read(chain, key).unwrap_err().to_string();
            assert!(said.contains(&named.display().to_string()) && said.contains(reason), "{said}");
        }
    }
}
