//! Running the tools that the tasks are made of.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// What a script ends with when it could not get the tool it needs (`EX_TEMPFAIL` of sysexits.h).
pub(crate) const TOOL_MISSING: i32 = 75;

/// A program with its arguments and what it finds in its environment besides ours.
pub(crate) struct Program {
    /// Program and arguments.
    pub(crate) words: Vec<String>,
    /// Names and values.
    pub(crate) environment: Vec<(&'static str, String)>,
}

/// How a program ended that may lack its tool.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Well.
    Passed,
    /// With [`TOOL_MISSING`].
    ToolMissing,
}

impl Program {
    /// A program written as on a command line; no word of it has a space.
    pub(crate) fn new(line: &str) -> Self {
        Self { words: line.split_whitespace().map(str::to_owned).collect(), environment: Vec::new() }
    }

    /// With one more argument.
    pub(crate) fn arg(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    /// With a variable in its environment.
    pub(crate) fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.environment.push((name, value.into()));
        self
    }

    /// As a person would type it.
    pub(crate) fn shown(&self) -> String {
        let variables = self.environment.iter().map(|(name, value)| format!("{name}={value}"));
        variables.chain(self.words.iter().cloned()).collect::<Vec<_>>().join(" ")
    }

    fn command(&self, root: &Path) -> Result<Command> {
        let (program, arguments) = self.words.split_first().context("an empty command")?;
        // A relative path means the repository, not the folder we were called in.
        let program = if program.contains('/') { root.join(program) } else { PathBuf::from(program) };
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(root)
            .stdin(Stdio::null());
        Ok(command)
    }

    /// Runs it in the repository's root, its output going where ours goes.
    pub(crate) fn run(&self, root: &Path) -> Result<Ended> {
        let status = self.command(root)?.status().with_context(|| self.shown())?;
        if status.code() == Some(TOOL_MISSING) {
            return Ok(Ended::ToolMissing);
        }
        self.judge(status)?;
        Ok(Ended::Passed)
    }

    /// Runs it in the repository's root and writes every line of its output to `log` as well as to ours. The
    /// repository's own path is left out of the log.
    pub(crate) fn run_logged(&self, root: &Path, log: &mut impl Write) -> Result<()> {
        let (reader, writer) = std::io::pipe().context("a pipe")?;
        let mut command = self.command(root)?;
        command.stdout(writer.try_clone().context("a pipe")?).stderr(writer);
        let mut child = command.spawn().with_context(|| self.shown())?;
        // Holds the writing ends; without this the reader would wait for ever.
        drop(command);
        let here = root.display().to_string();
        let mut reader = BufReader::new(reader);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).context("the output")? > 0 {
            let text = String::from_utf8_lossy(&line).replace(&here, ".");
            print!("{text}");
            log.write_all(text.as_bytes()).context("the log")?;
            line.clear();
        }
        self.judge(child.wait().with_context(|| self.shown())?)
    }

    fn judge(&self, status: ExitStatus) -> Result<()> {
        if !status.success() {
            bail!("`{}` failed: {status}", self.shown());
        }
        Ok(())
    }
}

/// Runs a program that has to succeed.
pub(crate) fn succeed(root: &Path, program: Program) -> Result<()> {
    if program.run(root)? == Ended::ToolMissing {
        bail!("`{}` lacks a tool", program.shown());
    }
    Ok(())
}

/// The machine's target.
pub(crate) fn host(root: &Path) -> Result<String> {
    let version = output_of(root, "rustc -vV")?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("rustc -vV names no host")
}

/// What a program prints, without the white space around it.
pub(crate) fn output_of(root: &Path, line: &str) -> Result<String> {
    let program = Program::new(line);
    let output = program.command(root)?.stderr(Stdio::inherit()).output().with_context(|| program.shown())?;
    program.judge(output.status)?;
    Ok(String::from_utf8(output.stdout).with_context(|| program.shown())?.trim().to_owned())
}

/// Where Cargo puts what it builds.
pub(crate) fn target_folder(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}

#[cfg(test)]
mod tests {
    use super::{Ended, Program};
    use std::path::Path;

    fn shell(script: &str) -> Program {
        Program::new("sh -c").arg(script)
    }

    #[test]
    fn failure_is_told_from_a_missing_tool() {
        let here = Path::new("/");
        assert_eq!(shell("exit 0").run(here).unwrap(), Ended::Passed);
        assert_eq!(shell("exit 75").run(here).unwrap(), Ended::ToolMissing);
        assert!(shell("exit 1").run(here).is_err());
        assert!(Program::new("no-such-program-of-ours").run(here).is_err());
    }

    #[test]
    fn log_has_both_streams_and_not_the_folder() {
        let folder = std::env::temp_dir();
        let script = format!("echo out {0}/x; echo err >&2; echo $LENGTH", folder.display());
        let mut log = Vec::new();
        shell(&script).env("LENGTH", "7").run_logged(&folder, &mut log).unwrap();
        assert_eq!(String::from_utf8(log).unwrap(), "out ./x\nerr\n7\n");
    }

    #[test]
    fn failure_is_told_though_it_is_logged() {
        assert!(shell("exit 75").run_logged(Path::new("/"), &mut std::io::sink()).is_err());
    }
}
