//! The discovery document of a provider (OpenID Connect Discovery 1.0, sections 3 and 4.3): what it says of the key set,
//! and whether that may be believed.

use crate::address::Address;
use crate::fetch::FetchError;
use crate::issuer::{Issuer, Source};
use serde::Deserialize;
use strongroom_control::IssuerSetting;

/// What is read of it.
#[derive(Deserialize)]
struct Document {
    issuer: String,
    jwks_uri: String,
}

/// The address of the key set by the document of an issuer, which was found at `at`. The document must be of this very
/// issuer, and the key set on the same host and port: a provider names no other server than the operator did.
pub(crate) fn key_set(issuer: &str, at: &Address, document: &[u8]) -> Result<Address, FetchError> {
    let document: Document = serde_json::from_slice(document).map_err(|_| FetchError::NoDiscovery)?;
    if document.issuer != issuer {
        return Err(FetchError::OtherIssuer);
    }
    let address = Address::parse(&document.jwks_uri).map_err(FetchError::KeySetAddress)?;
    if address.is_beside(at) { Ok(address) } else { Err(FetchError::Elsewhere(address.to_string())) }
}

/// The address that the key set of an issuer of the list is fetched from, when its discovery document is this one; `None` if
/// there is none that may be used. For whoever tests the reading: the fetcher goes the same way in steps.
pub fn key_set_address(setting: &IssuerSetting, document: &[u8]) -> Option<String> {
    let issuer = Issuer::read(setting).ok()?;
    let address = match issuer.source() {
        Source::KeySet(address) => address.clone(),
        Source::Discovery(at) => key_set(issuer.name(), at, document).ok()?,
    };
    Some(address.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::AddressError;

    const ISSUER: &str = "https://idp.example/one";

    fn read(document: &str) -> Result<String, FetchError> {
        let at = Address::parse("https://idp.example/one/.well-known/openid-configuration").unwrap();
        key_set(ISSUER, &at, document.as_bytes()).map(|address| address.to_string())
    }

    fn document(issuer: &str, jwks_uri: &str) -> String {
        format!("{{\"issuer\":\"{issuer}\",\"jwks_uri\":\"{jwks_uri}\",\"grant_types_supported\":[]}}")
    }

    #[test]
    fn the_key_set_is_where_the_issuers_own_document_says() {
        let found = read(&document(ISSUER, "https://idp.example/one/certs?v=3"));
        assert_eq!(found, Ok("https://idp.example/one/certs?v=3".to_owned()));
    }

    #[test]
    fn address_is_the_documents_or_the_operators() {
        let discovered = IssuerSetting { issuer: ISSUER.to_owned(), jwks_url: None };
        let good = document(ISSUER, "https://idp.example/certs");
        let found = key_set_address(&discovered, good.as_bytes());
        assert_eq!(found.as_deref(), Some("https://idp.example/certs"));
        assert_eq!(key_set_address(&discovered, b"{}"), None);
        let named = IssuerSetting { jwks_url: Some("https://keys.example".to_owned()), ..discovered };
        assert_eq!(key_set_address(&named, b"{}").as_deref(), Some("https://keys.example/"));
    }

    #[test]
    fn document_of_another_issuer_is_refused() {
        for other in ["https://idp.example", "https://idp.example/one/", "https://evil.example/one", ""] {
            assert_eq!(read(&document(other, "https://idp.example/certs")), Err(FetchError::OtherIssuer));
        }
    }

    #[test]
    fn key_set_on_another_server_is_refused() {
        for elsewhere in
            ["https://evil.example/certs", "https://idp.example:8443/certs", "https://127.0.0.1/"]
        {
            assert_eq!(read(&document(ISSUER, elsewhere)), Err(FetchError::Elsewhere(elsewhere.to_owned())),);
        }
    }

    #[test]
    fn key_set_that_is_no_https_address_is_refused() {
        for (uri, fault) in [
            ("http://idp.example/certs", AddressError::NotHttps),
            ("/certs", AddressError::NotHttps),
            ("https://idp.example@evil.example/", AddressError::UserInfo),
        ] {
            assert_eq!(read(&document(ISSUER, uri)), Err(FetchError::KeySetAddress(fault)));
        }
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let twice =
            format!("{{\"issuer\":\"{ISSUER}\",\"issuer\":\"x\",\"jwks_uri\":\"https://idp.example/\"}}");
        for text in ["", "<html>", "[]", "{}", "{\"issuer\":1,\"jwks_uri\":2}", twice.as_str()] {
            assert_eq!(read(text), Err(FetchError::NoDiscovery), "{text}");
        }
    }
}
