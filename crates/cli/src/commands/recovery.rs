//! `strongroom vault recovery`: the set of shares that open backups. Shares come from the vault by way of the supervisor; the
//! front never sees them, and here they are written, one file each, or printed, once.

use crate::arguments::Unusable;
use crate::commands::operate::{Service, ask, show};
use crate::commands::staying_roots::{self, StayingRoots};
use crate::terminal::{complain, say_line};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use strongroom_control::OperatorRequest;
use strongroom_envelope::sync_folder;

/// The recovery set.
#[derive(clap::Subcommand)]
pub(crate) enum Recovery {
    /// Make a recovery set: any THRESHOLD of SHARES shares open every backup made from now on
    ///
    /// Shares are printed once, or written one file each into --out-dir; nothing keeps them. Hand each to another person, and
    /// keep them apart from backups.
    Create {
        /// How many shares, 2 to 255
        #[arg(long, value_name = "N")]
        shares: u8,
        /// How many of them it takes, at least 2
        #[arg(long, value_name = "T")]
        threshold: u8,
        /// Write share-1.txt, share-2.txt, ... here instead of printing them
        #[arg(long, value_name = "DIR")]
        out_dir: Option<PathBuf>,
        #[command(flatten)]
        service: Service,
    },
    /// Print the recovery set, as JSON
    Status {
        #[command(flatten)]
        service: Service,
    },
    /// Remove the recovery set: no further backup can be made until there is another one
    ///
    /// Its shares still open the backups that were made for it. There is a new keyring key, which they do not open, and a new
    /// domain key: roots that are not present are dropped, a passphrase has to be given, a key file has to be there, and so have
    /// the token and the TPM. Sessions and grant tokens end.
    Remove {
        #[command(flatten)]
        staying: StayingRoots,
        #[command(flatten)]
        service: Service,
    },
}

/// Asks the service and prints its answer.
pub(crate) fn run(recovery: Recovery) -> Result<ExitCode> {
    match recovery {
        Recovery::Create { shares, threshold, out_dir, service } => {
            create(shares, threshold, out_dir.as_deref(), service)
        }
        Recovery::Status { service } => {
            let status = ask(service, &OperatorRequest::VaultStatus)?;
            show(&status["recovery"])
        }
        Recovery::Remove { staying, service } => remove_set(&staying, service),
    }
}

fn remove_set(staying: &StayingRoots, service: Service) -> Result<ExitCode> {
    let status = ask(service.clone(), &OperatorRequest::VaultStatus)?;
    let roots: Vec<&Value> = status["roots"].as_array().into_iter().flatten().collect();
    // Nothing is asked of whoever has no set to remove: the service says so.
    let roots = if status["recovery"].is_null() { Vec::new() } else { roots };
    let (passphrases, key_files) = (staying.passphrases(&roots)?, staying.key_files()?);
    let answer = ask(service, &OperatorRequest::VaultRecoveryRemove { passphrases, key_files })?;
    staying_roots::warn(&answer);
    show(&answer)
}

fn create(shares: u8, threshold: u8, out_dir: Option<&Path>, service: Service) -> Result<ExitCode> {
    if threshold < 2 || threshold > shares {
        return Err(Unusable::because("--threshold is at least 2 and at most --shares"));
    }
    // Whatever can go wrong with the files goes wrong before there are shares: their names are on disk, too.
    let files = out_dir.map(|folder| make_files(folder, shares)).transpose()?;
    let created = ask(service, &OperatorRequest::VaultRecoveryCreate { shares, threshold });
    let mut answer = match created {
        Ok(answer) => answer,
        Err(error) => {
            remove(files.as_deref().unwrap_or_default());
            return Err(error);
        }
    };
    let texts = answer.as_object_mut().and_then(|members| members.remove("ShareTexts")).unwrap_or_default();
    hand_out(&texts, shares, files).context(
        "the recovery set is stored, but its shares could not all be handed out: remove it (strongroom vault recovery \
         remove) and make another",
    )?;
    complain(
        "strongroom: these shares are kept nowhere else. Now make a backup: strongroom backup --out FILE",
    );
    show(&answer)
}

/// New files for the shares, 0600, in a folder that is made if need be.
fn make_files(folder: &Path, shares: u8) -> Result<Vec<(PathBuf, File)>> {
    let named = || folder.display().to_string();
    let absolute = std::path::absolute(folder).with_context(named)?;
    // Where the names of the new folders stand.
    let parents: Vec<&Path> = absolute.ancestors().skip(1).collect();
    let there = parents.iter().position(|parent| parent.is_dir()).map_or(0, |nearest| nearest + 1);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(named)?;
    let mut files = Vec::new();
    for holder in 1..=shares {
        let path = folder.join(format!("share-{holder}.txt"));
        match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path) {
            Ok(file) => files.push((path, file)),
            Err(error) => {
                remove(&files);
                return Err(error).with_context(|| path.display().to_string());
            }
        }
    }
    let above = parents.into_iter().take(there);
    let synced = [absolute.as_path()].into_iter().chain(above).try_for_each(|folder| {
        match sync_folder(folder) {
            // Whose names nobody but its owner may read; and it is not we who made it.
            Err(error) if error.kind() == ErrorKind::PermissionDenied && folder != absolute => Ok(()),
            synced => synced.with_context(|| folder.display().to_string()),
        }
    });
    if synced.is_err() {
        remove(&files);
    }
    synced.map(|()| files)
}

/// Files that got no share.
fn remove(files: &[(PathBuf, File)]) {
    for (path, _) in files {
        let _ = std::fs::remove_file(path);
    }
}

fn hand_out(texts: &Value, shares: u8, files: Option<Vec<(PathBuf, File)>>) -> Result<()> {
    let texts: Vec<&str> = texts.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if texts.len() != usize::from(shares) {
        bail!("the service gave {} shares instead of {shares}", texts.len());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let made_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let sheets = texts.iter().map(|text| strongroom_operator::share_sheet(text, shares, made_ms));
    let sheets = sheets.collect::<Result<Vec<_>, _>>()?;
    match files {
        Some(files) => {
            for ((path, mut file), sheet) in files.into_iter().zip(&sheets) {
                let written = file.write_all(sheet.as_bytes()).and_then(|()| file.sync_all());
                written.with_context(|| path.display().to_string())?;
            }
        }
        None => {
            for sheet in &sheets {
                say_line(sheet)?;
            }
        }
    }
    Ok(())
}
