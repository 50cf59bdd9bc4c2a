//! Starting the service as a child of the tests, and looking at it from outside.

use crate::softhsm::{LABEL, MODULE, SoftHsm};
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use strongroom_control::{AuditDurability, OperatorRequest, TlsMinimum};
use strongroom_operator::{OperatorError, ask};
use strongroom_supervisor::{Config, Folders, PinSource, Pkcs11Settings, RootChoice, run};
use strongroom_types::{AccountId, Region};
use tempfile::TempDir;

/// The variable that makes the role `serve` start with a PKCS#11 token.
const TOKEN: &str = "SERVE_ON_TOKEN";

/// The token of a service that is started with one: its PIN lies in the folder of both folders.
fn token(directory: &Path) -> Option<Pkcs11Settings> {
    std::env::var_os(TOKEN)?;
    Some(Pkcs11Settings {
        module: MODULE.into(),
        token_label: LABEL.to_owned(),
        token_serial: None,
        timeout_seconds: 1,
        pin: PinSource::File(directory.join("pin")),
        paths: Vec::new(),
    })
}

/// The role `serve`: `listen` is an address, or `plaintext:` and one.
pub(crate) fn serve(directory: &str, listen: &str) {
    let directory = Path::new(directory);
    let plaintext = listen.strip_prefix("plaintext:").map(|address| address.parse().unwrap());
    let pkcs11 = token(directory);
    let config = Config {
        data_dir: directory.join("data"),
        secrets_dir: directory.join("secrets"),
        root: if pkcs11.is_some() { RootChoice::Pkcs11 } else { RootChoice::KeyFile },
        tpm: "/dev/tpmrm0".into(),
        pkcs11,
        clusters: Vec::new(),
        listen: listen.parse().unwrap_or(([127, 0, 0, 1], 0).into()),
        plaintext_listen: plaintext,
        metrics_listen: None,
        traces: None,
        region: Region::parse("us-east-1").unwrap(),
        account: AccountId::parse("000000000000").unwrap(),
        tls_names: Vec::new(),
        tls_cert: None,
        tls_key: None,
        tls_min: TlsMinimum::V1_3,
        oidc_keys: None,
        oidc_issuers: Vec::new(),
        oidc_ca: None,
        audit_durability: AuditDurability::Kernel,
        audit_budget_bytes: 1 << 30,
        audit_retention: Default::default(),
        audit_sinks: Vec::new(),
        audit_witnesses: Vec::new(),
        quotas: Vec::new(),
        refuse_replays: false,
        accept_rollback: false,
        log_level: "info".to_owned(),
        unconfined: false,
    };
    if let Err(error) = run(config) {
        eprintln!("{error}");
        std::process::exit(error.exit_code().into());
    }
}

fn command(directory: &Path, listen: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.current_dir(directory);
    command.arg("serve").arg(directory).arg(listen).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The same with a token, and with this PIN.
fn command_on_token(directory: &Path, hsm: &SoftHsm, pin: &str) -> Command {
    write_pin(directory, pin);
    let mut command = command(directory, "127.0.0.1:0");
    command.env(TOKEN, "1").env("SOFTHSM2_CONF", hsm.configuration());
    command
}

/// Lays a PIN where the service reads it.
pub(crate) fn write_pin(directory: &Path, pin: &str) {
    let path = directory.join("pin");
    fs::write(&path, format!("{pin}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

/// What a start that is refused says on standard error.
pub(crate) fn refusal(directory: &TempDir, listen: &str) -> String {
    let (code, said) = refused(command(directory.path(), listen));
    assert_eq!(code, Some(1), "{said}");
    said
}

/// The same of a start whose settings make no sense, which nobody shall try again.
pub(crate) fn refusal_of_settings(directory: &TempDir, listen: &str) -> String {
    let (code, said) = refused(command(directory.path(), listen));
    assert_eq!(code, Some(2), "{said}");
    said
}

/// The exit code and the words of a start with a token that is refused.
pub(crate) fn refusal_on_token(directory: &TempDir, hsm: &SoftHsm, pin: &str) -> (Option<i32>, String) {
    refused(command_on_token(directory.path(), hsm, pin))
}

fn refused(mut command: Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// A service that runs.
pub(crate) struct Service {
    pub(crate) directory: Arc<TempDir>,
    pub(crate) folders: Folders,
    child: Child,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().unwrap()))
    }

    pub(crate) fn start_in(directory: Arc<TempDir>) -> Self {
        let command = command(directory.path(), "127.0.0.1:0");
        Self::start_by(directory, command)
    }

    /// One whose root key is in a token.
    pub(crate) fn start_on_token(directory: Arc<TempDir>, hsm: &SoftHsm, pin: &str) -> Self {
        let command = command_on_token(directory.path(), hsm, pin);
        Self::start_by(directory, command)
    }

    fn start_by(directory: Arc<TempDir>, mut command: Command) -> Self {
        let child = command.spawn().unwrap();
        let base = directory.path();
        let folders = Folders { data_dir: base.join("data"), secrets_dir: base.join("secrets") };
        let service = Self { directory, folders, child };
        eventually("the service answers", || service.try_status().map(|_| ()));
        service
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The child of this role.
    pub(crate) fn child_of_role(&self, role: &str) -> Option<u32> {
        let is_it = |pid: &u32| {
            let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            line.split(|byte| *byte == 0).any(|word| word == role.as_bytes())
        };
        children_of(self.pid()).into_iter().find(is_it)
    }

    pub(crate) fn ask(&self, request: &OperatorRequest) -> Result<Value, OperatorError> {
        ask(&self.folders.data_dir, request)
    }

    pub(crate) fn try_status(&self) -> Option<Value> {
        self.ask(&OperatorRequest::Status).ok()
    }

    pub(crate) fn status(&self) -> Value {
        self.ask(&OperatorRequest::Status).unwrap()
    }

    /// Waits for the end: exit code, and all that was printed.
    pub(crate) fn wait(&mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        let mut printed = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut printed).unwrap();
        (code, printed)
    }

    /// SIGTERM; gives all that was printed.
    pub(crate) fn stop(mut self) -> String {
        signal(self.pid(), rustix::process::Signal::TERM);
        let (code, printed) = self.wait();
        assert_eq!(code, Some(0), "{printed}");
        printed
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn signal(pid: u32, signal: rustix::process::Signal) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, signal).unwrap();
}

pub(crate) fn kill(pid: u32) {
    signal(pid, rustix::process::Signal::KILL);
}

/// Whether a process runs; a zombie does not.
pub(crate) fn alive(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    !status.is_empty() && !status.contains("State:\tZ")
}

/// The processes a process has started.
pub(crate) fn children_of(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    children.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Asks again until there is an answer; gives up after half a minute.
pub(crate) fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(value) = attempt() {
            return value;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
