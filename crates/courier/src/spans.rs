//! Spans of sampled requests, sent for the front to an OpenTelemetry collector: OTLP/HTTP with JSON (opentelemetry-proto,
//! `trace/v1`). They are figures, not the record: a batch that the collector does not take after a few tries is dropped.

use crate::assemble::{self, SettingError};
use crate::collector::Collector;
use crate::secrets;
use crate::sink::SinkError;
use crate::target::{LOGS_PATH, SinkFault, Target};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::time::Duration;
use strongroom_control::SinkSetting;
use tokio::sync::mpsc::Receiver;
use tokio::time::{sleep, timeout};

/// Batches that may wait.
pub(crate) const BATCHES_MAX: usize = 16;

/// Where traces are posted to when the URL has no path.
const TRACES_PATH: &str = "/v1/traces";

/// How long a try may take, and how long is waited before each further one.
const DEADLINE: Duration = Duration::from_secs(10);
const PAUSES: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(4)];

/// The collector of a setting.
pub(crate) fn collector(setting: &SinkSetting) -> Result<Collector, SettingError> {
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

/// Sends what comes, one batch after the other, until nobody can send any more; nowhere without a collector.
pub(crate) async fn deliver(collector: Option<Collector>, mut batches: Receiver<Vec<String>>) {
    let mut failing = false;
    while let Some(lines) = batches.recv().await {
        let Some(collector) = &collector else { continue };
        let outcome = take(collector, &body(&lines)).await;
        match &outcome {
            Ok(()) if failing => tracing::info!("the collector takes traces again"),
            Err(error) if !failing => tracing::warn!(%error, "the collector does not take traces"),
            _ => {}
        }
        failing = outcome.is_err();
    }
}

/// A few tries.
async fn take(collector: &Collector, body: &str) -> Result<(), SinkError> {
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

/// One try. Nothing in the answer matters.
async fn post(collector: &Collector, body: &str) -> Result<(), SinkError> {
    let answered = timeout(DEADLINE, collector.post(body.as_bytes().to_vec())).await;
    answered.unwrap_or(Err(SinkError::TooSlow(DEADLINE))).map(drop)
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

    #[tokio::test]
    async fn batch_is_one_post_of_all_its_spans() {
        let (way, served) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await;
        let collector = Collector { way, path: TRACES_PATH.to_owned(), authorization: None };
        let (batches, queue) = channel(BATCHES_MAX);
        let lines = [r#"{"resourceSpans":[{"a":1}]}"#, "no JSON", r#"{"resourceSpans":[{"b":"\n"}]}"#];
        batches.send(lines.map(str::to_owned).to_vec()).await.unwrap();
        drop(batches);
        deliver(Some(collector), queue).await;
        let (head, body) = served.await.unwrap();
        assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
        assert_eq!(String::from_utf8(body).unwrap(), r#"{"resourceSpans":[{"a":1},{"b":"\n"}]}"#);
    }
}
