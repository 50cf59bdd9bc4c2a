//! Traces: what a sampled request spent its time on, as a line of OTLP in JSON (OpenTelemetry protocol 1.x, JSON encoding), which
//! OpenTelemetry's collector reads.
//!
//! A client cannot make its requests sampled: the request id decides, which is minted here. A `traceparent` that the client sends (W3C
//! Trace Context, version 00) only says where in its own trace the spans belong. Spans name the operation and the outcome,
//! never a key, a caller or a parameter.

use crate::received::{Received, Response};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};
use strongroom_types::{RequestId, Timestamp};

tokio::task_local! {
    /// The stages of the request that this task serves and when each ended; there only if the request is sampled.
    static STAGES: RefCell<Vec<(&'static str, Instant)>>;
}

/// A stage of a request ended. Nothing happens unless the request is sampled.
pub(crate) fn stage_ended(stage: &'static str) {
    let _ = STAGES.try_with(|stages| stages.borrow_mut().push((stage, Instant::now())));
}

/// Where spans go.
pub trait SpanSink: Send + Sync {
    /// Takes the spans of one request, a line with its end. It must not wait: what it has no room for it drops.
    fn take(&self, line: Vec<u8>);
}

/// Which requests are sampled, and where their spans go.
#[derive(Clone)]
pub struct Traces {
    per_million: u32,
    sink: Arc<dyn SpanSink>,
}

impl Traces {
    /// Samples so many of a million requests.
    pub fn new(per_million: u32, sink: Arc<dyn SpanSink>) -> Self {
        Self { per_million, sink }
    }

    /// Whether a request is sampled: its id is random.
    pub(crate) fn samples(&self, request: RequestId) -> bool {
        own_id(request) % 1_000_000 < u64::from(self.per_million)
    }

    /// Answers a sampled request; `at` is the wall clock now.
    pub(crate) async fn follow(
        &self,
        at: Timestamp,
        received: &Received<'_>,
        answer: impl Future<Output = Response>,
    ) -> Response {
        let began = Instant::now();
        let followed = async {
            let response = answer.await;
            (response, STAGES.with(|stages| stages.take()))
        };
        let (response, stages) = STAGES.scope(RefCell::default(), followed).await;
        let took = Took { at, began, ended: Instant::now(), stages };
        let mut line = spans(received, &response, &took).to_string().into_bytes();
        line.push(b'\n');
        self.sink.take(line);
        response
    }
}

/// When a request began and its stages ended.
struct Took {
    at: Timestamp,
    began: Instant,
    ended: Instant,
    stages: Vec<(&'static str, Instant)>,
}

impl Took {
    /// A moment as OTLP has it: nanoseconds since 1970, as text.
    fn nanoseconds(&self, moment: Instant) -> String {
        let began = Duration::from_millis(self.at.millis());
        (began + moment.saturating_duration_since(self.began)).as_nanos().to_string()
    }
}

/// The last eight bytes of a request id: random but for two bits, of which one is set.
fn own_id(request: RequestId) -> u64 {
    let [.., a, b, c, d, e, f, g, h] = request.bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// The client's trace and the span that the request belongs under.
fn parent(received: &Received<'_>) -> Option<([u8; 16], [u8; 8])> {
    let mut parts = received.header("traceparent")?.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let trace: [u8; 16] = const_hex::decode_to_array(trace).ok()?;
    let span: [u8; 8] = const_hex::decode_to_array(span).ok()?;
    (version == "00" && trace != [0; 16] && span != [0; 8]).then_some((trace, span))
}

/// `ExportTraceServiceRequest` with the spans of one request: itself, and its stages below it.
fn spans(received: &Received<'_>, response: &Response, took: &Took) -> Value {
    let parent = parent(received);
    let trace = const_hex::encode(parent.map_or_else(|| received.request_id.bytes(), |(trace, _)| trace));
    let own = own_id(received.request_id);
    let mut attributes = vec![
        text("rpc.system.name", "aws-api"),
        text("rpc.service", response.operation.service()),
        text("rpc.method", response.operation.name()),
        text("aws.request_id", &received.request_id.text()),
        json!({ "key": "http.response.status_code", "value": { "intValue": response.status.to_string() } }),
    ];
    attributes.extend(response.error.map(|error| text("error.type", error)));
    let mut spans = vec![json!({
        "traceId": trace,
        "spanId": format!("{own:016x}"),
        "parentSpanId": parent.map(|(_, span)| const_hex::encode(span)).unwrap_or_default(),
        "name": response.operation.name(),
        "kind": 2, // SPAN_KIND_SERVER
        "startTimeUnixNano": took.nanoseconds(took.began),
        "endTimeUnixNano": took.nanoseconds(took.ended),
        "attributes": attributes,
        // STATUS_CODE_ERROR for faults of ours; a refusal is an answer.
        "status": if response.status >= 500 { json!({ "code": 2 }) } else { json!({}) },
    })];
    let mut from = took.began;
    for (number, (stage, ended)) in (1_u64..).zip(&took.stages) {
        spans.push(json!({
            "traceId": trace,
            "spanId": format!("{:016x}", own.wrapping_add(number)),
            "parentSpanId": format!("{own:016x}"),
            "name": stage,
            "kind": 1, // SPAN_KIND_INTERNAL
            "startTimeUnixNano": took.nanoseconds(from),
            "endTimeUnixNano": took.nanoseconds(*ended),
        }));
        from = *ended;
    }
    json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", "strongroom")] },
        "scopeSpans": [{ "scope": { "name": "strongroom", "version": env!("CARGO_PKG_VERSION") }, "spans": spans }],
    }] })
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}
