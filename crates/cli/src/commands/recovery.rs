//! `strongroom vault recovery`: the set of shares that open backups. Shares come from the vault by way of the supervisor; the
//! front never sees them, and here they are written, one file each, or printed, once.

use crate::arguments::Unusable;
use crate::commands::operate::{Service, ask, show};
use crate::commands::share_files::ShareFiles;
use crate::commands::staying_roots::{self, StayingRoots};
use crate::terminal::{complain, say_line};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};
use strongroom_control::OperatorRequest;
use strongroom_operator::OperatorError;
use zeroize::Zeroizing;

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
    let answer = match out_dir {
        Some(folder) => create_in(folder, shares, threshold, service)?,
        None => create_printed(shares, threshold, service)?,
    };
    complain(
        "strongroom: these shares are kept nowhere else. Now make a backup: strongroom backup --out FILE",
    );
    show(&answer)
}

/// What a failure comes to that left nothing behind.
const NOT_MADE: &str = "no recovery set was made";

/// The shares are on the disk before the set counts: backups to a set whose shares nobody has open for nobody.
fn create_in(folder: &Path, shares: u8, threshold: u8, service: Service) -> Result<Value> {
    let mut files = ShareFiles::make(folder, shares).context(NOT_MADE)?;
    let request = OperatorRequest::VaultRecoveryCreate { shares, threshold, prepare: true };
    let prepared = ask(service.clone(), &request).and_then(|mut answer| {
        files.write(&sheets(&mut answer, shares)?)?;
        Ok(answer["Set"].as_str().unwrap_or_default().to_owned())
    });
    let not_made = |error: anyhow::Error| {
        files.remove();
        error.context(NOT_MADE)
    };
    let set = prepared.map_err(not_made)?;
    let stored = ask(service, &OperatorRequest::VaultRecoveryStore { set: set.clone() });
    let answer = stored.map_err(|error| {
        if has_changed_nothing(&error) {
            return not_made(error);
        }
        error.context(format!(
            "strongroom vault recovery status says whether recovery set {set} is stored; its shares are in {}, in the files \
             that end with .new: delete them if it is not",
            folder.display()
        ))
    })?;
    files.publish().context(
        "the recovery set is stored and its shares are written, some of them in files that still end with .new",
    )?;
    Ok(answer)
}

/// Whether the service is sure that a refusal left everything as it was.
fn has_changed_nothing(error: &anyhow::Error) -> bool {
    let refused = error.downcast_ref::<OperatorError>();
    matches!(refused, Some(OperatorError::Refused(text)) if text.ends_with("nothing was changed"))
}

fn create_printed(shares: u8, threshold: u8, service: Service) -> Result<Value> {
    let request = OperatorRequest::VaultRecoveryCreate { shares, threshold, prepare: false };
    let mut answer = ask(service, &request)?;
    let printed = sheets(&mut answer, shares)
        .and_then(|sheets| sheets.iter().try_for_each(|sheet| say_line(sheet).map_err(anyhow::Error::from)));
    printed.context(
        "the recovery set is stored, but its shares could not all be handed out: remove it (strongroom vault recovery \
         remove) and make another",
    )?;
    Ok(answer)
}

/// Takes the shares out of the service's answer: a sheet for each.
fn sheets(answer: &mut Value, shares: u8) -> Result<Vec<Zeroizing<String>>> {
    let texts = answer.as_object_mut().and_then(|members| members.remove("ShareTexts")).unwrap_or_default();
    let texts: Vec<&str> = texts.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if texts.len() != usize::from(shares) {
        bail!("the service gave {} shares instead of {shares}", texts.len());
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let made_ms = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let sheets = texts.iter().map(|text| strongroom_operator::share_sheet(text, shares, made_ms));
    Ok(sheets.collect::<Result<Vec<_>, _>>()?)
}
