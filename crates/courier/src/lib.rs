//! The courier: it delivers the audit log to the sinks that the operator configured (`--audit-sink`, `[[audit.sink]]`):
//! syslog over TLS, OpenTelemetry, webhooks, Unix sockets, folders and S3-compatible buckets (docs/sinks.md).
//!
//! It reads the log's files, like anybody who may, and is in nobody's way: a sink that is dead, slow or hostile costs the
//! service nothing, and gets what it lacks once it takes it. Each record arrives at least once and in order; its number
//! tells the second copy. What is handed over is on the disk first, so that no sink knows a record that a power cut
//! takes away.
//!
//! The path: `process` (start, confinement) and `assemble` (a setting becomes a sink) -> `delivery` (one sink: read, hand
//! over, keep the cursor) -> `log` (lines of segments, which are `segment_files`), `cursors` (how far each sink is) and
//! `sink` (a batch, and the kinds of sinks: `syslog`, `otlp`, `webhook`, `socket`, `export`). `witness` asks those who sign
//! the log's checkpoints, for the front, and `spans` takes traces of it to a `collector`. `connection` and `http` are how
//! they reach others, `alert` why TLS ended, `board` what is told of them.

mod alert;
mod assemble;
mod back_off;
mod board;
mod collector;
mod connection;
mod cursors;
mod delivery;
mod dialler;
mod export;
mod hash;
mod http;
mod line;
mod log;
mod otlp;
mod process;
mod secrets;
mod segment_files;
mod sink;
mod socket;
mod spans;
mod syslog;
mod target;
mod trust;
mod webhook;
mod witness;

pub use assemble::{SettingError, check_files};
pub use process::run;
pub use secrets::SecretsError;
pub use spans::check_collector;
pub use target::{SinkFault, check_sink, name_of};
pub use trust::TrustError;
pub use witness::{WITNESSES_MAX, check_witness};

/// The most sinks that may be configured.
pub const SINKS_MAX: usize = 16;
