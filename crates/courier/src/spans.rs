//! Spans of sampled requests, sent for the front to an OpenTelemetry collector: OTLP/HTTP with JSON (opentelemetry-proto,
//! `trace/v1`). They are figures, not the record: a batch that the collector does not take after a few tries is dropped, and
//! what the collector does not have is counted.

use crate::assemble::{self, SettingError};
use crate::collector::{Collector, rejected};
use crate::secrets;
use crate::sink::SinkError;
use crate::target::{LOGS_PATH, SinkFault, Target};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use strongroom_control::{LostSpans, SinkSetting};
use tokio::sync::mpsc::Receiver;
use tokio::time::{sleep, timeout};

/// Batches that may wait.
pub(crate) const BATCHES_MAX: usize = 16;

/// Where traces are posted to when the URL has no path.
const TRACES_PATH: &str = "/v1/traces";

/// How long a try may take, and how long is waited before each further one.
const DEADLINE: Duration = Duration::from_secs(10);
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// What the URL of a collector begins with.
const SCHEMES: [&str; 2] = ["otlp+https://", "otlp+http://"];

/// The collector of a setting.
pub(crate) fn collector(setting: &SinkSetting) -> Result<Collector, SettingError> {
    // First, or another kind of sink would be missing what it needs.
    if !SCHEMES.iter().any(|scheme| setting.url.starts_with(scheme)) {
        return Err(SinkFault::Collector.into());
    }
    let Target::Otlp { server, tls, path } = Target::of(setting)? else {
        return Err(SinkFault::Collector.into());
    };
    let authorization = setting.secret_file.as_deref().map(secrets::secret).transpose()?;
    // A target without a path has that of logs.
    let path = if path == LOGS_PATH { TRACES_PATH.to_owned() } else { path };
    Ok(Collector { way: assemble::way(&server, tls, setting)?, path, authorization })
}

/// Refuses a collector that cannot be sent to as it is configured; its files are read.
pub fn check_collector(setting: &SinkSetting) -> Result<(), SettingError> {
    collector(setting).map(drop)
}

/// Spans that the collector does not have.
#[derive(Debug, Default)]
pub(crate) struct LostCounts {
    rejected: AtomicU64,
    undelivered: AtomicU64,
}

impl LostCounts {
    /// The collector took a batch and rejects so many spans of it; it may say any number.
    fn rejected(&self, said: u64, lines: &[String]) {
        self.rejected.fetch_add(said.min(count(lines)), Ordering::Relaxed);
    }

    /// A batch was not taken.
    pub(crate) fn undelivered(&self, lines: &[String]) {
        self.undelivered.fetch_add(count(lines), Ordering::Relaxed);
    }

    /// Since the start.
    pub(crate) fn read(&self) -> LostSpans {
        LostSpans {
            rejected: self.rejected.load(Ordering::Relaxed),
            undelivered: self.undelivered.load(Ordering::Relaxed),
        }
    }
}

/// How the collector took the last batch; a change is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Takes,
    Rejects,
    Fails,
}

/// Sends what comes, one batch after the other, until nobody can send any more; nowhere without a collector.
pub(crate) async fn deliver(
    collector: Option<Collector>,
    mut batches: Receiver<Vec<String>>,
    lost: Arc<LostCounts>,
) {
    let mut before = Standing::Takes;
    while let Some(lines) = batches.recv().await {
        let Some(collector) = &collector else { continue };
        let now = match take(collector, &body(&lines)).await.map(|answer| rejected(&answer)) {
            Ok(None) => {
                if before != Standing::Takes {
                    tracing::info!("the collector takes traces again");
                }
                Standing::Takes
            }
            Ok(Some((said, why))) => {
                lost.rejected(said, &lines);
                if before != Standing::Rejects {
                    tracing::warn!(rejected = said, %why, "the collector rejects spans of traces");
                }
                Standing::Rejects
            }
            Err(error) => {
                lost.undelivered(&lines);
                if before != Standing::Fails {
                    tracing::warn!(%error, "the collector does not take traces");
                }
                Standing::Fails
            }
        };
        before = now;
    }
}

/// A few tries; the answer.
async fn take(collector: &Collector, body: &str) -> Result<Vec<u8>, SinkError> {
    let mut outcome = post(collector, body).await;
    for pause in PAUSES {
        if outcome.is_ok() {
            break;
        }
        sleep(pause).await;
        outcome = post(collector, body).await;
    }
    outcome
}

/// One try.
async fn post(collector: &Collector, body: &str) -> Result<Vec<u8>, SinkError> {
    let answered = timeout(DEADLINE, collector.post(body.as_bytes().to_vec())).await;
    answered.unwrap_or(Err(SinkError::TooSlow(DEADLINE)))
}

/// `ExportTraceServiceRequest` of one request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spans<'a> {
    #[serde(borrow)]
    resource_spans: Vec<&'a RawValue>,
}

/// All of them in one. What is none is left out.
fn body(lines: &[String]) -> String {
    let of = |line: &String| -> Vec<String> {
        let spans: Result<Spans<'_>, _> = serde_json::from_str(line);
        spans
            .map(|spans| spans.resource_spans.iter().map(|one| one.get().to_owned()).collect())
            .unwrap_or_default()
    };
    let all: Vec<String> = lines.iter().flat_map(of).collect();
    format!("{{\"resourceSpans\":[{}]}}", all.join(","))
}

/// The same, to be counted.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Counted {
    resource_spans: Vec<CountedResource>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CountedResource {
    scope_spans: Vec<CountedScope>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct CountedScope {
    spans: Vec<IgnoredAny>,
}

/// How many spans there are.
fn count(lines: &[String]) -> u64 {
    let of = |line: &String| serde_json::from_str::<Counted>(line).unwrap_or_default();
    let resources = lines.iter().flat_map(|line| of(line).resource_spans);
    resources.flat_map(|resource| resource.scope_spans).map(|scope| scope.spans.len() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::server;
    use tokio::sync::mpsc::channel;

    fn setting(url: &str) -> SinkSetting {
        SinkSetting { name: "traces".to_owned(), url: url.to_owned(), ..SinkSetting::default() }
    }

    #[test]
    fn only_a_collector_is_one_and_its_path_is_that_of_traces() {
        let path = |url: &str| collector(&setting(url)).map(|collector| collector.path).ok();
        assert_eq!(path("otlp+http://127.0.0.1:4318").unwrap(), "/v1/traces");
        assert_eq!(path("otlp+http://127.0.0.1:4318/a/b").unwrap(), "/a/b");
        assert_eq!((path("unix:///a"), path("otlp+http://collector.example")), (None, None));
    }

    #[test]
    fn what_is_no_collector_is_told_as_that_and_not_as_a_sink_that_lacks_something() {
        let said =
            |url: &str| collector(&setting(url)).err().map(|fault| fault.to_string()).unwrap_or_default();
        for url in ["https://collector.example", "s3://bucket", "syslog+tls://logs.example", "collector"] {
            let said = said(url);
            assert!(said.contains("otlp+https://") && !said.contains("_file"), "{url}: {said}");
        }
        assert!(said("otlp+http://collector.example").contains("loopback"), "the control: another fault");
    }

    #[tokio::test]
    async fn batch_is_one_post_of_all_its_spans() {
        let (way, served) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        let collector = Collector { way, path: TRACES_PATH.to_owned(), authorization: None };
        let (batches, queue) = channel(BATCHES_MAX);
        let lines = [r#"{"resourceSpans":[{"a":1}]}"#, "no JSON", r#"{"resourceSpans":[{"b":"\n"}]}"#];
        batches.send(lines.map(str::to_owned).to_vec()).await.unwrap();
        drop(batches);
        let lost = Arc::new(LostCounts::default());
        deliver(Some(collector), queue, lost.clone()).await;
        let (head, body) = served.await.unwrap();
        assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
        assert_eq!(lost.read(), LostSpans::default());
        assert_eq!(String::from_utf8(body).unwrap(), r#"{"resourceSpans":[{"a":1},{"b":"\n"}]}"#);
    }

    /// Three spans of two requests.
    fn lines() -> Vec<String> {
        let line = |spans: &str| format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{spans}]}}]}}]}}"#);
        vec![line(r#"{"name":"a"},{"name":"b"}"#), line("{}"), "no JSON".to_owned()]
    }

    async fn lost_to(answer: &'static str) -> LostSpans {
        let (way, _served) = server(answer).await;
        let collector = Collector { way, path: TRACES_PATH.to_owned(), authorization: None };
        let (batches, queue) = channel(BATCHES_MAX);
        batches.send(lines()).await.unwrap();
        drop(batches);
        let lost = Arc::new(LostCounts::default());
        deliver(Some(collector), queue, lost.clone()).await;
        lost.read()
    }

    #[tokio::test]
    async fn spans_that_a_collector_rejects_are_counted_as_such_and_never_more_than_there_are() {
        for (said, rejected) in [(2, 2), (7_000, 3)] {
            let answer = format!(r#"{{"partialSuccess":{{"rejectedSpans":"{said}"}}}}"#);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", answer.len());
            let lost = lost_to(format!("{head}{answer}").leak()).await;
            assert_eq!(lost, LostSpans { rejected, undelivered: 0 });
        }
    }

    #[tokio::test(start_paused = true)]
    async fn spans_of_a_batch_that_is_never_taken_are_counted() {
        let lost = lost_to("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
        assert_eq!(lost, LostSpans { rejected: 0, undelivered: 3 });
    }
}
