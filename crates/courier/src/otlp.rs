//! OpenTelemetry logs: OTLP/HTTP with JSON (opentelemetry-proto, `logs/v1`). A batch is taken when the answer is a
//! success; records that a collector says it rejects are not sent again, as the protocol demands, but told and counted.

use crate::collector::{Collector, rejected};
use crate::line::Line;
use crate::sink::{Batch, Sink, SinkError, Taken};
use serde::Serialize;
use std::borrow::Cow;

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
    async fn deliver(&mut self, batch: &Batch) -> Result<Taken, SinkError> {
        let body = serde_json::to_vec(&body(batch, &self.host, jiff::Timestamp::now()));
        let body = body.map_err(|error| SinkError::Inside(error.to_string()))?;
        let answer = self.collector.post(body).await?;
        let Some((rejected, why)) = rejected(&answer) else { return Ok(Taken::default()) };
        let (first, last) = (batch.first(), batch.last());
        tracing::error!(rejected, %why, first, last, "an OpenTelemetry collector rejects audit records");
        Ok(Taken { rejected })
    }
}

/// `ExportLogsServiceRequest`. It is written as it is, with no tree of values in between: at a thousand records a batch
/// that would cost more than the calls they are about.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Logs<'a> {
    resource_logs: [ResourceLogs<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceLogs<'a> {
    resource: Resource<'a>,
    scope_logs: [ScopeLogs<'a>; 1],
}

#[derive(Serialize)]
struct Resource<'a> {
    attributes: [Attribute<'a>; 2],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ScopeLogs<'a> {
    scope: Scope,
    log_records: Vec<LogRecord<'a>>,
}

#[derive(Serialize)]
struct Scope {
    name: &'static str,
}

/// 64-bit numbers are texts in the JSON of protocol buffers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogRecord<'a> {
    time_unix_nano: String,
    observed_time_unix_nano: String,
    severity_number: u8,
    severity_text: &'static str,
    body: AnyValue<'a>,
    attributes: Vec<Attribute<'a>>,
}

#[derive(Serialize)]
struct Attribute<'a> {
    key: &'static str,
    value: AnyValue<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum AnyValue<'a> {
    StringValue(Cow<'a, str>),
    IntValue(String),
}

fn body<'a>(batch: &'a Batch, host: &'a str, now: jiff::Timestamp) -> Logs<'a> {
    let log_records = batch.lines().iter().map(|line| record(line, now)).collect();
    let attributes = [text("service.name", "strongroom"), text("host.name", host)];
    let scope_logs = [ScopeLogs { scope: Scope { name: "strongroom.audit" }, log_records }];
    Logs { resource_logs: [ResourceLogs { resource: Resource { attributes }, scope_logs }] }
}

fn record(line: &Line, now: jiff::Timestamp) -> LogRecord<'_> {
    let facts = line.facts();
    let failed = facts.error_code.is_some() || line.kind == "gap";
    let (severity_number, severity_text) = if failed { WARN } else { INFO };
    let time_unix_nano = facts.at().unwrap_or(now).as_nanosecond().to_string();
    let sequence = AnyValue::IntValue(line.number.to_string());
    let mut attributes = vec![
        Attribute { key: "strongroom.audit.sequence", value: sequence },
        text("strongroom.audit.kind", line.kind.as_str()),
    ];
    if !facts.event_name.is_empty() {
        attributes.push(text("strongroom.audit.event_name", facts.event_name));
    }
    LogRecord {
        time_unix_nano,
        observed_time_unix_nano: now.as_nanosecond().to_string(),
        severity_number,
        severity_text,
        body: AnyValue::StringValue(line.text().into()),
        attributes,
    }
}

fn text<'a>(key: &'static str, value: impl Into<Cow<'a, str>>) -> Attribute<'a> {
    Attribute { key, value: AnyValue::StringValue(value.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::server;
    use crate::line::tests::{event, of};
    use serde_json::{Value, json};
    use zeroize::Zeroizing;

    #[test]
    fn body_has_the_shape_of_the_protocol() {
        let now = jiff::Timestamp::from_second(1_800_000_000).unwrap();
        let denied = of("event", 8, "{\"errorCode\":\"AccessDenied\",\"eventName\":\"Decrypt\"}");
        let batch = Batch::new(vec![event(7), denied]).unwrap();
        let body = serde_json::to_value(body(&batch, "host", now)).unwrap();
        let service = &body["resourceLogs"][0]["resource"]["attributes"][1];
        assert_eq!(*service, json!({ "key": "host.name", "value": { "stringValue": "host" } }));
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

    #[tokio::test]
    async fn records_that_a_collector_rejects_are_told() {
        for (answer, rejected) in
            [(r#"{"partialSuccess":{"rejectedLogRecords":"2"}}"#, 2), (r#"{"partialSuccess":{}}"#, 0)]
        {
            let length = answer.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{answer}");
            let (way, _served) = server(answer.leak()).await;
            let collector = Collector { way, path: "/v1/logs".to_owned(), authorization: None };
            let mut sink = OtlpSink { collector, host: "h".to_owned() };
            let taken = sink.deliver(&Batch::new(vec![event(1), event(2)]).unwrap()).await.unwrap();
            assert_eq!(taken, Taken { rejected });
        }
    }
}
