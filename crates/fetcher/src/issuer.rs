//! The operator's list: issuers, and where each one's key set is found.

use crate::address::{Address, AddressError};
use strongroom_control::IssuerSetting;

/// The path of the discovery document (OpenID Connect Discovery 1.0, section 4).
const DISCOVERY: &str = ".well-known/openid-configuration";

/// An issuer of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Issuer {
    name: String,
    source: Source,
}

/// Where the key set is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The document at this address says it.
    Discovery(Address),
    /// The operator says it.
    KeySet(Address),
}

impl Issuer {
    /// An issuer is an address without a query (OpenID Connect Core 1.0, section 2); a key set's may have one.
    pub(crate) fn read(setting: &IssuerSetting) -> Result<Self, AddressError> {
        let address = Address::parse(&setting.issuer)?;
        if address.has_query() {
            return Err(AddressError::Query);
        }
        let source = match &setting.jwks_url {
            Some(url) => Source::KeySet(Address::parse(url)?),
            None => Source::Discovery(address.below(DISCOVERY)),
        };
        Ok(Self { name: setting.issuer.clone(), source })
    }

    /// The issuer as tokens and discovery documents must name it, with `https://`.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }

    /// The port that is connected to: that of the key set is the same, or named by the operator.
    pub(crate) fn port(&self) -> u16 {
        match &self.source {
            Source::Discovery(address) | Source::KeySet(address) => address.port(),
        }
    }
}

/// Reads a value of `--oidc-issuer`: `ISSUER`, or `ISSUER=JWKS_URL`.
pub fn issuer_setting(text: &str) -> Result<IssuerSetting, AddressError> {
    let (issuer, jwks_url) = match text.split_once("=http") {
        Some((issuer, rest)) => (issuer, Some(format!("http{rest}"))),
        None => (text, None),
    };
    let setting = IssuerSetting { issuer: issuer.to_owned(), jwks_url };
    Issuer::read(&setting)?;
    Ok(setting)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> String {
        match Issuer::read(&issuer_setting(text).unwrap()).unwrap().source() {
            Source::Discovery(address) => format!("discovery {address}"),
            Source::KeySet(address) => format!("keys {address}"),
        }
    }

    #[test]
    fn an_issuer_is_discovered_unless_its_key_set_is_named() {
        for (text, wanted) in [
            ("https://idp.example", "discovery https://idp.example/.well-known/openid-configuration"),
            ("https://idp.example/", "discovery https://idp.example/.well-known/openid-configuration"),
            (
                "https://idp.example:8443/realms/a=b",
                "discovery https://idp.example:8443/realms/a=b/.well-known/openid-configuration",
            ),
            ("https://idp.example=https://keys.example/certs?v=3", "keys https://keys.example/certs?v=3"),
        ] {
            assert_eq!(source(text), wanted);
        }
        let setting = issuer_setting("https://idp.example/=https://keys.example/certs").unwrap();
        assert_eq!(setting.issuer, "https://idp.example/");
    }

    #[test]
    fn what_is_no_issuer_is_refused() {
        for (text, fault) in [
            ("idp.example", AddressError::NotHttps),
            ("https://idp.example?a=b", AddressError::Query),
            ("https://idp.example=http://keys.example/certs", AddressError::NotHttps),
            ("https://idp.example=https://a@keys.example/certs", AddressError::UserInfo),
            ("https://idp.example=", AddressError::Host),
        ] {
            assert_eq!(issuer_setting(text), Err(fault), "{text}");
        }
    }
}
