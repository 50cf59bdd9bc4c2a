//! The AWS Encryption SDKs that can be installed: what of each has to be there, and what is made on demand.

use super::contender::{AWS_ESDK, Contender, ESDK_PYTHON, present, text};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// The Python that `interop/run.sh` sets up with the SDK.
pub(crate) const PYTHON: &str = "target/interop-venv/bin/python";
/// The peer in Python.
pub(crate) const PYTHON_SCRIPT: &str = "crates/bench/src/envelope/encryption_sdk.py";

/// The peer in JavaScript, and the SDK that interop pins.
const JAVASCRIPT_SCRIPT: &str = "crates/bench/src/envelope/encryption_sdk.mjs";
const JAVASCRIPT_PACKAGES: [&str; 2] =
    ["interop/javascript/package.json", "interop/javascript/package-lock.json"];
/// Where the script lies beside its packages.
const JAVASCRIPT_FOLDER: &str = "target/bench-peers/javascript";

/// The crate's peer, and where it is built.
const AWS_ESDK_MANIFEST: &str = "crates/bench/peers/aws-esdk/Cargo.toml";
const AWS_ESDK_TARGET: &str = "target/bench-peers/aws-esdk";
const AWS_ESDK_PROGRAM: &str = "target/bench-peers/aws-esdk/release/strongroom-bench-aws-esdk";

/// How many times the file the crate has in memory (measured: 4.1 GB for 1 GiB).
const AWS_ESDK_FILES_IN_MEMORY: u64 = 5;

/// The SDK for Python.
pub(crate) fn python() -> Result<Contender> {
    present(PYTHON, "run interop/run.sh once, which installs it")?;
    Ok(Contender::script(ESDK_PYTHON, &[PYTHON, PYTHON_SCRIPT]))
}

/// The SDK for JavaScript; its packages are installed where they are not.
pub(crate) fn javascript() -> Result<Contender> {
    present("node", "install Node.js 20")?;
    let folder = Path::new(JAVASCRIPT_FOLDER);
    fs::create_dir_all(folder)?;
    let script = folder.join("encryption_sdk.mjs");
    fs::copy(JAVASCRIPT_SCRIPT, &script)?;
    install(folder)?;
    Ok(Contender::script("ESDK JavaScript", &["node", text(&script)?]))
}

/// `npm ci`, unless what is there is what the lock file says.
fn install(folder: &Path) -> Result<()> {
    let (lock, stamp) = (fs::read(JAVASCRIPT_PACKAGES[1])?, folder.join("installed"));
    if fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    for package in JAVASCRIPT_PACKAGES.map(Path::new) {
        fs::copy(package, folder.join(package.file_name().context("a file's name")?))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--silent"]).current_dir(folder).stdin(Stdio::null());
    if !npm.status().context("npm is not there")?.success() {
        bail!("npm ci failed in {JAVASCRIPT_FOLDER}");
    }
    Ok(fs::write(stamp, lock)?)
}

/// The crate; built if asked for.
pub(crate) fn aws_esdk(build: bool) -> Result<Contender> {
    let arguments = [
        "build",
        "--release",
        "--locked",
        "--manifest-path",
        AWS_ESDK_MANIFEST,
        "--target-dir",
        AWS_ESDK_TARGET,
    ];
    if build && !Command::new("cargo").args(arguments).status()?.success() {
        bail!("cargo {} failed", arguments.join(" "));
    }
    let advice = "--build-peers builds it, which takes many minutes";
    present(AWS_ESDK_PROGRAM, advice)?;
    let mut contender = Contender::script(AWS_ESDK, &[AWS_ESDK_PROGRAM]);
    contender.files_in_memory = AWS_ESDK_FILES_IN_MEMORY;
    Ok(contender)
}
