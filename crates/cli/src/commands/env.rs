//! `strongroom env`: export lines that make a shell's AWS clients use the service.

use crate::configuration;
use anyhow::Result;
use std::net::SocketAddr;
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
    /// Where the service listens, if it does not run now
    #[arg(long, value_name = "ADDR", env = "STRONGROOM_LISTEN")]
    listen: Option<SocketAddr>,
}

/// Prints the lines.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let file = configuration::load()?;
    let data_dir = configuration::data_dir(args.data_dir, &file);
    let secrets_dir = configuration::secrets_dir(args.secrets_dir, &file, &data_dir);
    let endpoint = endpoint(&data_dir, args.listen.or(file.listen));
    print!("{}", *strongroom_operator::exports(&data_dir, &secrets_dir, &endpoint)?);
    Ok(ExitCode::SUCCESS)
}

/// The address that the service wrote down, unless another is named.
fn endpoint(data_dir: &std::path::Path, listen: Option<SocketAddr>) -> String {
    let written = || std::fs::read_to_string(data_dir.join("endpoint")).ok();
    match listen {
        Some(address) => format!("https://{address}"),
        None => written().map_or_else(|| "https://127.0.0.1:8443".to_owned(), |text| text.trim().to_owned()),
    }
}
