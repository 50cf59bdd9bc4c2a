//! What a PKCS#11 token costs, with SoftHSM: how long a service with its root in one takes to serve, how fast derivations are,
//! and GenerateDataKey under a key that never leaves the token beside one that the vault holds.
//!
//! The raw token's own rate, and the rate through the worker's line, are the token crate's example: two processes load the
//! library there, as they do here.

use crate::load::{self, Measured};
use crate::machine::{self, Cores};
use crate::one_key::{call, create_key, data_key, measure};
use crate::report;
use crate::service::{Service, Settings};
use crate::workload::member;
use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const LABEL: &str = "strongroom";
const PIN: &str = "fedcba9876";
const CLUSTER: &str = "cluster-2abcDEFghij";

/// How long a worker has to log in before a store has to be connected.
const CONNECT_DEADLINE: Duration = Duration::from_secs(20);

/// A certificate in form: there is no cluster to compare it with.
const ANCHOR: &str = "-----BEGIN CERTIFICATE-----\nMIEDAAAA\n-----END CERTIFICATE-----\n";

/// A token in a folder of its own.
struct Token {
    configuration: PathBuf,
    pin_file: PathBuf,
}

impl Token {
    fn new(folder: &Path) -> Result<Self> {
        let (tokens, configuration) = (folder.join("tokens"), folder.join("softhsm2.conf"));
        std::fs::create_dir(&tokens)?;
        let text = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(&configuration, text)?;
        let pin_file = folder.join("pin");
        std::fs::write(&pin_file, PIN)?;
        std::fs::set_permissions(&pin_file, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let output = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", LABEL, "--so-pin", "12345678", "--pin", PIN])
            .env("SOFTHSM2_CONF", &configuration)
            .output()
            .context("softhsm2-util (Debian's package softhsm2)")?;
        ensure!(output.status.success(), "softhsm2-util: {}", String::from_utf8_lossy(&output.stderr));
        Ok(Self { configuration, pin_file })
    }

    fn settings(&self) -> Settings {
        Settings::default().variable("SOFTHSM2_CONF", &self.configuration)
    }

    /// A service with its root key in the token.
    fn as_root(&self) -> Settings {
        let options =
            ["--root", "pkcs11", "--pkcs11-module", MODULE, "--pkcs11-token", LABEL, "--pkcs11-pin-file"];
        self.settings().options(&options).option(&self.pin_file)
    }

    /// A service with its root in a key file and the token as a key store.
    fn as_key_store(&self, folder: &Path) -> Result<Settings> {
        let file = folder.join("strongroom.toml");
        let text = format!(
            "[[key_store.cluster]]\nid = \"{CLUSTER}\"\nmodule = \"{MODULE}\"\ntoken = \"{LABEL}\"\npin_file = \"{}\"\n",
            self.pin_file.display()
        );
        std::fs::write(&file, text)?;
        Ok(self.settings().variable("STRONGROOM_CONFIG", &file))
    }
}

/// Measures and prints.
pub(crate) fn run(binary: &Path, rounds: usize, seconds: u64) -> Result<()> {
    println!("machine: {}; SoftHSM", machine::description());
    starts(binary, rounds)?;
    token_rates()?;
    strict(binary, rounds, seconds)
}

// --- starting

/// Time until a service that has its data already answers a GenerateDataKey, by where its root is.
fn starts(binary: &Path, rounds: usize) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let token = Token::new(folder.path())?;
    println!(
        "from the start of the process to the first GenerateDataKey, {rounds} rounds, taking turns; median [lowest-highest]"
    );
    let kinds = [("root in a key file", Settings::default()), ("root in the token", token.as_root())];
    let mut prepared = Vec::new();
    for (number, (name, settings)) in kinds.into_iter().enumerate() {
        let place = folder.path().join(format!("service-{number}"));
        std::fs::create_dir(&place)?;
        let service = Service::start_with(binary, &place, &settings)?;
        let key = create_key(&service, &json!({}))?;
        prepared.push((name, settings, place, key, Vec::new()));
    }
    for _ in 0..rounds {
        for (_, settings, place, key, times) in &mut prepared {
            let began = Instant::now();
            let service = Service::start_with(binary, place, settings)?;
            call(&service, "GenerateDataKey", &data_key(key))?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    for (name, _, _, _, times) in prepared {
        println!("{name:<24} {} ms", report::spread(times.into_iter()));
    }
    Ok(())
}

/// Prints the derivations a second of the token itself and through the worker's line: one is what an unwrap takes.
fn token_rates() -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--release", "-p", "strongroom-token", "--example", "token_rates"]);
    let status = command.status().context("cargo")?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}

// --- keys that never leave the token

/// GenerateDataKey under a key in the token beside one that the vault holds, in turns.
fn strict(binary: &Path, rounds: usize, seconds: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let settings = Token::new(folder.path())?.as_key_store(folder.path())?;
    let cores = Cores::part()?;
    let service = cores.on_server_core(|| Service::start_with(binary, folder.path(), &settings))?;
    let store = connected_store(&service)?;
    let in_token = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store});
    let mut rows = [
        ("key in the vault", create_key(&service, &json!({}))?, Vec::new()),
        ("key in the token", create_key(&service, &in_token)?, Vec::new()),
    ];
    for _ in 0..rounds {
        for (_, key, measured) in &mut rows {
            measured.push(measure(&service, key, seconds)?);
        }
    }
    println!(
        "GenerateDataKey over plain HTTP, {} kept connections, {rounds} rounds of {seconds} s, taking turns; {}",
        load::CONNECTIONS,
        cores.text()
    );
    println!("{:<24} {:>9} {:>8} {:>8} {:>8}", "", "req/s", "CPU us", "p50 ms", "p99 ms");
    for (name, _, measured) in &rows {
        let median = |value: fn(&Measured) -> f64| report::median(measured.iter().map(value));
        println!(
            "{name:<24} {:>9.0} {:>8.1} {:>8.2} {:>8.2}",
            median(|m| m.requests_per_second),
            median(|m| m.cpu_us),
            median(|m| m.p50_ms),
            median(|m| m.p99_ms)
        );
    }
    Ok(())
}

/// A key store of the token, connected once its worker has logged in.
fn connected_store(service: &Service) -> Result<String> {
    let input = json!({
        "CustomKeyStoreName": "bench",
        "CloudHsmClusterId": CLUSTER,
        "TrustAnchorCertificate": ANCHOR,
        "KeyStorePassword": PIN,
    });
    let began = Instant::now();
    let create = || member(&call(service, "CreateCustomKeyStore", &input)?, "/CustomKeyStoreId");
    let store = loop {
        match create() {
            // The cluster is not active before.
            Err(_) if began.elapsed() < CONNECT_DEADLINE => std::thread::sleep(Duration::from_millis(50)),
            made => break made?,
        }
    };
    let named = json!({ "CustomKeyStoreId": store });
    while began.elapsed() < CONNECT_DEADLINE {
        call(service, "ConnectCustomKeyStore", &named)?;
        let shown = call(service, "DescribeCustomKeyStores", &named)?;
        if member(&shown, "/CustomKeyStores/0/ConnectionState")? == "CONNECTED" {
            return Ok(store);
        }
        call(service, "DisconnectCustomKeyStore", &named)?;
        std::thread::sleep(Duration::from_millis(50));
    }
    bail!("the key store is not connected after {CONNECT_DEADLINE:?}")
}
