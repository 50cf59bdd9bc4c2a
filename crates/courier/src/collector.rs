//! An OpenTelemetry collector, which takes audit records and spans alike: OTLP/HTTP with JSON.

use crate::connection::Way;
use crate::http::{Call, exchange};
use crate::sink::SinkError;
use hyper::Method;
use serde::Deserialize;
use serde_json::Value;
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
            answer_bytes_max: Some(ANSWER_BYTES_MAX),
        };
        exchange(&self.way, call).await
    }
}

/// What of an answer is read (ExportLogsServiceResponse, ExportTraceServiceResponse).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Answer {
    partial_success: PartialSuccess,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct PartialSuccess {
    /// A number, or a text.
    #[serde(alias = "rejectedLogRecords", alias = "rejectedSpans")]
    rejected: Value,
    error_message: String,
}

/// How many records or spans of an accepted request are rejected, and why. An answer that cannot be read rejects none: it
/// is a success.
pub(crate) fn rejected(answer: &[u8]) -> Option<(u64, String)> {
    let answer: Answer = serde_json::from_slice(answer).ok()?;
    let PartialSuccess { rejected, error_message } = answer.partial_success;
    let rejected = rejected.as_u64().or_else(|| rejected.as_str()?.parse().ok())?;
    let why = error_message.chars().filter(|c| !c.is_control()).take(200).collect();
    (rejected > 0).then_some((rejected, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejections_are_read_as_number_and_as_text() {
        let of = |text: &str| rejected(text.as_bytes()).map(|(number, _)| number);
        assert_eq!(of(r#"{"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"x"}}"#), Some(3));
        assert_eq!(of(r#"{"partialSuccess":{"rejectedLogRecords":3}}"#), Some(3));
        assert_eq!(of(r#"{"partialSuccess":{"rejectedSpans":"3"}}"#), Some(3));
        for none in
            ["{}", "", "ok", r#"{"partialSuccess":{}}"#, r#"{"partialSuccess":{"rejectedLogRecords":0}}"#]
        {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
