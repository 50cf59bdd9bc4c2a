//! What the listener hands to the line, and what the line hands back.

use crate::figures::OperationNumber;
use crate::quota::Sending;
use std::net::IpAddr;
use strongroom_types::{RequestId, WipedBytes};

/// A whole request as it was received, within the limits of the listener.
#[derive(Debug)]
pub struct Received<'a> {
    /// Minted by the listener; on the answer and on the record.
    pub request_id: RequestId,
    /// The method.
    pub method: &'a str,
    /// The path, as received.
    pub path: &'a str,
    /// The query without its question mark, empty if there is none.
    pub query: &'a str,
    /// Lower-case names and values in order of arrival; HTTP/2's `:authority` as `host`.
    pub headers: Vec<(&'a str, &'a [u8])>,
    /// The body.
    pub body: &'a [u8],
    /// The peer's address.
    pub source: IpAddr,
    /// The same as text.
    pub source_text: &'a str,
    /// What was negotiated, or nothing on the plaintext listener.
    pub tls: Option<TlsFacts>,
}

/// What TLS negotiated, for the audit record.
#[derive(Clone, Copy, Debug)]
pub struct TlsFacts {
    /// `TLSv1.3`
    pub version: &'static str,
    /// `TLS_AES_128_GCM_SHA256`
    pub cipher_suite: &'static str,
    /// `X25519MLKEM768`
    pub key_exchange: &'static str,
}

impl Received<'_> {
    /// The first header of a lower-case name, if it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(n, _)| *n == name)?;
        std::str::from_utf8(found.1).ok()
    }
}

/// An answer, ready for the wire.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The content type, if the body has one.
    pub content_type: Option<&'static str>,
    /// The error's name, for the `x-amzn-ErrorType` header.
    pub error: Option<&'static str>,
    /// The body, which may hold a data key.
    pub body: WipedBytes,
    /// When it leaves.
    pub sending: Sending,
    /// Which operation answered, for the figures.
    pub operation: OperationNumber,
}

impl Response {
    /// The same, as the answer of an operation.
    pub(crate) fn of(self, operation: OperationNumber) -> Self {
        Self { operation, ..self }
    }
}
