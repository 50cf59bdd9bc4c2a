//! Where a setting of `serve` may stand, and what comes before what.

use super::{Args, settings};
use crate::configuration::{self, FileConfiguration};
use clap::{CommandFactory, FromArgMatches, Parser};

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: Args,
}

/// A setting, a file that has it, the value of its flag, and how the configuration (of what is not there, the refusal)
/// shows the one and the other.
type Row = (&'static str, &'static str, &'static str, [&'static str; 2]);

/// Every setting that may stand in the file.
const SETTINGS: &[Row] = &[
    (
        "data_dir",
        "data_dir = 'from-file'",
        "from-flag",
        ["data_dir: \"from-file\"", "data_dir: \"from-flag\""],
    ),
    ("secrets_dir", "secrets_dir = 'from-file'", "from-flag", ["from-file", "from-flag"]),
    ("root", "root = 'tpm'", "credential", ["root: Tpm", "root: Credential"]),
    (
        "passphrase_file",
        "root = 'passphrase'\npassphrase_file = 'from-file'",
        "from-flag",
        ["from-file", "from-flag"],
    ),
    ("tpm_device", "tpm_device = 'from-file'", "from-flag", ["from-file", "from-flag"]),
    (
        "pkcs11_module",
        "pkcs11_token = 't'\npkcs11_pin_file = 'p'\npkcs11_module = 'from-file'",
        "from-flag",
        ["from-file", "from-flag"],
    ),
    (
        "pkcs11_token",
        "pkcs11_module = 'm'\npkcs11_pin_file = 'p'\npkcs11_token = 'from-file'",
        "from-flag",
        ["from-file", "from-flag"],
    ),
    (
        "pkcs11_serial",
        "pkcs11_module = 'm'\npkcs11_token = 't'\npkcs11_pin_file = 'p'\npkcs11_serial = 'from-file'",
        "from-flag",
        ["from-file", "from-flag"],
    ),
    (
        "pkcs11_timeout_seconds",
        "pkcs11_module = 'm'\npkcs11_token = 't'\npkcs11_pin_file = 'p'\npkcs11_timeout_seconds = 2",
        "3",
        ["timeout_seconds: 2", "timeout_seconds: 3"],
    ),
    (
        "pkcs11_pin_file",
        "pkcs11_module = 'm'\npkcs11_token = 't'\npkcs11_pin_file = 'from-file'",
        "from-flag",
        ["from-file", "from-flag"],
    ),
    (
        "pkcs11_path",
        "pkcs11_module = 'm'\npkcs11_token = 't'\npkcs11_pin_file = 'p'\npkcs11_path = ['from-file']",
        "from-flag",
        ["from-file", "from-flag"],
    ),
    (
        "listen",
        "listen = '127.0.0.1:7001'",
        "127.0.0.1:7002",
        ["listen: 127.0.0.1:7001", "listen: 127.0.0.1:7002"],
    ),
    (
        "plaintext_listen",
        "plaintext_listen = '127.0.0.1:7001'",
        "127.0.0.1:7002",
        ["plaintext_listen: Some(127.0.0.1:7001)", "plaintext_listen: Some(127.0.0.1:7002)"],
    ),
    (
        "metrics_listen",
        "metrics_listen = '127.0.0.1:7001'",
        "127.0.0.1:7002",
        ["metrics_listen: Some(127.0.0.1:7001)", "metrics_listen: Some(127.0.0.1:7002)"],
    ),
    ("trace_file", "trace_file = 'from-file'", "from-flag", ["from-file", "from-flag"]),
    (
        "trace_collector",
        "trace_collector = { url = 'otlp+http://127.0.0.1:7001' }",
        "otlp+http://127.0.0.1:7002",
        ["//127.0.0.1:7001", "//127.0.0.1:7002"],
    ),
    (
        "trace_sample",
        "trace_file = 't'\ntrace_sample = 0.25",
        "0.5",
        ["per_million: 250000", "per_million: 500000"],
    ),
    ("region", "region = 'eu-file-1'", "eu-flag-1", ["region: eu-file-1", "region: eu-flag-1"]),
    (
        "account",
        "account = '111111111111'",
        "222222222222",
        ["account: 111111111111", "account: 222222222222"],
    ),
    ("tls_name", "tls_name = ['from-file']", "from-flag", ["from-file", "from-flag"]),
    ("tls_cert", "tls_key = 'k'\ntls_cert = 'from-file'", "from-flag", ["from-file", "from-flag"]),
    ("tls_key", "tls_cert = 'c'\ntls_key = 'from-file'", "from-flag", ["from-file", "from-flag"]),
    ("tls_min", "tls_min = '1.2'", "1.3", ["tls_min: V1_2", "tls_min: V1_3"]),
    ("oidc_keys", "oidc_keys = 'from-file'", "from-flag", ["from-file", "from-flag"]),
    (
        "oidc_issuer",
        "oidc_issuer = ['https://from-file.example']",
        "https://from-flag.example",
        ["from-file", "from-flag"],
    ),
    (
        "oidc_ca",
        "oidc_issuer = ['https://idp.example']\noidc_ca = 'from-file'",
        "from-flag",
        ["from-file", "from-flag"],
    ),
    (
        "audit_durability",
        "audit_durability = 'disk'",
        "kernel",
        ["audit_durability: Disk", "audit_durability: Kernel"],
    ),
    (
        "audit_budget_mib",
        "audit_budget_mib = 20",
        "30",
        ["audit_budget_bytes: 20971520", "audit_budget_bytes: 31457280"],
    ),
    ("audit_retention_days", "audit_retention_days = 3", "4", ["days: Some(3)", "days: Some(4)"]),
    ("audit_retention_mib", "audit_retention_mib = 2", "3", ["bytes: Some(2097152)", "bytes: Some(3145728)"]),
    (
        "audit_sink",
        "audit.sink = [{ url = 'unix:///from-file' }]",
        "unix:///from-flag",
        ["from-file", "from-flag"],
    ),
    ("refuse_replays", "refuse_replays = true", "false", ["refuse_replays: true", "refuse_replays: false"]),
    ("log_level", "log_level = 'warn'", "debug", ["log_level: \"warn\"", "log_level: \"debug\""]),
];

fn shown(file: &str, flag: Option<&str>) -> String {
    let line = Line::parse_from(["serve"].into_iter().chain(flag));
    told(line, &configuration::parse(file).unwrap())
}

fn told(line: Line, file: &FileConfiguration) -> String {
    match settings(line.args, file) {
        Ok((config, _)) => format!("{config:?}"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn every_setting_may_stand_in_the_file_and_its_flag_comes_first() {
    for &(id, file, value, [of_file, of_flag]) in SETTINGS {
        let found = shown(file, None);
        assert!(found.contains(of_file) && !found.contains(of_flag), "{id}: {found}");
        let flag = format!("--{}={value}", id.replace('_', "-"));
        let found = shown(file, Some(&flag));
        assert!(found.contains(of_flag) && !found.contains(of_file), "{flag}: {found}");
    }
}

#[test]
fn replays_are_refused_where_somebody_says_so_with_or_without_a_value() {
    for (flag, wanted) in [
        (None, "refuse_replays: false"),
        (Some("--refuse-replays"), "refuse_replays: true"),
        (Some("--refuse-replays=true"), "refuse_replays: true"),
    ] {
        let found = shown("", flag);
        assert!(found.contains(wanted), "{flag:?}: {found}");
    }
}

/// A variable stands for its flag, so what comes before the file is the same.
#[test]
fn every_flag_has_its_variable_and_its_place_in_the_file() {
    // Of one start, and of the process that makes it.
    let (once, inherited) =
        (["accept_rollback", "unconfined", "end_with_parent"], ["passphrase_fd", "pkcs11_pin_fd"]);
    for argument in Line::command().get_arguments() {
        let id = argument.get_id().as_str();
        let variable = argument.get_env().map(|name| name.to_string_lossy().into_owned());
        let wanted = (!once.contains(&id)).then(|| format!("STRONGROOM_{}", id.to_uppercase()));
        assert_eq!(variable, wanted, "{id}");
        let in_the_file = SETTINGS.iter().any(|setting| setting.0 == id);
        assert!(in_the_file || once.contains(&id) || inherited.contains(&id), "{id}");
    }
}

#[test]
fn flag_comes_before_what_the_file_says_of_another_way() {
    let passphrase = "root = 'passphrase'\npassphrase_file = 'from-file'";
    let token = "pkcs11_module = 'm'\npkcs11_token = 't'\npkcs11_pin_file = 'from-file'";
    for (file, flag, wanted) in [
        (passphrase, "--root=key-file", "root: KeyFile"),
        (passphrase, "--root=passphrase", "from-file"),
        (passphrase, "--passphrase-fd=7", "root: Passphrase(Some(Descriptor(7)))"),
        (token, "--pkcs11-pin-fd=7", "pin: Descriptor(7)"),
        ("root = 'tpm'\npassphrase_file = 'p'", "--region=eu-west-1", "belong to --root passphrase"),
    ] {
        let found = shown(file, Some(flag));
        assert!(found.contains(wanted), "{flag}: {found}");
    }
}

#[test]
fn flag_comes_before_the_variable_of_another_way() {
    // A variable that every process has stands for the one of the setting.
    let with_variable = |id: &str, flags: &[&str]| {
        let command = Line::command().mut_arg(id, |argument| argument.env("PATH"));
        let given = command.try_get_matches_from(["serve"].into_iter().chain(flags.iter().copied()));
        told(Line::from_arg_matches(&given.unwrap()).unwrap(), &FileConfiguration::default())
    };
    let token = ["--pkcs11-module=m", "--pkcs11-token=t"];
    for (id, flags, wanted) in [
        ("passphrase_file", &["--root=key-file"][..], "root: KeyFile"),
        ("passphrase_file", &["--root=passphrase", "--passphrase-fd=7"], "Descriptor(7)"),
        ("passphrase_file", &["--root=passphrase"], "root: Passphrase(Some(File("),
        ("passphrase_file", &[], "belong to --root passphrase"),
        ("pkcs11_pin_file", &[token[0], token[1], "--pkcs11-pin-fd=7"], "pin: Descriptor(7)"),
        ("pkcs11_pin_file", &token, "pin: File("),
    ] {
        let found = with_variable(id, flags);
        assert!(found.contains(wanted), "{flags:?}: {found}");
    }
}
