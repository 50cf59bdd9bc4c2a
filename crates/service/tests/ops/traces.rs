//! Spans of sampled requests: which requests, what they tell, and what they never tell.

use crate::plaintext::SECRET;
use crate::scenario::{ACCOUNT, Key, Scenario};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use strongroom_service::{SpanSink, Traces};

/// Keeps every line.
#[derive(Default)]
struct Kept(Mutex<Vec<Vec<u8>>>);

impl SpanSink for Kept {
    fn take(&self, line: Vec<u8>) {
        self.0.lock().unwrap().push(line);
    }
}

impl Kept {
    /// The spans of the request that ended last.
    fn last(&self) -> Vec<Value> {
        let lines = self.0.lock().unwrap();
        let line = lines.last().unwrap();
        assert!(line.ends_with(b"}\n") && line.iter().filter(|byte| **byte == b'\n').count() == 1);
        let mut line: Value = serde_json::from_slice(line).unwrap();
        serde_json::from_value(line["resourceSpans"][0]["scopeSpans"][0]["spans"].take()).unwrap()
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

/// A service that samples so many of a million, and a key.
async fn traced(per_million: u32) -> (Scenario, Arc<Kept>, Key) {
    let kept = Arc::new(Kept::default());
    let s = Scenario::start_traced(Some(Traces::new(per_million, kept.clone()))).await;
    let key = s.key().await;
    (s, kept, key)
}

fn nanoseconds(span: &Value, name: &str) -> u128 {
    span[name].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn sampled_request_tells_its_stages_one_after_the_other() {
    let (s, kept, key) = traced(1_000_000).await;
    s.blob(&key, SECRET).await;
    let spans = kept.last();
    let names: Vec<&str> = spans.iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["Encrypt", "authenticate", "perform", "record"]);
    let (request, stages) = spans.split_first().unwrap();
    assert_eq!((&request["kind"], &request["parentSpanId"]), (&json!(2), &json!("")));
    let mut from = nanoseconds(request, "startTimeUnixNano");
    assert_eq!(from / 1_000_000, u128::from(strongroom_types::Clock::now(s.clock()).millis()));
    for stage in stages {
        assert_eq!((&stage["traceId"], &stage["parentSpanId"]), (&request["traceId"], &request["spanId"]));
        assert_eq!(nanoseconds(stage, "startTimeUnixNano"), from);
        from = nanoseconds(stage, "endTimeUnixNano");
    }
    assert!(from <= nanoseconds(request, "endTimeUnixNano"));
}

#[tokio::test]
async fn refusal_tells_its_error_and_no_name_of_anybody() {
    let (s, kept, key) = traced(1_000_000).await;
    let input = json!({ "KeyId": key.arn, "Plaintext": SECRET });
    s.alice("Encrypt", input).await.refused_with("AccessDeniedException", &key.arn);
    let told = json!(kept.last()).to_string();
    assert!(
        told.contains(r#"{"key":"error.type","value":{"stringValue":"AccessDeniedException"}}"#),
        "{told}"
    );
    for private in [key.id.as_str(), "alice", ACCOUNT, s.alice.access_key_id.as_str(), SECRET] {
        assert!(!told.contains(private), "{private}");
    }
}

#[tokio::test]
async fn nothing_is_told_when_nothing_is_sampled_and_a_client_cannot_change_that() {
    let (s, kept, _) = traced(0).await;
    let mut request = s.signed(&s.root, "ListKeys", b"{}");
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    request.headers.push(("traceparent".to_owned(), parent.as_bytes().to_vec()));
    s.send(&request).await.succeeded();
    assert_eq!(kept.count(), 0);
}

#[tokio::test]
async fn spans_stand_under_the_span_of_the_client() {
    let (s, kept, _) = traced(1_000_000).await;
    let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let zero = "0".repeat(32);
    for (parent, is_taken) in [
        (format!("00-{trace}-{span}-01"), true),
        (format!("00-{trace}-{span}-00"), true),
        (format!("01-{trace}-{span}-01"), false),
        (format!("00-{zero}-{span}-01"), false),
        (format!("00-{trace}-0000000000000000-01"), false),
        (format!("00-{trace}"), false),
        ("\u{e9}".to_owned(), false),
    ] {
        let mut request = s.signed(&s.root, "ListKeys", b"{}");
        request.headers.push(("traceparent".to_owned(), parent.clone().into_bytes()));
        s.send(&request).await.succeeded();
        let told = kept.last().swap_remove(0);
        let found = (told["traceId"] == trace, told["parentSpanId"] == span);
        assert_eq!(found, (is_taken, is_taken), "{parent}");
    }
}

#[tokio::test]
async fn a_share_of_the_requests_is_sampled() {
    let (s, kept, _) = traced(500_000).await;
    let before = kept.count();
    for _ in 0..200 {
        s.root("ListKeys", json!({})).await.succeeded();
    }
    let sampled = kept.count() - before;
    // Of the seeded ids; far from none and from all.
    assert!((60..140).contains(&sampled), "{sampled}");
}
