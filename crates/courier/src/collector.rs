//! An OpenTelemetry collector, which takes audit records and spans alike: OTLP/HTTP with JSON.

use crate::connection::Way;
use crate::http::{Call, exchange};
use crate::sink::SinkError;
use hyper::Method;
use zeroize::Zeroizing;

/// The longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: usize = 64 << 10;

/// Where it is, and what authorizes us.
pub(crate) struct Collector {
    pub(crate) way: Way,
    pub(crate) path: String,
    /// The value of the Authorization header.
    pub(crate) authorization: Option<Zeroizing<String>>,
}

impl Collector {
    /// Posts a request of the protocol. The body of a success; whatever is none is an error.
    pub(crate) async fn post(&self, body: Vec<u8>) -> Result<Vec<u8>, SinkError> {
        let mut headers = vec![("content-type", "application/json".to_owned())];
        headers.extend(self.authorization.as_ref().map(|value| ("authorization", value.to_string())));
        let call = Call {
            method: Method::POST,
            target: &self.path,
            headers: &headers,
            body,
            answer_bytes_max: ANSWER_BYTES_MAX,
        };
        exchange(&self.way, call).await
    }
}
