//! `strongroom serve`: the service, in the foreground.

use crate::configuration::{self, FileConfiguration};
use crate::logging;
use anyhow::{Result, bail};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_control::{AuditDurability, TlsMinimum};
use strongroom_supervisor::Config;
use strongroom_types::{AccountId, Region};

/// What the line begins with that says where the service listens, on standard error.
pub(crate) const READY: &str = "strongroom: ready on ";

/// Where the service listens when nobody says.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);

/// The audit log's budget when nobody says, in MiB.
const AUDIT_BUDGET_MIB: u64 = 10_240;

/// Serve the AWS KMS API. The first start makes everything it needs.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where state and audit log lie [default: strongroom-data]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Where what unlocks them lies [default: the data directory's name + .secrets]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_SECRETS_DIR")]
    secrets_dir: Option<PathBuf>,
    /// Address and port of the TLS listener [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR", env = "STRONGROOM_LISTEN")]
    listen: Option<SocketAddr>,
    /// A plain-HTTP listener beside it; loopback addresses only
    #[arg(long, value_name = "ADDR", env = "STRONGROOM_PLAINTEXT_LISTEN")]
    plaintext_listen: Option<SocketAddr>,
    /// The default Region [default: us-east-1]; requests may name any
    #[arg(long, value_name = "R", env = "STRONGROOM_REGION")]
    region: Option<String>,
    /// The account that the first start creates [default: 000000000000]
    #[arg(long, value_name = "ID", env = "STRONGROOM_ACCOUNT")]
    account: Option<String>,
    /// A name or address of this server beside localhost, 127.0.0.1 and ::1; repeatable
    #[arg(long, value_name = "NAME", env = "STRONGROOM_TLS_NAME", value_delimiter = ',')]
    tls_name: Option<Vec<String>>,
    /// Your own certificate chain, PEM, instead of the private CA's
    #[arg(long, value_name = "FILE", env = "STRONGROOM_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert, PEM
    #[arg(long, value_name = "FILE", env = "STRONGROOM_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// The oldest TLS version: 1.3 or 1.2 [default: 1.3]
    #[arg(long, value_name = "VERSION", env = "STRONGROOM_TLS_MIN")]
    tls_min: Option<String>,
    /// When a data-plane call's audit record counts as written: kernel or disk [default: kernel]
    #[arg(long, value_name = "SETTING", env = "STRONGROOM_AUDIT_DURABILITY")]
    audit_durability: Option<String>,
    /// MiB of audit log beyond which requests are refused [default: 10240]
    #[arg(long, value_name = "MIB", env = "STRONGROOM_AUDIT_BUDGET_MIB")]
    audit_budget_mib: Option<u64>,
    /// error, warn, info, debug or trace [default: info]
    #[arg(long, value_name = "LEVEL", env = "STRONGROOM_LOG_LEVEL")]
    log_level: Option<String>,
    /// Test switch: no confinement
    #[arg(long, hide = true)]
    unconfined: bool,
}

/// Serves until SIGTERM or SIGINT.
pub(crate) fn run(args: Args) -> Result<ExitCode> {
    let config = settings(args, &configuration::load()?)?;
    logging::start(&config.log_level)?;
    match strongroom_supervisor::run(config) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("strongroom: {error}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn settings(args: Args, file: &FileConfiguration) -> Result<Config> {
    let data_dir = configuration::data_dir(args.data_dir, file);
    let text = |given: Option<String>, file: &Option<String>, default: &str| {
        given.or_else(|| file.clone()).unwrap_or_else(|| default.to_owned())
    };
    let region = text(args.region, &file.region, "us-east-1");
    let region = Region::parse(&region).map_err(|error| anyhow::anyhow!("--region {region}: {error}"))?;
    let account = text(args.account, &file.account, "000000000000");
    let account =
        AccountId::parse(&account).map_err(|error| anyhow::anyhow!("--account {account}: {error}"))?;
    let tls_cert = args.tls_cert.or_else(|| file.tls_cert.clone());
    let tls_key = args.tls_key.or_else(|| file.tls_key.clone());
    if tls_cert.is_some() != tls_key.is_some() {
        bail!("--tls-cert and --tls-key belong together");
    }
    let tls_min = match text(args.tls_min, &file.tls_min, "1.3").as_str() {
        "1.3" => TlsMinimum::V1_3,
        "1.2" => TlsMinimum::V1_2,
        other => bail!("--tls-min {other}: it is 1.3 or 1.2"),
    };
    let audit_durability = match text(args.audit_durability, &file.audit_durability, "kernel").as_str() {
        "kernel" => AuditDurability::Kernel,
        "disk" => AuditDurability::Disk,
        other => bail!("--audit-durability {other}: it is kernel or disk"),
    };
    let budget_mib = args.audit_budget_mib.or(file.audit_budget_mib).unwrap_or(AUDIT_BUDGET_MIB);
    Ok(Config {
        secrets_dir: configuration::secrets_dir(args.secrets_dir, file, &data_dir),
        data_dir,
        listen: args.listen.or(file.listen).unwrap_or(LISTEN),
        plaintext_listen: args.plaintext_listen.or(file.plaintext_listen),
        region,
        account,
        tls_names: args.tls_name.or_else(|| file.tls_name.clone()).unwrap_or_default(),
        tls_cert,
        tls_key,
        tls_min,
        audit_durability,
        audit_budget_bytes: budget_mib.saturating_mul(1 << 20),
        log_level: text(args.log_level, &file.log_level, "info"),
        unconfined: args.unconfined,
    })
}
