//! What the front counts beside the service: connections, handshakes, requests that never got whole, and what the
//! supervisor says of the processes. Together with the service's figures it is what a scrape shows.

use crate::limits::CONNECTIONS_MAX;
use crate::sinks::Sinks;
use arc_swap::ArcSwap;
use hyper::StatusCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use strongroom_control::ProcessFigures;
use strongroom_service::Service;
use strongroom_service::figures::{Family, Reading, catalogue as metrics};

/// The statuses of requests that the listener refuses.
const REFUSALS: [StatusCode; 4] = [
    StatusCode::BAD_REQUEST,
    StatusCode::REQUEST_TIMEOUT,
    StatusCode::PAYLOAD_TOO_LARGE,
    StatusCode::SERVICE_UNAVAILABLE,
];

/// The counts since the start.
#[derive(Debug, Default)]
pub(crate) struct FrontFigures {
    open: AtomicU64,
    accepted: AtomicU64,
    refused: AtomicU64,
    handshakes_failed: AtomicU64,
    http_refused: [AtomicU64; REFUSALS.len()],
    /// When the certificate ends, in seconds since 1970; 0 if that is not known.
    certificate_ends: AtomicU64,
    processes: ArcSwap<Vec<ProcessFigures>>,
    traces_written: AtomicU64,
    traces_dropped: AtomicU64,
    traces_sent: AtomicU64,
    sinks: Arc<Sinks>,
}

/// An open connection; it is closed when this is dropped.
pub(crate) struct OpenConnection<'a>(&'a FrontFigures);

impl Drop for OpenConnection<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl FrontFigures {
    /// A connection was taken; it is open as long as the result lives.
    pub(crate) fn connection(&self) -> OpenConnection<'_> {
        self.accepted.fetch_add(1, Ordering::Relaxed);
        self.open.fetch_add(1, Ordering::Relaxed);
        OpenConnection(self)
    }

    /// A connection was closed at once: its address has too many.
    pub(crate) fn connection_refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn handshake_failed(&self) {
        self.handshakes_failed.fetch_add(1, Ordering::Relaxed);
    }

    /// The listener answered a request by itself.
    pub(crate) fn http_refused(&self, status: StatusCode) {
        let mut counts = REFUSALS.iter().zip(&self.http_refused);
        if let Some((_, count)) = counts.find(|(known, _)| **known == status) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Another certificate is shown.
    pub(crate) fn set_certificate_end(&self, seconds: Option<u64>) {
        self.certificate_ends.store(seconds.unwrap_or(0), Ordering::Relaxed);
    }

    /// What the supervisor says of the processes.
    pub(crate) fn set_processes(&self, processes: Vec<ProcessFigures>) {
        self.processes.store(Arc::new(processes));
    }

    /// A request's spans are in the file.
    pub(crate) fn trace_written(&self) {
        self.traces_written.fetch_add(1, Ordering::Relaxed);
    }

    /// A request's spans were handed to the courier.
    pub(crate) fn trace_sent(&self) {
        self.traces_sent.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were handed to it.
    pub(crate) fn traces_sent(&self) -> u64 {
        self.traces_sent.load(Ordering::Relaxed)
    }

    /// A request's spans are lost.
    pub(crate) fn trace_dropped(&self) {
        self.traces_dropped.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were written and how many dropped.
    pub(crate) fn traces(&self) -> (u64, u64) {
        (self.traces_written.load(Ordering::Relaxed), self.traces_dropped.load(Ordering::Relaxed))
    }

    /// What the courier says of the audit log's sinks.
    pub(crate) fn sinks(&self) -> &Arc<Sinks> {
        &self.sinks
    }

    fn families(&self, newest_line: u64) -> Vec<Family> {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let mut build = Family::new(&metrics::BUILD_INFO);
        build.push(&[env!("CARGO_PKG_VERSION")], Reading::Count(1));
        let mut http_refused = Family::new(&metrics::HTTP_REFUSED);
        for (status, count) in REFUSALS.iter().zip(&self.http_refused) {
            http_refused.push(&[status.as_str()], Reading::Count(read(count)));
        }
        let mut certificate = Family::new(&metrics::CERTIFICATE_EXPIRY);
        let ends = read(&self.certificate_ends);
        if ends > 0 {
            certificate.push(&[], Reading::Count(ends));
        }
        let (mut starts, mut running) =
            (Family::new(&metrics::PROCESS_STARTS), Family::new(&metrics::PROCESS_RUNNING));
        for process in self.processes.load().iter() {
            starts.push(&[process.name.as_str()], Reading::Count(process.starts));
            running.push(&[process.name.as_str()], process.running);
        }
        let (mut traces, (written, dropped)) = (Family::new(&metrics::TRACES), self.traces());
        traces.push(&["written"], Reading::Count(written));
        traces.push(&["sent"], Reading::Count(self.traces_sent()));
        traces.push(&["dropped"], Reading::Count(dropped));
        let mut families = vec![
            build,
            http_refused,
            Family::count(&metrics::CONNECTIONS, read(&self.open)),
            Family::count(&metrics::CONNECTIONS_MAX, CONNECTIONS_MAX as u64),
            Family::count(&metrics::CONNECTIONS_ACCEPTED, read(&self.accepted)),
            Family::count(&metrics::CONNECTIONS_REFUSED, read(&self.refused)),
            Family::count(&metrics::HANDSHAKES_FAILED, read(&self.handshakes_failed)),
            certificate,
            starts,
            running,
            traces,
        ];
        families.extend(self.sinks.families(newest_line));
        families
    }
}

/// Everything there is to show, in the order of the catalogue.
pub(crate) async fn gather(service: &Service, front: &FrontFigures) -> Vec<Family> {
    let mut families = service.figures().await;
    families.extend(front.families(service.newest_line()));
    let place = |family: &Family| metrics::ALL.iter().position(|metric| metric.name == family.metric().name);
    families.sort_by_key(place);
    families
}

#[cfg(test)]
mod tests {
    use super::*;
    use strongroom_service::figures::as_json;

    fn read(figures: &FrontFigures) -> serde_json::Value {
        as_json(&figures.families(0))
    }

    #[test]
    fn connections_are_open_until_they_end() {
        let figures = FrontFigures::default();
        let first = figures.connection();
        let second = figures.connection();
        drop(first);
        let now = read(&figures);
        assert_eq!(now["strongroom_connections"][0]["value"], 1);
        assert_eq!(now["strongroom_connections_accepted_total"][0]["value"], 2);
        drop(second);
        assert_eq!(read(&figures)["strongroom_connections"][0]["value"], 0);
    }

    #[test]
    fn refusals_of_the_listener_are_counted_by_status() {
        let figures = FrontFigures::default();
        figures.http_refused(StatusCode::PAYLOAD_TOO_LARGE);
        figures.http_refused(StatusCode::IM_A_TEAPOT);
        let now = read(&figures);
        let counts: Vec<_> = now["strongroom_http_refused_total"].as_array().unwrap().clone();
        assert!(counts.iter().all(|of| of["value"] == u64::from(of["status"] == "413")), "{counts:?}");
        assert_eq!(counts.len(), 4);
    }

    #[test]
    fn what_is_not_known_is_absent() {
        let figures = FrontFigures::default();
        assert_eq!(read(&figures)["strongroom_certificate_expiry_timestamp_seconds"], serde_json::json!([]));
        figures.set_certificate_end(Some(7));
        let process = |name: &str| ProcessFigures { name: name.to_owned(), starts: 2, running: false };
        figures.set_processes(vec![process("vault")]);
        let now = read(&figures);
        assert_eq!(now["strongroom_certificate_expiry_timestamp_seconds"][0]["value"], 7);
        assert_eq!(
            now["strongroom_process_starts_total"][0],
            serde_json::json!({ "process": "vault", "value": 2 })
        );
        assert_eq!(now["strongroom_process_running"][0]["value"], 0);
    }
}
