//! The tools that are compared, each as two command lines. A tool that is not there is named with the way to get it.

use super::{Way, encryption_sdks};
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Stand for the files in a command line.
pub(crate) const INPUT: &str = "{input}";
pub(crate) const OUTPUT: &str = "{output}";

/// The rage that is compared: the newest that there was.
const RAGE: &str = "0.12.1";

/// The name of our row.
pub(crate) const OURS: &str = "strongroom";
/// The name of the yardstick's row.
pub(crate) const LOOP: &str = "AES-256-GCM loop";
/// The name of the row of the SDK for Python.
pub(crate) const ESDK_PYTHON: &str = "ESDK Python";
/// The name of the row of the crate.
pub(crate) const AWS_ESDK: &str = "aws-esdk (crate)";

/// A tool.
pub(crate) struct Contender {
    /// The row's name.
    pub(crate) name: &'static str,
    seal: Vec<String>,
    open: Vec<String>,
    /// Whether it prints the seconds of its work, so that the start of its interpreter does not count.
    pub(crate) says_seconds: bool,
    /// How many times the file it has in memory; 0 if it streams.
    pub(crate) files_in_memory: u64,
}

/// A tool that is not there, and why.
pub(crate) type Absent = (&'static str, String);

impl Contender {
    /// A tool that streams and whose whole run counts.
    fn new(name: &'static str, seal: &[&str], open: &[&str]) -> Self {
        let words = |line: &[&str]| line.iter().map(|word| (*word).to_owned()).collect();
        Self { name, seal: words(seal), open: words(open), says_seconds: false, files_in_memory: 0 }
    }

    /// A program that is called with `seal` or `open` and two files, and prints the seconds of its work.
    pub(crate) fn script(name: &'static str, program: &[&str]) -> Self {
        let line = |way: Way| [program, &[way.name(), INPUT, OUTPUT]].concat();
        Self { says_seconds: true, ..Self::new(name, &line(Way::Seal), &line(Way::Open)) }
    }

    /// What is run.
    pub(crate) fn command(&self, way: Way, input: &Path, output: &Path) -> Command {
        match way {
            Way::Seal => command(&self.seal, input, output),
            Way::Open => command(&self.open, input, output),
        }
    }
}

/// A command line with the files in the places of their words.
pub(crate) fn command(words: &[String], input: &Path, output: &Path) -> Command {
    let mut words = words.iter().map(|word| match word.as_str() {
        INPUT => input.as_os_str().to_owned(),
        OUTPUT => output.as_os_str().to_owned(),
        word => word.into(),
    });
    let mut command = Command::new(words.next().unwrap_or_default());
    command.args(words);
    command
}

/// Everything that can be compared here, ours and the yardstick first; and what cannot. Keys are put into `keys`.
pub(crate) fn all(binary: &Path, keys: &Path, build_peers: bool) -> Result<(Vec<Contender>, Vec<Absent>)> {
    let (mut there, mut absent) = (vec![ours(binary, keys)?, gcm_loop()?, copy()], Vec::new());
    let peers = [
        ("openssl enc -aes-256-ctr", openssl()),
        ("age", age("age", "`apt-get install age` installs it", keys)),
        ("rage", age("rage", &format!("`cargo install --locked rage --version {RAGE}` installs it"), keys)),
        (ESDK_PYTHON, encryption_sdks::python()),
        ("ESDK JavaScript", encryption_sdks::javascript()),
        (AWS_ESDK, encryption_sdks::aws_esdk(build_peers)),
    ];
    for (name, found) in peers {
        match found {
            Ok(contender) => there.push(contender),
            Err(why) => absent.push((name, format!("{why:#}"))),
        }
    }
    Ok((there, absent))
}

fn ours(binary: &Path, keys: &Path) -> Result<Contender> {
    let (program, key) = (text(binary)?, our_key(keys)?);
    let line = |way: Way| [program, way.name(), "-q", "--raw-aes-key", &key, "-o", OUTPUT, INPUT];
    Ok(Contender::new(OURS, &line(Way::Seal), &line(Way::Open)))
}

/// A key in a file, as `--raw-aes-key` names it.
pub(crate) fn our_key(keys: &Path) -> Result<String> {
    let key = keys.join("aes");
    fs::write(&key, "07".repeat(32))?;
    Ok(format!("bench:bench:{}", text(&key)?))
}

fn gcm_loop() -> Result<Contender> {
    let program = std::env::current_exe()?;
    let line =
        |way: Way| -> Result<[&str; 5]> { Ok([text(&program)?, "gcm-loop", way.name(), INPUT, OUTPUT]) };
    Ok(Contender::new(LOOP, &line(Way::Seal)?, &line(Way::Open)?))
}

/// A copy that really copies.
pub(crate) const COPY: [&str; 4] = ["cp", "--reflink=never", INPUT, OUTPUT];

fn copy() -> Contender {
    Contender::new("cp", &COPY, &COPY)
}

/// Without authentication: `openssl enc` has no AEAD.
fn openssl() -> Result<Contender> {
    present("openssl", "install OpenSSL")?;
    let (key, iv) = ("07".repeat(32), "00".repeat(16));
    let line = ["openssl", "enc", "-aes-256-ctr", "-K", &key, "-iv", &iv, "-in", INPUT, "-out", OUTPUT];
    Ok(Contender::new("openssl enc -aes-256-ctr", &line, &[&line[..], &["-d"]].concat()))
}

/// age or rage, to one X25519 recipient; `install` is the way to get it into the PATH, with its keygen.
fn age(program: &'static str, install: &str, keys: &Path) -> Result<Contender> {
    present(program, install)?;
    let identity = keys.join(program);
    let keygen = format!("{program}-keygen");
    let made = Command::new(&keygen).arg("-o").arg(&identity).stderr(Stdio::null()).status();
    made.ok().filter(std::process::ExitStatus::success).with_context(|| format!("{keygen} does not work"))?;
    let said = fs::read_to_string(&identity)?;
    let recipient =
        said.lines().find_map(|line| line.strip_prefix("# public key: ")).context("no public key")?;
    let seal = [program, "-r", recipient, "-o", OUTPUT, INPUT];
    let open = [program, "-d", "-i", text(&identity)?, "-o", OUTPUT, INPUT];
    Ok(Contender::new(program, &seal, &open))
}

/// Fails with the advice if a program cannot be started.
pub(crate) fn present(program: &str, advice: &str) -> Result<()> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().map(drop).with_context(|| format!("{program} is not there; {advice}"))
}

/// A path as text.
pub(crate) fn text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_take_the_places_of_their_words() {
        let script = Contender::script("x", &["program", "script"]);
        let command = script.command(Way::Open, Path::new("in put"), Path::new("out"));
        let words: Vec<_> = command.get_args().map(|word| word.to_str().unwrap()).collect();
        assert_eq!(
            (command.get_program().to_str(), &words[..]),
            (Some("program"), &["script", "open", "in put", "out"][..])
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_named_with_the_advice() {
        let said = format!("{:#}", present("no-such-program-of-ours", "install it").unwrap_err());
        assert!(said.starts_with("no-such-program-of-ours is not there; install it"), "{said}");
        assert!(present("cp", "").is_ok());
    }
}
