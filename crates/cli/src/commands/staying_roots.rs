//! Roots that stay when the keyring key is replaced: it is wrapped anew to those that are present, and the others are dropped.
//! What the service cannot read itself, the operator brings.

use crate::passphrase;
use crate::terminal::complain;
use anyhow::{Context, Result};
use serde_json::Value;
use std::path::{Path, PathBuf};
use strongroom_control::SecretText;

/// What is brought of roots that stay.
#[derive(clap::Args)]
pub(crate) struct StayingRoots {
    /// The passphrase of a root that stays, in a file; repeatable [default: they are asked for]
    #[arg(long, value_name = "FILE")]
    passphrase_file: Vec<PathBuf>,
    /// The key file of a root that stays, besides the one the service was started with; repeatable
    #[arg(long, value_name = "FILE")]
    key_file: Vec<PathBuf>,
}

impl StayingRoots {
    /// The passphrases: of the files, or typed for each of these roots that has one, as `vault status` shows them.
    pub(crate) fn passphrases(&self, stay: &[&Value]) -> Result<Vec<SecretText>> {
        let mut passphrases = Vec::new();
        for path in &self.passphrase_file {
            passphrases.push(passphrase::from_file(path)?);
        }
        if self.passphrase_file.is_empty() && passphrase::can_ask() {
            for root in stay.iter().filter(|root| root["kind"] == "passphrase") {
                let name = root["name"].as_str().unwrap_or_default();
                let typed = passphrase::ask(&format!("Passphrase of {name} (empty: it is dropped)"))?;
                passphrases.extend(Some(typed).filter(|typed| !typed.expose().is_empty()));
            }
        }
        Ok(passphrases)
    }

    /// The key files.
    pub(crate) fn key_files(&self) -> Result<Vec<PathBuf>> {
        self.key_file.iter().map(|path| absolute(path)).collect()
    }
}

/// The service may run elsewhere in the file system.
pub(crate) fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| path.display().to_string())
}

/// Warns of roots that were dropped, by the service's answer.
pub(crate) fn warn(answer: &Value) {
    for dropped in answer["Dropped"].as_array().into_iter().flatten() {
        let name = dropped.as_str().unwrap_or_default();
        complain(&format!(
            "strongroom: warning: root {name} was not present and was dropped; enrol it again"
        ));
    }
    if let Some(why) = answer["TpmAway"].as_str() {
        complain(&format!("strongroom: warning: the root that a TPM sealed was not presented: {why}"));
    }
}
