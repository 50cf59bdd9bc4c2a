//! The operator's log: human on a terminal, JSON otherwise, always on standard error.

use anyhow::{Context, Result};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// Starts the log of this process.
pub(crate) fn start(level: &str) -> Result<()> {
    let filter = EnvFilter::try_new(level).with_context(|| format!("log level {level}"))?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        log.with_target(false).init()
    } else {
        log.json().init()
    }
    Ok(())
}
