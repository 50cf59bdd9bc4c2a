//! `--root` of `strongroom serve`: what opens the vault.

use crate::configuration::FileConfiguration;
use crate::flags_first::{Exclusive, is_flag};
use anyhow::{Context, Result, bail};
use clap::ArgMatches;
use std::path::{Path, PathBuf};
use strongroom_supervisor::{PassphraseSource, RootChoice};

/// What opens the vault.
#[derive(clap::Args)]
pub(crate) struct RootArgs {
    /// What opens the vault: key-file (in the secrets folder), credential (strongroom-root of the service manager),
    /// passphrase, tpm (a key that the machine's TPM 2.0 has sealed), or pkcs11 (a key in the token that --pkcs11-module and
    /// --pkcs11-token name) [default: key-file]
    #[arg(long, value_name = "ROOT", env = "STRONGROOM_ROOT")]
    root: Option<String>,
    /// With --root passphrase: a file that only the service's user may read. Without it or --passphrase-fd the service
    /// starts sealed and waits for `strongroom vault unseal`
    #[arg(long, value_name = "FILE", env = "STRONGROOM_PASSPHRASE_FILE")]
    passphrase_file: Option<PathBuf>,
    /// With --root passphrase: an inherited descriptor to read it from
    #[arg(long, value_name = "N", env = "STRONGROOM_PASSPHRASE_FD")]
    passphrase_fd: Option<u32>,
    /// The TPM that seals the root key, with --root tpm and for `strongroom vault enroll --kind tpm`: a device, or the Unix socket
    /// of a software TPM [default: /dev/tpmrm0]
    #[arg(long, value_name = "PATH", env = "STRONGROOM_TPM_DEVICE")]
    tpm_device: Option<PathBuf>,
}

/// The kernel's device with a resource manager: others may use the TPM meanwhile.
const TPM_DEVICE: &str = "/dev/tpmrm0";

/// The root that a passphrase opens.
const PASSPHRASE: &str = "passphrase";

impl Exclusive for RootArgs {
    fn outdone(given: &ArgMatches) -> Vec<&'static str> {
        let root = given.get_one::<String>("root").filter(|_| is_flag(given, "root"));
        if root.is_some_and(|root| root != PASSPHRASE) {
            vec!["passphrase_file", "passphrase_fd"]
        } else if is_flag(given, "passphrase_fd") {
            vec!["passphrase_file"]
        } else if is_flag(given, "passphrase_file") {
            vec!["passphrase_fd"]
        } else {
            Vec::new()
        }
    }
}

impl RootArgs {
    /// The TPM's path, absolute: it is opened again when the vault is started again.
    pub(crate) fn tpm(&self, file: &FileConfiguration) -> Result<PathBuf> {
        let named = self.tpm_device.as_ref().or(file.tpm_device.as_ref());
        let path = named.map_or_else(|| Path::new(TPM_DEVICE), PathBuf::as_path);
        std::path::absolute(path).with_context(|| path.display().to_string())
    }
}

/// Flags and variables, then the file. `token`: whether a PKCS#11 token is configured.
pub(crate) fn root(args: &RootArgs, file: &FileConfiguration, token: bool) -> Result<RootChoice> {
    let named = args.root.clone().or_else(|| file.root.clone()).unwrap_or_else(|| "key-file".to_owned());
    // The file's does not count beside a flag or variable that says something else.
    let in_file = (args.root.is_none() || named == PASSPHRASE) && args.passphrase_fd.is_none();
    let in_file = file.passphrase_file.as_ref().filter(|_| in_file);
    let path = args.passphrase_file.as_ref().or(in_file);
    let source = match (path, args.passphrase_fd) {
        (Some(_), Some(_)) => bail!("--passphrase-file and --passphrase-fd: one of them"),
        (Some(path), None) => {
            // It is read again when the vault is started again.
            let path = std::path::absolute(path).with_context(|| path.display().to_string())?;
            Some(PassphraseSource::File(path))
        }
        (None, Some(number)) => {
            let number = i32::try_from(number).context("--passphrase-fd: no such descriptor")?;
            Some(PassphraseSource::Descriptor(number))
        }
        (None, None) => None,
    };
    match (named.as_str(), source) {
        (PASSPHRASE, source) => Ok(RootChoice::Passphrase(source)),
        ("key-file" | "credential" | "tpm" | "pkcs11", Some(_)) => {
            bail!("--root {named}: --passphrase-file and --passphrase-fd belong to --root passphrase")
        }
        ("key-file", None) => Ok(RootChoice::KeyFile),
        ("credential", None) => Ok(RootChoice::Credential),
        ("tpm", None) => Ok(RootChoice::Tpm),
        ("pkcs11", None) if token => Ok(RootChoice::Pkcs11),
        ("pkcs11", None) => {
            bail!(
                "--root pkcs11 needs --pkcs11-module, --pkcs11-token and --pkcs11-pin-file or --pkcs11-pin-fd"
            )
        }
        _ => bail!("--root {named}: it is key-file, credential, passphrase, tpm or pkcs11"),
    }
}
