//! The service under test: the release binary with everything on, in a folder of its own.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// An access key.
#[derive(Clone)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// How a service is started besides its folder and its addresses.
#[derive(Default)]
pub(crate) struct Settings {
    options: Vec<OsString>,
    variables: Vec<(&'static str, OsString)>,
}

impl Settings {
    /// With more words on its command line.
    pub(crate) fn options(mut self, words: &[&str]) -> Self {
        self.options.extend(words.iter().map(OsString::from));
        self
    }

    /// With one more word on its command line.
    pub(crate) fn option(mut self, word: &Path) -> Self {
        self.options.push(word.into());
        self
    }

    /// With a variable in its environment.
    pub(crate) fn variable(mut self, name: &'static str, value: &Path) -> Self {
        self.variables.push((name, value.into()));
        self
    }
}

/// A running service; ended when dropped.
pub(crate) struct Service {
    binary: PathBuf,
    data_dir: PathBuf,
    child: Child,
    pub(crate) plain: SocketAddr,
    pub(crate) tls: SocketAddr,
}

impl Service {
    /// Starts `serve` on a new data directory and waits until it is ready.
    pub(crate) fn start(binary: &Path, folder: &Path) -> Result<Self> {
        Self::start_with(binary, folder, &Settings::default())
    }

    /// The same with settings, and on the data directory of an earlier one if there is one.
    pub(crate) fn start_with(binary: &Path, folder: &Path, settings: &Settings) -> Result<Self> {
        let (data_dir, tls, plain) = (folder.join("data"), free_port()?, free_port()?);
        let mut command = command(binary);
        command.arg("serve").arg("--data-dir").arg(&data_dir);
        command.args(["--listen", &tls.to_string(), "--plaintext-listen", &plain.to_string()]);
        command.args(&settings.options);
        command.envs(settings.variables.iter().map(|(name, value)| (name, value)));
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| binary.display().to_string())?;
        let log = child.stderr.take().context("its log")?;
        let mut lines = BufReader::new(log).lines().map_while(Result::ok);
        if !lines.any(|line| line.contains("ready")) {
            bail!("the service did not get ready");
        }
        // Its log is read on, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { binary: binary.to_owned(), data_dir, child, plain, tls })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The certificate of its private CA.
    pub(crate) fn ca(&self) -> PathBuf {
        self.data_dir.join("ca.pem")
    }

    /// The root principal's access key, as the supervisor keeps it.
    pub(crate) fn root(&self) -> Result<AccessKey> {
        self.root_key("root-credentials.json")
    }

    fn root_key(&self, file: &str) -> Result<AccessKey> {
        let path = self.data_dir.with_extension("secrets").join(file);
        let text = std::fs::read(&path).with_context(|| path.display().to_string())?;
        access_key(&serde_json::from_slice(&text)?, "access_key_id", "secret_access_key")
    }

    /// Makes a user over the operator socket.
    pub(crate) fn create_user(&self, name: &str) -> Result<AccessKey> {
        let made = self.operate(&["user", "create", name])?;
        access_key(&serde_json::from_slice(&made)?, "AccessKeyId", "SecretAccessKey")
    }

    /// Makes another account; its root's access key.
    pub(crate) fn create_account(&self, id: &str) -> Result<AccessKey> {
        self.operate(&["account", "create", "--id", id])?;
        self.root_key(&format!("root-credentials-{id}.json"))
    }

    /// Sets how many cryptographic calls an account may make in a second; 0 for no limit.
    pub(crate) fn set_quota(&self, per_second: u32) -> Result<()> {
        self.set_quota_per("account", per_second)
    }

    /// The same for an account, a principal or a key.
    pub(crate) fn set_quota_per(&self, scope: &str, per_second: u32) -> Result<()> {
        let rate = per_second.to_string();
        self.operate(&["quotas", "set", "cryptography", &rate, "--per", scope]).map(drop)
    }

    /// What an operator's command prints.
    fn operate(&self, words: &[&str]) -> Result<Vec<u8>> {
        let mut command = command(&self.binary);
        let output = command.args(words).arg("--data-dir").arg(&self.data_dir).output()?;
        if !output.status.success() {
            bail!("{}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr));
        }
        Ok(output.stdout)
    }

    /// The folder of its audit log.
    pub(crate) fn audit_dir(&self) -> PathBuf {
        self.data_dir.join("audit")
    }

    /// Bytes of its audit log.
    pub(crate) fn audit_bytes(&self) -> Result<u64> {
        let mut bytes = 0;
        for entry in std::fs::read_dir(self.audit_dir())? {
            bytes += entry?.metadata()?.len();
        }
        Ok(bytes)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The supervisor ends its children when it is told to end.
        if let Some(pid) = i32::try_from(self.pid()).ok().and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// The binary without the caller's settings.
fn command(binary: &Path) -> Command {
    let mut command = Command::new(binary);
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("STRONGROOM_") || name.starts_with("AWS_")) {
            command.env_remove(name);
        }
    }
    command
}

fn access_key(json: &Value, id: &str, secret: &str) -> Result<AccessKey> {
    let text = |name: &str| json[name].as_str().map(str::to_owned).with_context(|| format!("no {name}"));
    Ok(AccessKey { id: text(id)?, secret: text(secret)? })
}

fn free_port() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
