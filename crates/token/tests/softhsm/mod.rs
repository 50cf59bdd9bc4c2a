//! A SoftHSM token in a folder of its own, and child processes that use it: a PKCS#11 library has one state per process
//! and SoftHSM reads its configuration from the environment.

#![allow(dead_code)] // each of those that share this file uses a part of it

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The library of Debian's package softhsm2.
pub(crate) const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
pub(crate) const LABEL: &str = "strongroom";
pub(crate) const PIN: &str = "fedcba9876";

/// A configuration without HMAC-SHA256: this SoftHSM leaves the first name of such a list in force.
pub(crate) const WITHOUT_HMAC: &str = "slots.mechanisms = -CKM_RSA_X_509,CKM_SHA256_HMAC\n";

/// A configuration without either rung of the ladder.
pub(crate) const WITHOUT_RUNGS: &str = "slots.mechanisms = -CKM_RSA_X_509,CKM_SHA256_HMAC,CKM_AES_GCM\n";

/// The variable that names the token's folder to a child.
const DIRECTORY: &str = "TOKEN_TEST_DIRECTORY";

/// One token. Its folder goes with the first owner.
pub(crate) struct SoftHsm {
    directory: PathBuf,
    owned: Option<tempfile::TempDir>,
}

impl SoftHsm {
    /// An initialised token, with more lines of configuration.
    pub(crate) fn new(more: &str) -> Self {
        let owned = tempfile::tempdir().unwrap();
        let hsm = Self { directory: owned.path().to_owned(), owned: Some(owned) };
        fs::create_dir(hsm.tokens()).unwrap();
        let tokens = hsm.tokens();
        let configuration = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n{more}",
            tokens.display()
        );
        fs::write(hsm.configuration(), configuration).unwrap();
        hsm.add_token();
        hsm
    }

    /// Makes a token, of the same label as every other one.
    pub(crate) fn add_token(&self) {
        let mut tool = Command::new("softhsm2-util");
        tool.args(["--init-token", "--free", "--label", LABEL, "--so-pin", "12345678", "--pin", PIN]);
        let made = tool.env("SOFTHSM2_CONF", self.configuration()).output();
        let made = made.expect("softhsm2-util: install the package softhsm2");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    /// The token that a child was started with.
    fn of_parent(directory: OsString) -> Self {
        Self { directory: directory.into(), owned: None }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn configuration(&self) -> PathBuf {
        self.directory.join("softhsm2.conf")
    }

    pub(crate) fn tokens(&self) -> PathBuf {
        self.directory.join("tokens")
    }

    /// The token is gone, as if somebody had pulled it out.
    pub(crate) fn take_away(&self) {
        fs::rename(self.tokens(), self.directory.join("elsewhere")).unwrap();
    }

    pub(crate) fn bring_back(&self) {
        fs::rename(self.directory.join("elsewhere"), self.tokens()).unwrap();
    }

    /// This test binary again, to run one of its tests with this token.
    pub(crate) fn child(&self, test: &str) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([test, "--exact", "--nocapture", "--test-threads=1"]);
        command.env("SOFTHSM2_CONF", self.configuration()).env(DIRECTORY, &self.directory);
        command
    }
}

/// The token of this process, if it is a child.
pub(crate) fn in_child() -> Option<SoftHsm> {
    std::env::var_os(DIRECTORY).map(SoftHsm::of_parent)
}

/// Runs the body of the test of that name in a child of its own, with a token of its own.
pub(crate) fn with_token(test: &str, more: &str, body: impl FnOnce(&SoftHsm)) {
    if let Some(hsm) = in_child() {
        return body(&hsm);
    }
    let hsm = SoftHsm::new(more);
    let output = hsm.child(test).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complained = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}\n{complained}");
    // A name that is no test's would succeed too.
    assert!(said.contains("1 passed"), "{test} did not run: {said}");
}
