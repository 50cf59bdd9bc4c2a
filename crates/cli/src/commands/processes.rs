//! The hidden subcommands by which the supervisor starts this program as vault, front, fetcher, courier and token
//! worker.

use crate::logging;
use anyhow::{Context, Result};
use std::process::ExitCode;

/// What a child is told on its command line; everything else comes over its control socket.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The log level
    #[arg(long, env = "STRONGROOM_LOG_LEVEL", default_value = "info")]
    log_level: String,
}

/// The process that holds keys. It does not log: it tells the supervisor.
pub(crate) fn vault(_args: &Args) -> Result<ExitCode> {
    let control =
        strongroom_confine::inherited_control().context("started by hand? the supervisor starts it")?;
    Ok(strongroom_vault::run(control))
}

/// The process that loads a vendor's PKCS#11 library. It does not log: it tells the supervisor.
pub(crate) fn token(_args: &Args) -> Result<ExitCode> {
    let control =
        strongroom_confine::inherited_control().context("started by hand? the supervisor starts it")?;
    Ok(strongroom_token::run(control))
}

/// The process that fetches from others.
pub(crate) fn fetcher(args: &Args) -> Result<ExitCode> {
    let control =
        strongroom_confine::inherited_control().context("started by hand? the supervisor starts it")?;
    logging::start(logging::level(&args.log_level).context("the log level")?);
    Ok(strongroom_fetcher::run(control))
}

/// The process that delivers the audit log to sinks.
pub(crate) fn courier(args: &Args) -> Result<ExitCode> {
    let control =
        strongroom_confine::inherited_control().context("started by hand? the supervisor starts it")?;
    logging::start(logging::level(&args.log_level).context("the log level")?);
    Ok(strongroom_courier::run(control))
}

/// The process that parses the network.
pub(crate) fn front(args: &Args) -> Result<ExitCode> {
    let control =
        strongroom_confine::inherited_control().context("started by hand? the supervisor starts it")?;
    logging::start(logging::level(&args.log_level).context("the log level")?);
    Ok(strongroom_server::run(control))
}
