//! `strongroom quickstart`: the main job in one command, each step told in plain words with its time.
//!
//! It runs this same program as its user would: `serve` as a child, `seal`, `inspect` and `open` with the
//! environment that `strongroom env` prints. Nothing of the user's own configuration reaches it: every `STRONGROOM_*`
//! is taken away, and it runs in its temporary folder, where no `strongroom.toml` lies.

use crate::commands::restore_places::{ENDED_BY_A_SIGNAL, remove};
use crate::commands::serve;
use crate::configuration;
use crate::terminal::{complain, say, say_line};
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open, pidfd_send_signal};
use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitCode, Output, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use strongroom_supervisor::{in_shell, on_interrupt};
use tempfile::TempDir;

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
    let document = args.file.as_deref().map(readable).transpose()?;
    let running = Running::watched()?;
    let folder = running.temporary()?;
    let places = Places::new(folder.path(), args.data_dir.as_deref())?;
    let document = match document {
        Some(file) => file,
        None => {
            let sample = places.folder.join("document.txt");
            std::fs::write(&sample, SAMPLE)?;
            sample
        }
    };
    say_line(&format!(
        "Strongroom quickstart: seal and open {} through a vault of your own.\n",
        document.display()
    ))?;
    let mut story =
        Story { number: 0, folder: places.folder.clone(), running: running.clone(), environment: Vec::new() };
    let told = tell(&mut story, &places, &document);
    // A story that failed midway leaves no service behind, nor its children with files in a folder being removed.
    let ended = running.end_service();
    told?;
    ended?;
    next(&places.data_dir, args.data_dir.is_some())?;
    Ok(ExitCode::SUCCESS)
}

/// The user's document, absolute because what reads it runs elsewhere, and known to be readable before anything starts.
fn readable(file: &Path) -> Result<PathBuf> {
    let named = || file.display().to_string();
    ensure!(!std::fs::metadata(file).with_context(named)?.is_dir(), "{} is a folder", named());
    std::fs::File::open(file).with_context(named)?;
    std::path::absolute(file).with_context(named)
}

/// Where everything is, absolute.
struct Places {
    folder: PathBuf,
    data_dir: PathBuf,
    secrets_dir: PathBuf,
}

impl Places {
    fn new(folder: &Path, data_dir: Option<&Path>) -> Result<Self> {
        let data_dir = std::path::absolute(data_dir.unwrap_or(&folder.join("data")))?;
        let nothing = configuration::FileConfiguration::default();
        let secrets_dir = configuration::secrets_dir(None, &nothing, &data_dir)?;
        Ok(Self { folder: folder.to_owned(), data_dir, secrets_dir })
    }
}

/// This program again, without the user's configuration.
fn this_program(folder: &Path) -> Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
        command.env_remove(name);
    }
    command.current_dir(folder);
    Ok(command)
}

fn is_ours(variable: &OsStr) -> bool {
    variable.as_encoded_bytes().starts_with(b"STRONGROOM_")
}

/// From the start of the service to the comparison.
fn tell(story: &mut Story, places: &Places, document: &Path) -> Result<()> {
    let running = story.running.clone();
    let endpoint = story
        .step("Start the service (vault, front, supervisor; embedded store; TLS 1.3)", || {
            start(places, &running)
        })?;
    say_line(&format!("   listens on {endpoint}; state in {}", places.data_dir.display()))?;
    story.environment = environment(places, &endpoint)?;
    seal_and_open(story, document)
}

/// From the key to the comparison.
fn seal_and_open(story: &mut Story, document: &Path) -> Result<()> {
    let key = story.run(
        "Create a KMS key; its material is made inside the vault and stays there",
        &[OsStr::new("create-key")],
    )?;
    let key = key.trim();
    say_line(&format!("   {key}"))?;
    let (sealed, opened) = (story.folder.join("document.sealed"), story.folder.join("document.opened"));
    let (from, to, back) = (document.as_os_str(), sealed.as_os_str(), opened.as_os_str());
    let with =
        |command| [command, "--quiet", "--key-id", key, "--encryption-context", "purpose=quickstart", "-o"];
    let (sealing, opening) = (with("seal"), with("open"));
    story.run(
        "Seal: one GenerateDataKey, encrypt here, wipe the data key",
        &[&sealing.map(OsStr::new)[..], &[to, from]].concat(),
    )?;
    let (plain, stored) = (std::fs::metadata(document)?.len(), std::fs::metadata(&sealed)?.len());
    say_line(&format!(
        "   {plain} bytes became {stored}: the ciphertext with its encrypted data key, in one file"
    ))?;
    let shown = story.run("Show what was stored", &[OsStr::new("inspect"), to])?;
    for line in shown.lines() {
        say_line(&format!("   | {line}"))?;
    }
    story.run(
        "Open: only the encrypted data key goes to Decrypt",
        &[&opening.map(OsStr::new)[..], &[back, to]].concat(),
    )?;
    story.step("Compare", || {
        ensure!(same(document, &opened)?, "the opened document differs from the original");
        Ok(())
    })?;
    say_line("   identical")?;
    Ok(())
}

fn next(data_dir: &Path, kept: bool) -> Result<()> {
    let (serve, env) = if kept {
        let data_dir = in_shell(data_dir);
        (
            format!("  strongroom serve --data-dir {data_dir}"),
            format!("  eval \"$(strongroom env --data-dir {data_dir})\""),
        )
    } else {
        (
            "  strongroom serve                      # makes ./strongroom-data and ./strongroom-data.secrets"
                .into(),
            "  eval \"$(strongroom env)\"              # in another shell".into(),
        )
    };
    let create = "  aws kms create-key                    # any AWS SDK or tool now uses your vault";
    let seal = "  strongroom seal --key-id KEY-ID FILE";
    let path = path_to_set().unwrap_or_default();
    say_line(&format!(
        "\nDone. The service was stopped.\nWhat next:\n{path}{serve}\n{env}\n{create}\n{seal}"
    ))?;
    Ok(())
}

/// The line that lets a shell find this program, where it does not yet: after `cargo run`, for instance.
fn path_to_set() -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let folder = program.parent()?;
    let listed = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&listed).any(|place| place.join("strongroom").is_file());
    (!found).then(|| format!("  export PATH={}:\"$PATH\"\n", in_shell(folder)))
}

/// Steps, numbered, with their times.
struct Story {
    number: u32,
    folder: PathBuf,
    running: Running,
    environment: Vec<(&'static str, OsString)>,
}

impl Story {
    fn step<T>(&mut self, what: &str, act: impl FnOnce() -> Result<T>) -> Result<T> {
        self.number += 1;
        say(&format!("{}. {what} ... ", self.number))?;
        let started = Instant::now();
        let done = act();
        let time = started.elapsed();
        match &done {
            Ok(_) => say_line(&format!("{time:.0?}"))?,
            Err(_) => say_line(&format!("failed after {time:.0?}"))?,
        }
        done
    }

    /// This program again, with the environment that its user would have; gives what it prints.
    fn run(&mut self, what: &str, arguments: &[&OsStr]) -> Result<String> {
        let (environment, folder, running) =
            (self.environment.clone(), self.folder.clone(), self.running.clone());
        self.step(what, || {
            let mut command = this_program(&folder)?;
            command
                .args(arguments)
                .envs(environment)
                .env_remove("AWS_PROFILE")
                .env_remove("AWS_SESSION_TOKEN")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let output = running.step(&mut command)?;
            if !output.status.success() {
                let said = String::from_utf8_lossy(&output.stderr);
                bail!("strongroom {}: {}", arguments[0].display(), said.trim());
            }
            Ok(String::from_utf8(output.stdout)?)
        })
    }
}

/// The variables that `strongroom env` exports.
fn environment(places: &Places, endpoint: &str) -> Result<Vec<(&'static str, OsString)>> {
    let made = strongroom_operator::environment(&places.data_dir, &places.secrets_dir, endpoint, None)?;
    Ok(made.into_iter().map(|(name, value)| (name, OsStr::from_bytes(&value).to_owned())).collect())
}

/// `strongroom serve` as a child; gives its URL.
fn start(places: &Places, running: &Running) -> Result<String> {
    let mut command = this_program(&places.folder)?;
    // What a first start tells its operator is not part of the story.
    command
        .args(["serve", "--end-with-parent", "--listen", "127.0.0.1:0", "--log-level", "error", "--data-dir"])
        .arg(&places.data_dir)
        .arg("--secrets-dir")
        .arg(&places.secrets_dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let stderr = running.start(&mut command)?;
    let mut log = Vec::new();
    let mut lines = BufReader::new(stderr).lines();
    for line in lines.by_ref() {
        let line = line?;
        if let Some(endpoint) = line.strip_prefix(serve::READY) {
            let endpoint = endpoint.trim().to_owned();
            // The rest of the log is read so that the service never waits for us.
            std::thread::spawn(move || lines.for_each(drop));
            return Ok(endpoint);
        }
        log.push(line);
    }
    // Its log has ended, so has it. What there is to say is in the log.
    let _ = running.end_service();
    bail!("the service did not start:\n{}", log.join("\n"))
}

/// What goes when the story ends, also when a signal ends it. Whoever holds it is not interrupted.
#[derive(Clone, Default)]
struct Running(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    folder: Option<PathBuf>,
    service: Option<Child>,
    /// What talks to the service now.
    step: Option<OwnedFd>,
}

impl Running {
    /// From now on a signal ends the service and removes the temporary folder before it ends the process. Call it before
    /// any other thread runs.
    fn watched() -> Result<Self> {
        let running = Self::default();
        let of_the_thread = running.clone();
        on_interrupt(move |signal| {
            // Held until the process is gone, so that nothing is started or made any more.
            let mut held = of_the_thread.held();
            let _ = held.end_service();
            remove(held.folder.as_slice());
            complain("\nstrongroom: interrupted; the service is ended, and the temporary folder is removed");
            std::process::exit(ENDED_BY_A_SIGNAL + signal);
        })?;
        Ok(running)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn temporary(&self) -> Result<TempDir> {
        let mut held = self.held();
        let folder = tempfile::Builder::new().prefix("strongroom-quickstart-").tempdir()?;
        held.folder = Some(folder.path().to_owned());
        Ok(folder)
    }

    /// Starts the service in a process group of its own, where a terminal's Ctrl-C does not reach it: its end is ours. Gives
    /// its log.
    fn start(&self, command: &mut Command) -> Result<ChildStderr> {
        let mut held = self.held();
        let mut child = command.process_group(0).spawn()?;
        let stderr = child.stderr.take();
        held.service = Some(child);
        stderr.context("the service's log")
    }

    /// Runs what talks to the service to its end, or until the service is ended.
    fn step(&self, command: &mut Command) -> Result<Output> {
        let mut held = self.held();
        let child = command.spawn()?;
        // By its descriptor, which never is that of another process.
        held.step = pidfd_open(Pid::from_child(&child), PidfdFlags::empty()).ok();
        drop(held);
        let output = child.wait_with_output();
        self.held().step = None;
        Ok(output?)
    }

    fn end_service(&self) -> Result<()> {
        self.held().end_service()
    }
}

impl Held {
    /// Ends the service, if there is one, and what talks to it. That is killed: it inherited that the other signals are
    /// blocked, and its document may never end.
    fn end_service(&mut self) -> Result<()> {
        if let Some(step) = self.step.take() {
            let _ = pidfd_send_signal(step, Signal::KILL);
        }
        let Some(mut child) = self.service.take() else { return Ok(()) };
        let runs = child.try_wait()?.is_none();
        if runs && kill_process(Pid::from_child(&child), Signal::TERM).is_err() {
            child.kill()?;
        }
        ensure!(child.wait()?.success(), "the service did not end cleanly");
        Ok(())
    }
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
