//! `strongroom env`: export lines that make a shell's AWS clients use the service.

use crate::arguments::{Unusable, account};
use crate::commands::serve;
use crate::configuration::{self, FileConfiguration};
use crate::terminal::{complain, say_bytes};
use anyhow::{Context, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;

/// Print export lines: eval "$(strongroom env)"
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The data directory of the service [default: strongroom-data]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// The secrets folder [default: the data directory's name + .secrets]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_SECRETS_DIR")]
    secrets_dir: Option<PathBuf>,
    /// Where clients reach the service [default: where it listened last]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// The account whose root principal the lines are for [default: the first one]
    #[arg(long, value_name = "ID", value_parser = account)]
    account: Option<String>,
}

/// Prints the lines.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let file = configuration::load()?;
    let data_dir = configuration::data_dir(args.data_dir, &file);
    let secrets_dir = configuration::secrets_dir(args.secrets_dir, &file, &data_dir)?;
    let written = std::fs::read_to_string(data_dir.join("endpoint")).ok();
    let endpoint = endpoint(args.listen, written.as_deref(), configured_listen(&file)?);
    let account = args.account.as_deref();
    // Looked for first: of a renewal that ends in between the older key must not go out unsaid.
    let all_unsettled = strongroom_operator::unsettled_root_keys(&secrets_dir, account);
    let exports = strongroom_operator::exports(&data_dir, &secrets_dir, &endpoint, account)?;
    for unsettled in all_unsettled {
        complain(&format!(
            "strongroom: {} has a newer access key: a renewal is under way, or was interrupted, and the next start of the \
             service decides. If the one given here is refused, start the service again and run this again",
            unsettled.display()
        ));
    }
    say_bytes(&exports)?;
    Ok(ExitCode::SUCCESS)
}

/// What `serve` would take from the environment or the configuration file.
fn configured_listen(file: &FileConfiguration) -> Result<Option<SocketAddr>> {
    let Some(text) = std::env::var("STRONGROOM_LISTEN").ok().filter(|text| !text.is_empty()) else {
        return Ok(file.listen);
    };
    let address = text.parse::<SocketAddr>().with_context(|| format!("STRONGROOM_LISTEN={text}"));
    address.map(Some).map_err(Unusable::of)
}

/// The flag, else what the service wrote down when it was bound, else what it is configured to.
fn endpoint(flag: Option<SocketAddr>, written: Option<&str>, configured: Option<SocketAddr>) -> String {
    let written = written.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    match (flag, written) {
        (Some(address), _) => url(address),
        (None, Some(written)) => written,
        (None, None) => url(configured.unwrap_or(serve::LISTEN)),
    }
}

/// A listener on every address is reached by the loopback address.
fn url(mut address: SocketAddr) -> String {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    format!("https://{address}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flag_wins_over_what_was_bound_and_that_over_the_configuration() {
        let (flag, configured) = ("10.0.0.1:1".parse().ok(), "127.0.0.1:2".parse().ok());
        let written = Some("https://127.0.0.1:3\n");
        assert_eq!(endpoint(flag, written, configured), "https://10.0.0.1:1");
        assert_eq!(endpoint(None, written, configured), "https://127.0.0.1:3");
        assert_eq!(endpoint(None, None, configured), "https://127.0.0.1:2");
        assert_eq!(endpoint(None, Some(""), None), "https://127.0.0.1:8443");
        assert_eq!(url("0.0.0.0:4".parse().unwrap()), "https://127.0.0.1:4");
        assert_eq!(url("[::]:5".parse().unwrap()), "https://[::1]:5");
    }
}
