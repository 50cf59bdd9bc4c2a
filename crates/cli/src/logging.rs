//! The operator's log: human on a terminal, JSON otherwise, always on standard error.

use std::io::IsTerminal;
use tracing_subscriber::filter::LevelFilter;

/// The level of that name; nothing else is one.
pub(crate) fn level(name: &str) -> Option<LevelFilter> {
    Some(match name {
        "error" => LevelFilter::ERROR,
        "warn" => LevelFilter::WARN,
        "info" => LevelFilter::INFO,
        "debug" => LevelFilter::DEBUG,
        "trace" => LevelFilter::TRACE,
        _ => return None,
    })
}

/// Starts the log of this process.
pub(crate) fn start(level: LevelFilter) {
    // A log that nobody reads any more must not end the process: by default the failure is printed, which panics.
    let log = tracing_subscriber::fmt().with_max_level(level).log_internal_errors(false);
    let log = log.with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() { log.with_target(false).init() } else { log.json().init() }
}
