//! `strongroom vault`: the roots that open the vault, sealing it, its domain keys, and wiping what was deleted.

use crate::arguments::root_kind;
use crate::commands::operate::{Service, ask, show};
use crate::commands::recovery::{self, Recovery};
use crate::commands::staying_roots::{self, StayingRoots, absolute};
use crate::passphrase;
use crate::terminal::complain;
use anyhow::{Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use strongroom_control::{OperatorRequest, SecretText};

/// The vault of the running service: its roots, sealing, domain keys.
#[derive(clap::Subcommand)]
pub(crate) enum Vault {
    /// Print whether the vault is open, its roots, and how far wrapping anew has come, as JSON
    Status {
        #[command(flatten)]
        service: Service,
    },
    /// Enrol one more root: any of them opens the vault
    Enroll {
        /// passphrase, key-file, tpm (the machine's TPM, or that of `serve --tpm-device`), or pkcs11 (the token that the service
        /// was started with)
        #[arg(long, value_name = "KIND", value_parser = root_kind)]
        kind: String,
        /// What you call it: 1 to 64 characters of a-z, A-Z, 0-9 and -_. [default: its kind]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// The key file; made if it is not there [default: root-key in the secrets folder]
        #[arg(long, value_name = "FILE")]
        file: Option<PathBuf>,
        /// Read the passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        #[command(flatten)]
        service: Service,
    },
    /// Remove a root that may have leaked: a new keyring key for those that stay, and a new domain key
    ///
    /// Roots that are not present are dropped: a passphrase has to be given, a key file has to be there, and so have the
    /// token and the TPM. Sessions and grant tokens end.
    Remove {
        /// The root's id or name
        root: String,
        #[command(flatten)]
        staying: StayingRoots,
        #[command(flatten)]
        service: Service,
    },
    /// Make a new domain key; everything is wrapped anew under it in the background
    RotateDomainKey {
        #[command(flatten)]
        service: Service,
    },
    /// The recovery set: shares on paper that open a backup where everything else is gone
    #[command(subcommand)]
    Recovery(Recovery),
    /// Drop every key from memory: no request is served until the vault is unsealed
    Seal {
        #[command(flatten)]
        service: Service,
    },
    /// Open a sealed vault with a passphrase, or with the root of the start
    Unseal {
        /// Read the passphrase from this file instead of asking for it
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
        /// Open it with the root that the service was started with; a PIN that the token refused is read again
        #[arg(long, conflicts_with = "passphrase_file")]
        configured_root: bool,
        #[command(flatten)]
        service: Service,
    },
    /// Write the state's file anew, so that nothing of deleted keys is left in it; happens within a day by itself
    Scrub {
        #[command(flatten)]
        service: Service,
    },
}

/// Asks the service and prints its answer.
pub(crate) fn run(vault: Vault) -> Result<ExitCode> {
    match vault {
        Vault::Status { service } => show(&ask(service, &OperatorRequest::VaultStatus)?),
        Vault::Enroll { kind, name, file, passphrase_file, service } => {
            let passphrase = match kind.as_str() {
                "passphrase" => Some(new_passphrase(passphrase_file.as_deref())?),
                _ => None,
            };
            let file = file.as_deref().map(absolute).transpose()?;
            show(&ask(service, &OperatorRequest::VaultEnroll { kind, name, file, passphrase })?)
        }
        Vault::Remove { root, staying, service } => remove(&root, &staying, service),
        Vault::RotateDomainKey { service } => show(&ask(service, &OperatorRequest::VaultRotateDomainKey)?),
        Vault::Recovery(recovery) => recovery::run(recovery),
        Vault::Seal { service } => show(&ask(service, &OperatorRequest::VaultSeal)?),
        Vault::Unseal { passphrase_file, configured_root, service } => {
            let passphrase = match passphrase_file {
                _ if configured_root => None,
                Some(path) => Some(passphrase::from_file(&path)?),
                None => Some(passphrase::ask("Passphrase")?),
            };
            show(&ask(service, &OperatorRequest::VaultUnseal { passphrase })?)
        }
        Vault::Scrub { service } => show(&ask(service, &OperatorRequest::VaultScrub)?),
    }
}

fn new_passphrase(file: Option<&Path>) -> Result<SecretText> {
    match file {
        Some(path) => passphrase::from_file(path),
        None => passphrase::ask_for_new("New passphrase"),
    }
}

fn remove(root: &str, staying: &StayingRoots, service: Service) -> Result<ExitCode> {
    let status = ask(service.clone(), &OperatorRequest::VaultStatus)?;
    let roots = status["roots"].as_array().cloned().unwrap_or_default();
    let is_it = |of: &Value| of["id"] == root || of["name"] == root;
    let Some(removed) = roots.iter().find(|of| is_it(of)) else {
        bail!("no root {root} is enrolled; strongroom vault status lists them");
    };
    let removed = removed["id"].as_str().unwrap_or_default().to_owned();
    let stay: Vec<&Value> = roots.iter().filter(|of| of["id"] != removed.as_str()).collect();
    let (passphrases, key_files) = (staying.passphrases(&stay)?, staying.key_files()?);
    let answer = ask(service, &OperatorRequest::VaultRemove { root: removed, passphrases, key_files })?;
    staying_roots::warn(&answer);
    if answer["StartRootRemoved"] == true {
        warn_of_the_next_start(&stay, &answer);
    }
    show(&answer)
}

/// The root is gone that the service was started with: what follows, and what it can be started with.
fn warn_of_the_next_start(stay: &[&Value], answer: &Value) {
    let is_dropped =
        |root: &Value| answer["Dropped"].as_array().is_some_and(|names| names.contains(&root["name"]));
    let kept = stay.iter().filter(|root| !is_dropped(root));
    let ways: Vec<String> = kept.map(|root| way_to_start(root)).collect();
    complain(&format!(
        "strongroom: warning: the service was started with the root that is removed now. It serves on; but a vault that is \
         started again, after a crash too, stays sealed, and so does a service that is started with that root. Start it \
         anew, now, with a root that stays: {}",
        ways.join("; ")
    ));
}

fn way_to_start(root: &Value) -> String {
    let name = root["name"].as_str().unwrap_or_default();
    let way = match root["kind"].as_str().unwrap_or_default() {
        "passphrase" => "--root passphrase, or strongroom vault unseal",
        "tpm" => "--root tpm",
        "key-file" => {
            "--root key-file, with its file as root-key in the secrets folder, or --root credential"
        }
        "token-derive" | "token-seal" => "--root pkcs11",
        kind => kind,
    };
    format!("{name} ({way})")
}
