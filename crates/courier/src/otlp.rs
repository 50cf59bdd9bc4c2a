//! OpenTelemetry logs: OTLP/HTTP with JSON (opentelemetry-proto, `logs/v1`). A batch is taken when the answer is a
//! success; records that a collector says it rejects are not sent again, as the protocol demands, but told.

use crate::collector::{Collector, rejected};
use crate::line::Line;
use crate::sink::{Batch, Sink, SinkError};
use serde_json::{Value, json};

/// Severity numbers (logs data model, "Severity Fields"): INFO and WARN.
const INFO: (u8, &str) = (9, "INFO");
const WARN: (u8, &str) = (13, "WARN");

/// The sink.
pub(crate) struct OtlpSink {
    pub(crate) collector: Collector,
    /// This machine's name.
    pub(crate) host: String,
}

impl Sink for OtlpSink {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let body = body(batch, &self.host, jiff::Timestamp::now()).to_string().into_bytes();
        let answer = self.collector.post(body).await?;
        if let Some((rejected, why)) = rejected(&answer) {
            let (first, last) = (batch.first(), batch.last());
            tracing::error!(rejected, %why, first, last, "an OpenTelemetry collector rejects audit records");
        }
        Ok(())
    }
}

fn body(batch: &Batch, host: &str, now: jiff::Timestamp) -> Value {
    let records: Vec<Value> = batch.lines().iter().map(|line| record(line, now)).collect();
    json!({
        "resourceLogs": [{
            "resource": { "attributes": [text("service.name", "strongroom"), text("host.name", host)] },
            "scopeLogs": [{ "scope": { "name": "strongroom.audit" }, "logRecords": records }],
        }]
    })
}

/// 64-bit numbers are texts in the JSON of protocol buffers.
fn record(line: &Line, now: jiff::Timestamp) -> Value {
    let facts = line.facts();
    let (number, name) = if facts.error_code.is_some() || line.kind == "gap" { WARN } else { INFO };
    let mut attributes = vec![
        json!({ "key": "strongroom.audit.sequence", "value": { "intValue": line.number.to_string() } }),
        text("strongroom.audit.kind", &line.kind),
    ];
    if !facts.event_name.is_empty() {
        attributes.push(text("strongroom.audit.event_name", &facts.event_name));
    }
    json!({
        "timeUnixNano": facts.at().unwrap_or(now).as_nanosecond().to_string(),
        "observedTimeUnixNano": now.as_nanosecond().to_string(),
        "severityNumber": number,
        "severityText": name,
        "body": { "stringValue": line.text() },
        "attributes": attributes,
    })
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::server;
    use crate::line::tests::{event, of};
    use zeroize::Zeroizing;

    #[test]
    fn body_has_the_shape_of_the_protocol() {
        let now = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        let denied = of("event", 8, "{\"errorCode\":\"AccessDenied\",\"eventName\":\"Decrypt\"}");
        let body = body(&Batch::new(vec![event(7), denied]).unwrap(), "host", now);
        let records = &body["resourceLogs"][0]["scopeLogs"][0]["logRecords"];
        assert_eq!(records[0]["timeUnixNano"], "1795622590000000000");
        assert_eq!(records[0]["observedTimeUnixNano"], "1800000000000000000");
        assert_eq!((&records[0]["severityNumber"], &records[1]["severityNumber"]), (&json!(9), &json!(13)));
        assert_eq!(records[0]["body"]["stringValue"], event(7).text());
        let sequence = json!({ "key": "strongroom.audit.sequence", "value": { "intValue": "7" } });
        assert_eq!(records[0]["attributes"][0], sequence);
        assert_eq!(records[1]["timeUnixNano"], "1800000000000000000", "a line without a time");
    }

    #[tokio::test]
    async fn a_batch_is_posted_with_what_authorizes_it() {
        let (way, served) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        let authorization = Some(Zeroizing::new("Bearer token".to_owned()));
        let collector = Collector { way, path: "/v1/logs".to_owned(), authorization };
        let mut sink = OtlpSink { collector, host: "h".to_owned() };
        sink.deliver(&Batch::new(vec![event(1)]).unwrap()).await.unwrap();
        let (head, body) = served.await.unwrap();
        assert!(head.starts_with("post /v1/logs http/1.1\r\n"), "{head}");
        assert!(head.contains("authorization: bearer token\r\n"), "{head}");
        assert!(serde_json::from_slice::<Value>(&body).unwrap()["resourceLogs"].is_array());
    }
}
