//! An https address (RFC 3986), as narrow as the fetcher needs it: no user, no fragment, plain ASCII.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// The longest address, in bytes.
const ADDRESS_BYTES_MAX: usize = 2_048;

/// The port of https.
const HTTPS_PORT: u16 = 443;

/// Why a text is no address that may be fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Another scheme, or none.
    #[error("it does not begin with https://")]
    NotHttps,
    /// Longer than 2,048 bytes.
    #[error("it is longer than 2,048 bytes")]
    TooLong,
    /// A character that no address has.
    #[error("it has a character that must be percent-encoded")]
    Character,
    /// A user, and maybe a password, before the host.
    #[error("it names a user")]
    UserInfo,
    /// A query where there must be none.
    #[error("it has a query")]
    Query,
    /// A fragment.
    #[error("it has a fragment")]
    Fragment,
    /// Neither a DNS name nor an IP address.
    #[error("its host is neither a DNS name nor an IP address")]
    Host,
    /// Not a number from 1 to 65,535.
    #[error("its port is no number from 1 to 65535")]
    Port,
}

/// Where something is fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// A DNS name in small letters, or an IP address without brackets.
    host: String,
    port: u16,
    /// Path and query as a request line has them; begins with `/`.
    target: String,
}

impl Address {
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > ADDRESS_BYTES_MAX {
            return Err(AddressError::TooLong);
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&byte)) {
            return Err(AddressError::Character);
        }
        let rest = text.strip_prefix("https://").ok_or(AddressError::NotHttps)?;
        if rest.contains('#') {
            return Err(AddressError::Fragment);
        }
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(AddressError::UserInfo);
        }
        let (host, port) = host_and_port(authority)?;
        let lead = if target.starts_with('/') { "" } else { "/" };
        Ok(Self { host, port, target: format!("{lead}{target}") })
    }

    /// The host as names are looked up and certificates are checked.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Path and query.
    pub(crate) fn target(&self) -> &str {
        &self.target
    }

    pub(crate) fn has_query(&self) -> bool {
        self.target.contains('?')
    }

    /// The value of the Host header.
    pub(crate) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == HTTPS_PORT { host } else { format!("{host}:{}", self.port) }
    }

    /// Whether both are of one server.
    pub(crate) fn is_beside(&self, other: &Self) -> bool {
        self.host == other.host && self.port == other.port
    }

    /// The address of something below this one. A slash at the end of this one does not count (OpenID Connect Discovery
    /// 1.0, section 4).
    pub(crate) fn below(&self, path: &str) -> Self {
        let target = format!("{}/{path}", self.target.strip_suffix('/').unwrap_or(&self.target));
        Self { target, ..self.clone() }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}{}", self.authority(), self.target)
    }
}

fn host_and_port(authority: &str) -> Result<(String, u16), AddressError> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or(AddressError::Host)?;
        let host: Ipv6Addr = host.parse().map_err(|_| AddressError::Host)?;
        let port = match port.strip_prefix(':') {
            Some(port) => read_port(port)?,
            None if port.is_empty() => HTTPS_PORT,
            None => return Err(AddressError::Host),
        };
        return Ok((host.to_string(), port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, read_port(port)?),
        None => (authority, HTTPS_PORT),
    };
    if !is_host(host) {
        return Err(AddressError::Host);
    }
    Ok((host.to_ascii_lowercase(), port))
}

fn read_port(text: &str) -> Result<u16, AddressError> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let port = text.parse::<u16>().ok().filter(|port| digits && *port != 0);
    port.ok_or(AddressError::Port)
}

fn is_host(host: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host.parse::<IpAddr>().is_ok() || (host.len() <= 253 && host.split('.').all(label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(text: &str) -> (String, u16, String) {
        let address = Address::parse(text).unwrap();
        (address.host().to_owned(), address.port(), address.target().to_owned())
    }

    #[test]
    fn addresses_are_taken_apart() {
        for (text, host, port, target) in [
            ("https://idp.example", "idp.example", 443, "/"),
            ("https://IDP.example/", "idp.example", 443, "/"),
            ("https://idp.example:8443/realms/one", "idp.example", 8443, "/realms/one"),
            ("https://idp.example/keys?p=a&q=/b:@", "idp.example", 443, "/keys?p=a&q=/b:@"),
            ("https://idp.example?p=a", "idp.example", 443, "/?p=a"),
            ("https://127.0.0.1:9/", "127.0.0.1", 9, "/"),
            ("https://[::1]:9/x", "::1", 9, "/x"),
            ("https://[::1]", "::1", 443, "/"),
            ("https://a_b.example/a=b,c", "a_b.example", 443, "/a=b,c"),
        ] {
            assert_eq!(parts(text), (host.to_owned(), port, target.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_may_not_be_fetched_from_is_refused_by_its_fault() {
        use AddressError as E;
        let long = format!("https://idp.example/{}", "x".repeat(ADDRESS_BYTES_MAX));
        for (text, fault) in [
            ("", E::NotHttps),
            ("http://idp.example", E::NotHttps),
            ("HTTPS://idp.example", E::NotHttps),
            ("file:///etc/passwd", E::NotHttps),
            ("https://user@idp.example", E::UserInfo),
            ("https://idp.example:secret@evil.example/", E::UserInfo),
            ("https://idp.example/#x", E::Fragment),
            ("https://idp.example#@evil.example/", E::Fragment),
            ("https://idp.example\\@evil.example/", E::Character),
            ("https://idp.example/a b", E::Character),
            ("https://idp.example/\r\nHost: evil", E::Character),
            ("https://idp.example/\u{e9}", E::Character),
            ("https:///x", E::Host),
            ("https://", E::Host),
            ("https://idp..example", E::Host),
            ("https://idp.example./", E::Host),
            ("https://-idp.example", E::Host),
            ("https://[::1", E::Host),
            ("https://[::1]9", E::Host),
            ("https://[idp.example]/", E::Host),
            ("https://*.example/", E::Host),
            ("https://idp.example:", E::Port),
            ("https://idp.example:0", E::Port),
            ("https://idp.example:+443", E::Port),
            ("https://idp.example:65536", E::Port),
            ("https://idp.example:443:443", E::Port),
            (long.as_str(), E::TooLong),
        ] {
            assert_eq!(Address::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn another_port_or_host_is_another_server() {
        let address = |text| Address::parse(text).unwrap();
        let here = address("https://idp.example/a");
        assert!(here.is_beside(&address("https://IDP.example:443/b")));
        for other in ["https://idp.example:8443/a", "https://keys.idp.example/a", "https://example/a"] {
            assert!(!here.is_beside(&address(other)), "{other}");
        }
    }

    #[test]
    fn a_slash_at_the_end_does_not_count_below() {
        for (text, below) in [
            ("https://idp.example", "https://idp.example/x"),
            ("https://idp.example/", "https://idp.example/x"),
            ("https://idp.example:9/a/", "https://idp.example:9/a/x"),
            ("https://[::1]:9/a", "https://[::1]:9/a/x"),
        ] {
            assert_eq!(Address::parse(text).unwrap().below("x").to_string(), below);
        }
    }

    proptest! {
        #[test]
        fn what_is_taken_is_printed_as_the_same_address(text in "https://[a-zA-Z0-9.:@\\[\\]/?#%_-]{0,40}") {
            if let Ok(address) = Address::parse(&text) {
                prop_assert_eq!(Address::parse(&address.to_string()), Ok(address));
            }
        }

        #[test]
        fn no_text_is_too_odd(text in ".{0,60}") {
            let _ = Address::parse(&text);
        }
    }
}
