//! One try for one issuer: its discovery document, unless the operator named the key set, then the key set.

use crate::address::{Address, AddressError};
use crate::discovery;
use crate::issuer::{Issuer, Source};
use strongroom_web_identity::{JWKS_BYTES_MAX, Jwks, JwksError};

/// The longest document, in bytes: a key set's limit is that of the reader too.
pub(crate) const DOCUMENT_BYTES_MAX: usize = JWKS_BYTES_MAX;

/// Why a try gave no key set. Texts are for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("no connection: {0}")]
    Connect(String),
    #[error("TLS: {0}")]
    Tls(String),
    #[error("HTTP: {0}")]
    Http(String),
    #[error("no whole answer within 5 s")]
    TooSlow,
    #[error("the answer is longer than 256 KiB")]
    TooLarge,
    #[error("the answer is a redirect ({0}), and redirects are not followed")]
    Redirect(u16),
    #[error("the answer has status {0}")]
    Status(u16),
    #[error("the discovery document is no JSON object with issuer and jwks_uri")]
    NoDiscovery,
    #[error("the discovery document is of another issuer")]
    OtherIssuer,
    #[error("the jwks_uri of the discovery document cannot be used: {0}")]
    KeySetAddress(AddressError),
    #[error(
        "the jwks_uri of the discovery document is on another server: {0}; to use it, list it: ISSUER=JWKS_URL"
    )]
    Elsewhere(String),
    #[error("{0}")]
    KeySet(#[from] JwksError),
}

/// The network: gets one document.
pub(crate) trait Network: Send + Sync + 'static {
    /// The body of the answer to one GET, at most [`DOCUMENT_BYTES_MAX`] long, within 5 s in all. Whatever is no plain
    /// success is an error.
    fn get(&self, address: &Address) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;
}

/// The key set of an issuer as it is published now.
pub(crate) async fn fetch(network: &impl Network, issuer: &Issuer) -> Result<String, FetchError> {
    let address = match issuer.source() {
        Source::KeySet(address) => address.clone(),
        Source::Discovery(at) => discovery::key_set(issuer.name(), at, &network.get(at).await?)?,
    };
    let body = network.get(&address).await?;
    // The front reads it again; here it is read so that what is no key set does not take the place of one.
    Jwks::parse(&body)?;
    String::from_utf8(body).map_err(|_| FetchError::KeySet(JwksError::Malformed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::issuer_setting;
    use std::collections::HashMap;
    use std::sync::Mutex;

    const DISCOVERY: &str = "https://idp.example/.well-known/openid-configuration";

    /// Documents by address, and what was asked for.
    struct Documents(HashMap<&'static str, &'static str>, Mutex<Vec<String>>);

    impl Network for Documents {
        async fn get(&self, address: &Address) -> Result<Vec<u8>, FetchError> {
            self.1.lock().unwrap().push(address.to_string());
            let document = self.0.get(address.to_string().as_str());
            document.map(|text| text.as_bytes().to_vec()).ok_or(FetchError::Status(404))
        }
    }

    async fn fetched(
        setting: &str,
        documents: &[(&'static str, &'static str)],
    ) -> (Result<String, FetchError>, usize) {
        let network = Documents(documents.iter().copied().collect(), Mutex::default());
        let issuer = Issuer::read(&issuer_setting(setting).unwrap()).unwrap();
        let outcome = fetch(&network, &issuer).await;
        let asked = network.1.lock().unwrap().len();
        (outcome, asked)
    }

    #[tokio::test]
    async fn discovery_then_the_key_set() {
        let document = r#"{"issuer":"https://idp.example","jwks_uri":"https://idp.example/certs"}"#;
        let documents = [(DISCOVERY, document), ("https://idp.example/certs", r#"{"keys":[]}"#)];
        let (outcome, asked) = fetched("https://idp.example", &documents).await;
        assert_eq!((outcome, asked), (Ok(r#"{"keys":[]}"#.to_owned()), 2));
    }

    #[tokio::test]
    async fn named_key_set_needs_no_discovery() {
        let documents = [("https://keys.example/certs", r#"{"keys":[]}"#)];
        let (outcome, asked) = fetched("https://idp.example=https://keys.example/certs", &documents).await;
        assert_eq!((outcome, asked), (Ok(r#"{"keys":[]}"#.to_owned()), 1));
    }

    #[tokio::test]
    async fn another_server_is_not_even_asked() {
        let document = r#"{"issuer":"https://idp.example","jwks_uri":"https://evil.example/certs"}"#;
        let documents = [(DISCOVERY, document), ("https://evil.example/certs", r#"{"keys":[]}"#)];
        let (outcome, asked) = fetched("https://idp.example", &documents).await;
        assert_eq!(outcome, Err(FetchError::Elsewhere("https://evil.example/certs".to_owned())));
        assert_eq!(asked, 1);
    }

    #[tokio::test]
    async fn what_is_no_key_set_is_refused() {
        for (text, fault) in [("{}", JwksError::Malformed), ("<html>", JwksError::Malformed)] {
            let documents = [("https://idp.example/certs", text)];
            let (outcome, _) = fetched("https://idp.example=https://idp.example/certs", &documents).await;
            assert_eq!(outcome, Err(FetchError::KeySet(fault)), "{text}");
        }
    }
}
