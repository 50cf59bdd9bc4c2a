//! `cargo xtask ci`: what `.ci/run` runs, in order, up to the first failure.
//!
//! What ships is built in the release profile; what is checked and tested in the profile `ci`, which is the same without
//! link-time optimisation, or every test binary would take minutes to link. Interop comes last: pytest's summary closes
//! the output.

use crate::command::{Ended, Program, target_folder};
use crate::{codegen, tidy};
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::time::Instant;

/// Steps that may be left out when their tool cannot be had; every other skip is a failure.
const MAY_SKIP: [(&str, &str); 1] =
    [("deny", "licences and sources of dependencies are not checked: cargo-deny cannot be installed here")];

struct Step {
    name: &'static str,
    work: Work,
}

enum Work {
    /// A task of this program.
    Task(fn(&Path) -> Result<()>),
    /// Another program.
    Program(Program),
}

/// Runs every step.
pub(crate) fn run(root: &Path) -> Result<()> {
    let started = Instant::now();
    let steps = steps(root);
    for (index, step) in steps.iter().enumerate() {
        let (number, so_far) = (index + 1, started.elapsed().as_secs());
        println!("== {} ({number} of {}, {so_far} s so far)", step.name, steps.len());
        let began = Instant::now();
        let ended = step.run(root).with_context(|| format!("ci stopped at the step `{}`", step.name))?;
        let seconds = began.elapsed().as_secs_f64();
        match (ended, skip_reason(step.name)) {
            (Ended::ToolMissing, Some(reason)) => println!("== {} SKIPPED, as listed: {reason}", step.name),
            (Ended::ToolMissing, None) => bail!("the step `{}` may not be skipped", step.name),
            // The last step's own summary is the last line.
            (Ended::Passed, _) if number == steps.len() => {}
            (Ended::Passed, _) => println!("== {} done in {seconds:.1} s", step.name),
        }
    }
    Ok(())
}

fn skip_reason(name: &str) -> Option<&'static str> {
    MAY_SKIP.iter().find(|(step, _)| *step == name).map(|(_, reason)| *reason)
}

impl Step {
    fn run(&self, root: &Path) -> Result<Ended> {
        match &self.work {
            Work::Task(task) => task(root).map(|()| Ended::Passed),
            Work::Program(program) => program.run(root),
        }
    }
}

fn task(name: &'static str, task: fn(&Path) -> Result<()>) -> Step {
    Step { name, work: Work::Task(task) }
}

fn program(name: &'static str, program: Program) -> Step {
    Step { name, work: Work::Program(program) }
}

fn check_codegen(root: &Path) -> Result<()> {
    codegen::run(root, true)
}

fn steps(root: &Path) -> Vec<Step> {
    let target = target_folder(root).display().to_string();
    let binary = format!("{target}/release/strongroom");
    let build = Program::new("cargo build --release --locked -p strongroom");
    // Suites that are enough to see that a service with its root key in a token starts, serves and comes back: a minute.
    let on_a_token = Program::new("interop/run.sh").arg(binary.clone());
    let on_a_token = on_a_token.env("STRONGROOM_INTEROP_ROOT", "pkcs11").env("STRONGROOM_SUITES", "short");
    // The loops run once, with the whole suite.
    let on_a_token = on_a_token.env("STRONGROOM_KILLS", "0").env("STRONGROOM_FAULTS", "0");
    let fuzz = Program::new("cargo check --release --locked --manifest-path fuzz/Cargo.toml --target-dir");
    vec![
        program("fmt", Program::new("cargo fmt --all --check")),
        task("codegen", check_codegen),
        task("tidy", tidy::run),
        program("deny", Program::new(".ci/deny.sh")),
        program(
            "clippy",
            Program::new("cargo clippy --profile ci --locked --workspace --all-targets -- -D warnings"),
        ),
        program("fuzz targets compile", fuzz.arg(target)),
        // The README's first command, to the letter.
        program("quickstart", Program::new("cargo run --release -- quickstart")),
        program("tests", Program::new("cargo test --profile ci --locked --workspace")),
        // What is shown is what ships.
        program("build for interop", build),
        program("interop on a token", on_a_token),
        program("interop", Program::new("interop/run.sh").arg(binary)),
    ]
}

#[cfg(test)]
mod tests {
    use super::{Work, skip_reason, steps};
    use std::path::Path;

    #[test]
    fn suites_run_with_the_root_key_in_a_token_too() {
        let steps = steps(Path::new("/"));
        let step = steps.iter().find(|step| step.name == "interop on a token").unwrap();
        let Work::Program(program) = &step.work else { panic!("a program") };
        let shown = program.shown();
        assert!(shown.starts_with("STRONGROOM_INTEROP_ROOT=pkcs11 STRONGROOM_SUITES=short "), "{shown}");
    }

    #[test]
    fn only_steps_that_exist_may_be_skipped() {
        let names: Vec<&str> = steps(Path::new("/")).iter().map(|step| step.name).collect();
        let skipped: Vec<&&str> = names.iter().filter(|name| skip_reason(name).is_some()).collect();
        assert_eq!(skipped, [&"deny"]);
        assert_eq!(names.last(), Some(&"interop"));
    }
}
