//! The head of an HTTP request as it was received, borrowed from the listener.

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
