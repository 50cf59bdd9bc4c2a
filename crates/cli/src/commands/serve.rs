//! `strongroom serve`: the service, in the foreground.

use crate::arguments::Unusable;
use crate::commands::unread_variables::unread;
use crate::commands::{key_stores, pkcs11, providers, sinks, traces, vault_root, witnesses};
use crate::configuration::{self, FileConfiguration};
use crate::flags_first::FlagsFirst;
use crate::logging;
use crate::terminal::complain;
use anyhow::{Context, Result, bail};
use rustix::process::{Signal, set_parent_process_death_signal};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use strongroom_control::{AuditDurability, AuditRetention, QuotaSetting, TlsMinimum};
use strongroom_supervisor::Config;
use strongroom_types::{AccountId, Region};
use tracing_subscriber::filter::LevelFilter;

/// What the line begins with that says where the service listens, on standard error.
pub(crate) const READY: &str = "strongroom: ready on ";

/// Where the service listens when nobody says.
pub(crate) const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);

/// The audit log's budget when nobody says, in MiB.
const AUDIT_BUDGET_MIB: u64 = 10_240;

/// The smallest budget: room for the segment being written and warnings before it is used up.
const AUDIT_BUDGET_MIB_MIN: u64 = 16;

/// What the usual exit codes of a command do not say.
const FURTHER_EXIT_CODES: &str = "The exit code is 70 when the vault's random source is stuck, and 77 when a token refused its PIN: a service manager must not start it again after either.";

/// Serve the AWS KMS API. The first start makes everything it needs.
#[derive(clap::Args)]
#[command(after_help = FURTHER_EXIT_CODES)]
pub(crate) struct Args {
    /// Where state and audit log lie [default: strongroom-data]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// Where what unlocks them lies [default: the data directory's name + .secrets]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_SECRETS_DIR")]
    secrets_dir: Option<PathBuf>,
    #[command(flatten)]
    root: FlagsFirst<vault_root::RootArgs>,
    #[command(flatten)]
    pkcs11: FlagsFirst<pkcs11::Pkcs11Args>,
    /// Address and port of the TLS listener [default: 127.0.0.1:8443]
    #[arg(long, value_name = "ADDR", env = "STRONGROOM_LISTEN")]
    listen: Option<SocketAddr>,
    /// A plain-HTTP listener beside it; loopback addresses only
    #[arg(long, value_name = "ADDR", env = "STRONGROOM_PLAINTEXT_LISTEN")]
    plaintext_listen: Option<SocketAddr>,
    /// A plain-HTTP listener for Prometheus: GET /metrics and /health, to anybody who reaches it
    #[arg(long, value_name = "ADDR", env = "STRONGROOM_METRICS_LISTEN")]
    metrics_listen: Option<SocketAddr>,
    /// Append spans of sampled requests to this file, as OTLP in JSON
    #[arg(long, value_name = "FILE", env = "STRONGROOM_TRACE_FILE")]
    trace_file: Option<PathBuf>,
    /// Send them to this collector: otlp+https://HOST[:PORT][/PATH], or otlp+http:// on this machine
    #[arg(long, value_name = "URL", env = "STRONGROOM_TRACE_COLLECTOR")]
    trace_collector: Option<String>,
    /// Which share of the requests is traced, 0 to 1 [default: 0.01]
    #[arg(long, value_name = "SHARE", env = "STRONGROOM_TRACE_SAMPLE")]
    trace_sample: Option<f64>,
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
    #[command(flatten)]
    providers: providers::ProviderArgs,
    /// When a data-plane call's audit record counts as written: kernel or disk [default: kernel]
    #[arg(long, value_name = "SETTING", env = "STRONGROOM_AUDIT_DURABILITY")]
    audit_durability: Option<String>,
    /// MiB of audit log beyond which requests are refused [default: 10240, at least 16]
    #[arg(long, value_name = "MIB", env = "STRONGROOM_AUDIT_BUDGET_MIB")]
    audit_budget_mib: Option<u64>,
    /// Days after which sealed segments of the audit log are removed [default: they stay]
    #[arg(long, value_name = "DAYS", env = "STRONGROOM_AUDIT_RETENTION_DAYS")]
    audit_retention_days: Option<u64>,
    /// MiB of audit log beyond which the oldest sealed segments are removed [default: they stay]
    #[arg(long, value_name = "MIB", env = "STRONGROOM_AUDIT_RETENTION_MIB")]
    audit_retention_mib: Option<u64>,
    #[command(flatten)]
    sinks: sinks::SinkArgs,
    /// Take each signature once for what changes something [default: as AWS, for five minutes]
    #[arg(
        long,
        value_name = "BOOL",
        env = "STRONGROOM_REFUSE_REPLAYS",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    refuse_replays: Option<bool>,
    /// Serve a data directory that is older than it was, once; it is put on record
    #[arg(long)]
    accept_rollback: bool,
    /// error, warn, info, debug or trace [default: info]
    #[arg(long, value_name = "LEVEL", env = "STRONGROOM_LOG_LEVEL")]
    log_level: Option<String>,
    /// Test switch: no confinement
    #[arg(long, hide = true)]
    unconfined: bool,
    /// End when the thread that started this ends, as after SIGTERM
    #[arg(long, hide = true)]
    end_with_parent: bool,
}

/// Serves until SIGTERM or SIGINT.
pub(crate) fn run(args: Args, program: &clap::Command) -> Result<ExitCode> {
    if args.end_with_parent {
        set_parent_process_death_signal(Some(Signal::TERM)).context("--end-with-parent")?;
    }
    let file = configuration::load()?;
    let (config, level) = settings(args, &file).map_err(Unusable::of)?;
    logging::start(level);
    for variable in unread(program, std::env::vars_os().map(|(name, _)| name)) {
        tracing::warn!(%variable, "nothing reads this variable: is it misspelt?");
    }
    match strongroom_supervisor::run(config) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            complain(&format!("strongroom: {error}"));
            Ok(ExitCode::from(error.exit_code()))
        }
    }
}

/// A name that can stand in a certificate: an IP address, or a DNS name (RFC 1123, labels of letters, digits and
/// hyphens). Wildcards cannot: the private CA may sign for the names it was made for only.
fn is_tls_name(name: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.parse::<IpAddr>().is_ok() || (name.len() <= 253 && name.split('.').all(label))
}

fn tls_names(given: Option<Vec<String>>, file: &FileConfiguration) -> Result<Vec<String>> {
    let names = given.or_else(|| file.tls_name.clone()).unwrap_or_default();
    match names.iter().find(|name| !is_tls_name(name)) {
        Some(name) => bail!("--tls-name {name:?}: it is neither a DNS name nor an IP address"),
        None => Ok(names),
    }
}

fn audit_budget_bytes(given: Option<u64>) -> Result<u64> {
    let budget_mib = given.unwrap_or(AUDIT_BUDGET_MIB);
    if budget_mib < AUDIT_BUDGET_MIB_MIN {
        bail!("--audit-budget-mib {budget_mib}: it is at least {AUDIT_BUDGET_MIB_MIN}");
    }
    Ok(budget_mib.saturating_mul(1 << 20))
}

/// Zero is refused: who writes it means that nothing goes, and everything would. So is a size that the budget never lets the log
/// reach: nothing would go, and the service refuse everything in the end.
fn audit_retention(
    (days, mib): (Option<u64>, Option<u64>),
    file: &FileConfiguration,
    budget_bytes: u64,
) -> Result<AuditRetention> {
    let (days, mib) = (days.or(file.audit_retention_days), mib.or(file.audit_retention_mib));
    for (flag, given) in [("--audit-retention-days", days), ("--audit-retention-mib", mib)] {
        if given == Some(0) {
            bail!("{flag} 0: it is at least 1; without it nothing is removed");
        }
    }
    let bytes = mib.map(|mib| mib.saturating_mul(1 << 20));
    if let Some(mib) = mib.filter(|_| bytes >= Some(budget_bytes)) {
        bail!(
            "--audit-retention-mib {mib}: it is below --audit-budget-mib, or the log is full before anything goes"
        );
    }
    Ok(AuditRetention { days, bytes })
}

/// The request-rate quotas, whose names the front knows.
fn quotas(file: &FileConfiguration) -> Result<Vec<QuotaSetting>> {
    let quotas = configuration::quotas(file);
    strongroom_server::check_quotas(&quotas).context("[quotas]")?;
    Ok(quotas)
}

fn tls_minimum(text: &str) -> Result<TlsMinimum> {
    match text {
        "1.3" => Ok(TlsMinimum::V1_3),
        "1.2" => Ok(TlsMinimum::V1_2),
        other => bail!("--tls-min {other}: it is 1.3 or 1.2"),
    }
}

fn audit_durability(named: &str) -> Result<AuditDurability> {
    match named {
        "kernel" => Ok(AuditDurability::Kernel),
        "disk" => Ok(AuditDurability::Disk),
        other => bail!("--audit-durability {other}: it is kernel or disk"),
    }
}

fn plaintext_listen(given: Option<SocketAddr>) -> Result<Option<SocketAddr>> {
    match given {
        Some(address) if !address.ip().is_loopback() => {
            bail!("--plaintext-listen {address}: only loopback addresses may be served without TLS")
        }
        given => Ok(given),
    }
}

fn settings(args: Args, file: &FileConfiguration) -> Result<(Config, LevelFilter)> {
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
    let tls_min = tls_minimum(&text(args.tls_min, &file.tls_min, "1.3"))?;
    let audit_durability = audit_durability(&text(args.audit_durability, &file.audit_durability, "kernel"))?;
    let audit_budget_bytes = audit_budget_bytes(args.audit_budget_mib.or(file.audit_budget_mib))?;
    let kept = (args.audit_retention_days, args.audit_retention_mib);
    let providers = providers::providers(args.providers, file)?;
    let pkcs11 = pkcs11::token(args.pkcs11.0, file)?;
    let root = vault_root::root(&args.root.0, file, pkcs11.is_some())?;
    let log_level = text(args.log_level, &file.log_level, "info");
    let Some(level) = logging::level(&log_level) else {
        bail!("--log-level {log_level}: it is error, warn, info, debug or trace");
    };
    let config = Config {
        secrets_dir: configuration::secrets_dir(args.secrets_dir, file, &data_dir)?,
        data_dir,
        root,
        tpm: args.root.0.tpm(file)?,
        pkcs11,
        clusters: key_stores::clusters(file)?,
        listen: args.listen.or(file.listen).unwrap_or(LISTEN),
        plaintext_listen: plaintext_listen(args.plaintext_listen.or(file.plaintext_listen))?,
        metrics_listen: args.metrics_listen.or(file.metrics_listen),
        traces: traces::traces(args.trace_file, args.trace_collector, args.trace_sample, file)?,
        region,
        account,
        tls_names: tls_names(args.tls_name, file)?,
        tls_cert,
        tls_key,
        tls_min,
        oidc_keys: providers.keys,
        oidc_issuers: providers.issuers,
        oidc_ca: providers.ca,
        audit_durability,
        audit_budget_bytes,
        audit_retention: audit_retention(kept, file, audit_budget_bytes)?,
        audit_sinks: sinks::sinks(args.sinks, file)?,
        audit_witnesses: witnesses::witnesses(file)?,
        quotas: quotas(file)?,
        refuse_replays: args.refuse_replays.or(file.refuse_replays).unwrap_or_default(),
        accept_rollback: args.accept_rollback,
        log_level,
        unconfined: args.unconfined,
    };
    Ok((config, level))
}

#[cfg(test)]
#[path = "serve_settings_tests.rs"]
mod settings_tests;

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    fn refusal(arguments: &[&str]) -> String {
        let line = Line::parse_from(["serve", &arguments.join("=")]);
        match settings(line.args, &FileConfiguration::default()) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn settings_that_make_no_sense_are_refused_by_name() {
        for (flag, value) in [
            ("--log-level", "loud"),
            ("--log-level", "strongroom=debug"),
            ("--audit-budget-mib", "0"),
            ("--audit-budget-mib", "15"),
            ("--audit-retention-days", "0"),
            ("--audit-retention-mib", "0"),
            ("--tls-name", "a b"),
            ("--tls-name", "-a.example"),
            ("--tls-name", "*.example.org"),
            ("--tls-min", "1.1"),
            ("--root", "stone"),
            ("--passphrase-file", "phrase"),
            ("--passphrase-fd", "7"),
            ("--root", "pkcs11"),
            ("--pkcs11-module", "/lib/none.so"),
            ("--pkcs11-token", "strongroom"),
            ("--pkcs11-serial", "a730883738686fb5"),
            ("--pkcs11-timeout-seconds", "2"),
            ("--pkcs11-pin-file", "pin"),
            ("--pkcs11-pin-fd", "7"),
            ("--pkcs11-path", "/etc/none.conf"),
            ("--region", "Mars"),
            ("--account", "1"),
            ("--plaintext-listen", "0.0.0.0:80"),
            ("--audit-durability", "none"),
            ("--trace-sample", "0.5"),
            ("--oidc-issuer", "http://idp.example"),
            ("--oidc-ca", "no-such-file.pem"),
            ("--audit-sink", "syslog+tcp://logs.example"),
        ] {
            let said = refusal(&[flag, value]);
            assert!(said.contains(flag), "{flag} {value}: {said:?}");
        }
        for (flag, value) in [
            ("--log-level", "trace"),
            ("--root", "key-file"),
            ("--root", "credential"),
            ("--root", "passphrase"),
            ("--root", "tpm"),
            ("--tpm-device", "/run/swtpm"),
            ("--audit-budget-mib", "16"),
            ("--audit-retention-days", "1"),
            ("--audit-retention-mib", "1"),
            ("--tls-name", "kms.example.org,10.0.0.1,::1"),
            ("--oidc-issuer", "https://idp.example/a,https://idp.example/b=https://keys.example/c"),
        ] {
            assert_eq!(refusal(&[flag, value]), "", "{flag} {value}");
        }
    }

    #[test]
    fn retention_that_the_budget_never_lets_in_is_refused() {
        let of = |mib| audit_retention((None, Some(mib)), &FileConfiguration::default(), 64 << 20);
        assert_eq!(of(63).unwrap().bytes, Some(63 << 20));
        for mib in [64, 100, u64::MAX] {
            assert!(of(mib).unwrap_err().to_string().contains("--audit-budget-mib"), "{mib}");
        }
    }

    #[test]
    fn quota_of_no_class_or_scope_is_refused_before_anything_starts() {
        let said = |text: &str| {
            let file: FileConfiguration = toml::from_str(text).unwrap();
            quotas(&file).map(|quotas| quotas.len()).map_err(|error| format!("{error:#}"))
        };
        let refused = said("[quotas.account]\ncryptografy = 5\n").unwrap_err();
        assert!(refused.contains("[quotas]") && refused.contains("cryptografy"), "{refused}");
        assert!(said("[quotas.planet]\ncryptography = 5\n").unwrap_err().contains("planet"));
        assert!(said("[quotas.key]\ncryptography = 2000000\n").unwrap_err().contains("2000000"));
        assert_eq!(said("[quotas.key]\ncryptography = 5\n"), Ok(1));
    }
}
