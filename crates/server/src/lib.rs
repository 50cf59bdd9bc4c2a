//! The front process: listener, TLS, limits, and the wiring of the service.
//!
//! It parses what strangers send, so it is confined before it serves: `state/` and `audit/` of the data directory
//! and the descriptors it was handed, nothing else (docs/processes.md).

mod activity;
mod anchors;
mod aside;
mod audit_reading;
mod body;
mod carried;
mod certificate_end;
mod connection;
mod control;
mod exchange;
mod fetched_keys;
mod figures;
mod front;
mod handshake;
mod health;
mod key_sources;
mod limits;
mod listener;
mod looks;
mod metrics;
mod oidc_keys;
mod opening;
mod os_random;
mod places;
mod removal;
mod root_handover;
mod rounds;
mod sinks;
mod span_courier;
mod span_file;
mod tls;
mod witnessing;

pub use front::{check_quotas, run};
