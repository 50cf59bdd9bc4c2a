//! The head of an HTTP request as it was received, borrowed from the listener.

use std::borrow::Cow;

/// What is signed besides the body.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The method, upper case as received.
    pub method: &'a str,
    /// The path as received, percent-escapes untouched.
    pub path: &'a str,
    /// The query as received without its `?`; empty when there is none.
    pub query: &'a str,
    /// Lower-case name and raw value, in order of arrival. HTTP/2's `:authority` is given as `host`.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> RequestHead<'a> {
    /// The first header of that (lower-case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| *value)
    }

    /// Every value of that (lower-case) name, in order of arrival.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &'a [u8]> {
        self.headers.iter().filter(move |(n, _)| *n == name).map(|(_, value)| *value)
    }
}

/// A header value as text; bytes that are none become replacement characters, which match nothing that is compared.
pub(crate) fn text(value: &[u8]) -> Cow<'_, str> {
    // First the fast check: the lossy one walks byte by byte.
    std::str::from_utf8(value).map_or_else(|_| String::from_utf8_lossy(value), Cow::Borrowed)
}
