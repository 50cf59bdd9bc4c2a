//! `strongroom quickstart`: the main job in one command, each step told in plain words with its time.
//!
//! It runs this same program as its user would: `serve` as a child, `seal`, `inspect` and `open` with the
//! environment that `strongroom env` prints.

use crate::commands::serve;
use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::Instant;

/// The document when none is given.
const SAMPLE: &str = "Strongroom sample document.\n\
    This text was encrypted with a data key that was used once and wiped.\n\
    The data key itself is wrapped by a KMS key that never leaves the vault.\n";

/// Watch a document being sealed and opened through a vault of your own
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The document [default: a sample]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Keep the service's state here [default: a temporary folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// Runs the whole story.
pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let folder = tempfile::Builder::new().prefix("strongroom-quickstart-").tempdir()?;
    let data_dir = args.data_dir.clone().unwrap_or_else(|| folder.path().join("data"));
    let document = match &args.file {
        Some(file) => file.clone(),
        None => {
            let sample = folder.path().join("document.txt");
            std::fs::write(&sample, SAMPLE)?;
            sample
        }
    };
    println!("Strongroom quickstart: seal and open {} through a vault of your own.\n", document.display());
    let mut story = Story { number: 0, environment: Vec::new() };
    let mut service = story
        .step("Start the service (vault, front, supervisor; embedded store; TLS 1.3)", || {
            Service::start(&data_dir)
        })?;
    println!("   listens on {}; state in {}", service.endpoint, data_dir.display());
    story.environment = exports(&data_dir)?;
    let told = tell(&mut story, folder.path(), &document);
    let ended = service.stop();
    told?;
    ended?;
    next(&data_dir, args.data_dir.is_some());
    Ok(ExitCode::SUCCESS)
}

/// From the key to the comparison.
fn tell(story: &mut Story, folder: &Path, document: &Path) -> Result<()> {
    let key = story
        .run("Create a KMS key; its material is made inside the vault and stays there", &["create-key"])?;
    let key = key.trim();
    println!("   {key}");
    let (sealed, opened) = (folder.join("document.sealed"), folder.join("document.opened"));
    let (from, to, back) = (text(document)?, text(&sealed)?, text(&opened)?);
    let context = "purpose=quickstart";
    story.run(
        "Seal: one GenerateDataKey, encrypt here, wipe the data key",
        &["seal", "--quiet", "--key-id", key, "--encryption-context", context, "-o", to, from],
    )?;
    let (plain, stored) = (std::fs::metadata(document)?.len(), std::fs::metadata(&sealed)?.len());
    println!("   {plain} bytes became {stored}: the ciphertext with its encrypted data key, in one file");
    let shown = story.run("Show what was stored", &["inspect", to])?;
    for line in shown.lines() {
        println!("   | {line}");
    }
    story.run(
        "Open: only the encrypted data key goes to Decrypt",
        &["open", "--quiet", "--key-id", key, "--encryption-context", context, "-o", back, to],
    )?;
    story.step("Compare", || {
        ensure!(same(document, &opened)?, "the opened document differs from the original");
        Ok(())
    })?;
    println!("   identical");
    Ok(())
}

fn next(data_dir: &Path, kept: bool) {
    println!("\nDone. The service was stopped.");
    println!("What next:");
    if kept {
        println!("  strongroom serve --data-dir {}", data_dir.display());
        println!("  eval \"$(strongroom env --data-dir {})\"", data_dir.display());
    } else {
        println!(
            "  strongroom serve                      # makes ./strongroom-data and ./strongroom-data.secrets"
        );
        println!("  eval \"$(strongroom env)\"              # in another shell");
    }
    println!("  aws kms create-key                    # any AWS SDK or tool now uses your vault");
    println!("  strongroom seal --key-id KEY-ID FILE");
}

/// Steps, numbered, with their times.
struct Story {
    number: u32,
    environment: Vec<(String, String)>,
}

impl Story {
    fn step<T>(&mut self, what: &str, act: impl FnOnce() -> Result<T>) -> Result<T> {
        self.number += 1;
        print!("{}. {what} ... ", self.number);
        std::io::stdout().flush()?;
        let started = Instant::now();
        let done = act();
        let time = started.elapsed();
        match &done {
            Ok(_) => println!("{:.0?}", time),
            Err(_) => println!("failed after {:.0?}", time),
        }
        done
    }

    /// This program again, with the environment that its user would have; gives what it prints.
    fn run(&mut self, what: &str, arguments: &[&str]) -> Result<String> {
        let environment = self.environment.clone();
        self.step(what, || {
            let output = Command::new(std::env::current_exe()?)
                .args(arguments)
                .envs(environment)
                .env_remove("AWS_PROFILE")
                .env_remove("AWS_SESSION_TOKEN")
                .output()?;
            if !output.status.success() {
                bail!("strongroom {}: {}", arguments[0], String::from_utf8_lossy(&output.stderr).trim());
            }
            Ok(String::from_utf8(output.stdout)?)
        })
    }
}

/// The pairs of `strongroom env`.
fn exports(data_dir: &Path) -> Result<Vec<(String, String)>> {
    let secrets = crate::configuration::secrets_dir(
        None,
        &crate::configuration::FileConfiguration::default(),
        data_dir,
    );
    let endpoint = std::fs::read_to_string(data_dir.join("endpoint"))?;
    let lines = strongroom_operator::exports(data_dir, &secrets, endpoint.trim())?;
    let pair = |line: &str| {
        let (name, value) = line.strip_prefix("export ")?.split_once('=')?;
        Some((name.to_owned(), value.trim_matches('\'').to_owned()))
    };
    Ok(lines.lines().filter_map(pair).collect())
}

/// `strongroom serve` as a child.
struct Service {
    child: Child,
    endpoint: String,
}

impl Service {
    fn start(data_dir: &Path) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["serve", "--listen", "127.0.0.1:0", "--log-level", "error", "--data-dir"])
            .arg(data_dir)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()?;
        let stderr = child.stderr.take().context("the service's log")?;
        let mut log = Vec::new();
        let mut lines = BufReader::new(stderr).lines();
        for line in lines.by_ref() {
            let line = line?;
            if let Some(endpoint) = line.strip_prefix(serve::READY) {
                // The rest of the log is read so that the service never waits for us.
                std::thread::spawn(move || lines.for_each(drop));
                return Ok(Self { child, endpoint: endpoint.trim().to_owned() });
            }
            log.push(line);
        }
        child.wait()?;
        bail!("the service did not start:\n{}", log.join("\n"))
    }

    fn stop(&mut self) -> Result<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        ensure!(self.child.wait()?.success(), "the service did not end cleanly");
        Ok(())
    }
}

impl Drop for Service {
    /// A story that failed midway leaves no service behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(path: &Path) -> Result<&str> {
    path.to_str().context("a path that is not UTF-8")
}

/// Compares files of any size piece by piece.
fn same(a: &Path, b: &Path) -> Result<bool> {
    use std::io::Read;
    let (a, b) = (std::fs::File::open(a)?, std::fs::File::open(b)?);
    if a.metadata()?.len() != b.metadata()?.len() {
        return Ok(false);
    }
    let (mut a, mut b) = (BufReader::new(a), BufReader::new(b));
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    loop {
        let bytes = a.read(&mut left)?;
        if bytes == 0 {
            return Ok(true);
        }
        b.read_exact(&mut right[..bytes])?;
        if left[..bytes] != right[..bytes] {
            return Ok(false);
        }
    }
}
