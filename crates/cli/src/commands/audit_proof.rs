//! `strongroom audit verify`, `prove`, `check`, `consistency`, `public-key`, `hold` and `witness`: the audit log as
//! something that can be proved. All but `public-key` work on files, whether the service runs or not; what changes holds or
//! witnesses asks the service where one runs, so that it is on the record.

use crate::arguments::Unusable;
use crate::configuration;
use crate::terminal::{complain, say, say_line};
use anyhow::{Context, Result, bail};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use strongroom_audit::verify::Verified;
use strongroom_audit::{LogKeys, RecordProof};
use strongroom_control::{AuditAct, OperatorRequest};
use strongroom_operator::audit_verify::{AuditFiles, DeliveredLog, RecordName, log_keys};

/// Where a log is.
#[derive(Clone, clap::Args)]
pub(crate) struct Log {
    /// The data directory [default: strongroom-data]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_DATA_DIR")]
    data_dir: Option<PathBuf>,
    /// A copy of the folder `audit`, in place of a data directory; for `verify` also what a folder or bucket sink has received
    #[arg(long, value_name = "DIR")]
    export: Option<PathBuf>,
    #[command(flatten)]
    keys: Keys,
}

/// Whose signatures count.
#[derive(Clone, clap::Args)]
pub(crate) struct Keys {
    /// The log's public keys, as `audit public-key` prints them [default: audit-public-keys in the secrets folder]
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Where the secrets folder is [default: the data directory's name + .secrets]
    #[arg(long, value_name = "DIR", env = "STRONGROOM_SECRETS_DIR")]
    secrets_dir: Option<PathBuf>,
}

// No doc comment: where this is flattened, clap would print it in place of the outer command's.
#[derive(clap::Subcommand)]
pub(crate) enum ProofCommand {
    /// Verify every record, checkpoint and count; name the first thing that is wrong
    Verify {
        #[command(flatten)]
        log: Log,
        /// With --export of what a folder or bucket sink has received: a copy of the log's checkpoints [default:
        /// audit/checkpoints of the data directory]
        #[arg(long, value_name = "FILE", requires = "export")]
        checkpoints: Option<PathBuf>,
    },
    /// Print a proof that a record is in the log: self-contained, for `audit check`
    Prove {
        /// The record: its number in the log (`sequence`), its event id or its request id
        record: String,
        #[command(flatten)]
        log: Log,
    },
    /// Check such a proof; print the record
    Check {
        /// The file with the proof
        proof: PathBuf,
        /// The data directory, for the default of the public keys [default: strongroom-data]
        #[arg(long, value_name = "DIR", env = "STRONGROOM_DATA_DIR")]
        data_dir: Option<PathBuf>,
        #[command(flatten)]
        keys: Keys,
    },
    /// Prove that one checkpoint grew out of another
    Consistency {
        /// The file with the older checkpoint
        old: PathBuf,
        /// The file with the newer checkpoint
        new: PathBuf,
        #[command(flatten)]
        log: Log,
    },
    /// Print the public keys of the running service's log, those that it had before too
    PublicKey {
        /// The data directory of the running service [default: strongroom-data]
        #[arg(long, value_name = "DIR", env = "STRONGROOM_DATA_DIR")]
        data_dir: Option<PathBuf>,
    },
    /// Legal holds: while one stands, retention removes nothing
    #[command(subcommand)]
    Hold(HoldCommand),
    /// Witnesses, who sign that they have seen checkpoints
    #[command(subcommand)]
    Witness(WitnessCommand),
}

/// Legal holds.
#[derive(clap::Subcommand)]
pub(crate) enum HoldCommand {
    /// Make a hold
    Add {
        /// Its name
        name: String,
        /// What for
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
        #[command(flatten)]
        log: Log,
    },
    /// End a hold
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        log: Log,
    },
    /// List the holds that stand
    List {
        #[command(flatten)]
        log: Log,
    },
}

/// Witnesses.
#[derive(clap::Subcommand)]
pub(crate) enum WitnessCommand {
    /// Add a witness by its public key: name+id+base64 of type 0x04 (C2SP tlog-cosignature)
    Add {
        /// The key
        key: String,
        #[command(flatten)]
        log: Log,
    },
    /// Remove a witness
    Remove {
        /// Its name
        name: String,
        #[command(flatten)]
        log: Log,
    },
    /// List the witnesses and what they have signed last
    List {
        #[command(flatten)]
        log: Log,
    },
    /// Take a checkpoint that witnesses have signed, from a file
    Take {
        /// The file
        file: PathBuf,
        #[command(flatten)]
        log: Log,
    },
}

impl Log {
    fn files(&self) -> Result<AuditFiles> {
        let folder = match &self.export {
            Some(export) => export.clone(),
            None => configuration::data_dir(self.data_dir.clone(), &configuration::load()?),
        };
        Ok(AuditFiles::open(&folder)?)
    }

    fn keys(&self) -> Result<LogKeys> {
        self.keys.read(self.data_dir.clone())
    }

    /// The checkpoint that the secrets folder keeps; `None` where there is none, and where whoever brings his own public keys
    /// may not look.
    fn kept_checkpoint(&self) -> Result<Option<String>> {
        self.kept("audit-checkpoint")
    }

    /// Whether the secrets folder says that the log was closed with this checkpoint, and nothing was started since.
    fn is_closed_with(&self, checkpoint: Option<&str>) -> Result<bool> {
        Ok(checkpoint.is_some() && self.kept("audit-closed")?.as_deref() == checkpoint)
    }

    fn kept(&self, name: &str) -> Result<Option<String>> {
        let path = self.keys.secrets(self.data_dir.clone())?.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(none) if none.kind() == ErrorKind::NotFound => Ok(None),
            Err(denied) if denied.kind() == ErrorKind::PermissionDenied && self.keys.public_key.is_some() => {
                complain(
                    "strongroom: the checkpoint in the secrets folder may not be read, and was not compared",
                );
                Ok(None)
            }
            Err(error) => Err(error).with_context(|| path.display().to_string()),
        }
    }

    /// Has the running service do something to its log, so that it is on the record; `None` where the files are changed
    /// directly: of an export, and where no service runs.
    fn act(&self, act: AuditAct) -> Result<Option<serde_json::Value>> {
        if self.export.is_some() {
            return Ok(None);
        }
        let data_dir = configuration::data_dir(self.data_dir.clone(), &configuration::load()?);
        let answer = strongroom_operator::ask_if_served(&data_dir, &OperatorRequest::AuditAct { act })?;
        if answer.is_none() {
            complain("strongroom: no service answers: the files are changed, and the record does not say so");
        }
        Ok(answer)
    }
}

impl Keys {
    fn read(&self, data_dir: Option<PathBuf>) -> Result<LogKeys> {
        let path = match &self.public_key {
            Some(path) => path.clone(),
            None => self.secrets(data_dir)?.join("audit-public-keys"),
        };
        Ok(log_keys(&path)?)
    }

    /// The secrets folder.
    fn secrets(&self, data_dir: Option<PathBuf>) -> Result<PathBuf> {
        let file = configuration::load()?;
        let data_dir = configuration::data_dir(data_dir, &file);
        configuration::secrets_dir(self.secrets_dir.clone(), &file, &data_dir)
    }
}

/// Runs `strongroom audit ...`.
pub(crate) fn run(command: ProofCommand) -> Result<ExitCode> {
    match command {
        ProofCommand::Verify { log, checkpoints } => match &log.export {
            Some(folder) if DeliveredLog::is_one(folder) => verify_delivered(&log, folder, checkpoints),
            _ if checkpoints.is_some() => {
                Err(Unusable::because("--checkpoints is for what a folder or bucket sink has received"))
            }
            _ => verify(&log),
        },
        ProofCommand::Prove { record, log } => {
            let name: RecordName = record.parse()?;
            say(&log.files()?.prove(&name, &log.keys()?)?.to_string())?;
            Ok(ExitCode::SUCCESS)
        }
        ProofCommand::Check { proof, data_dir, keys } => check(&proof, &keys.read(data_dir)?),
        ProofCommand::Consistency { old, new, log } => consistency(&old, &new, &log),
        ProofCommand::PublicKey { data_dir } => public_key(data_dir),
        ProofCommand::Hold(command) => hold(command),
        ProofCommand::Witness(command) => witness(command),
    }
}

fn verify(log: &Log) -> Result<ExitCode> {
    let (files, keys) = (log.files()?, log.keys()?);
    let verified = match log.export {
        Some(_) => files.verify(&keys),
        None => {
            let kept = log.kept_checkpoint()?;
            let kept = kept.as_deref();
            let closed = log.is_closed_with(kept)?;
            match files.verify_in_place(&keys, kept, closed) {
                // A service that was started meanwhile writes to it.
                Err(_) if closed && !log.is_closed_with(kept)? => files.verify_in_place(&keys, kept, false),
                verified => verified,
            }
        }
    };
    let verified = verified.context("the audit log does not verify")?;
    for line in told(&verified) {
        say_line(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The same of what a sink has received, which has no checkpoints of its own.
fn verify_delivered(log: &Log, folder: &Path, checkpoints: Option<PathBuf>) -> Result<ExitCode> {
    let checkpoints = match checkpoints {
        Some(file) => file,
        None => {
            configuration::data_dir(log.data_dir.clone(), &configuration::load()?).join("audit/checkpoints")
        }
    };
    let delivered = DeliveredLog::open(folder, &checkpoints)?;
    let verified =
        delivered.verify(&log.keys()?).context("what was delivered of the audit log does not verify")?;
    let newest = verified.newest.as_ref().map_or(0, |newest| newest.size);
    // A sink gets none of the tree's files.
    for line in told(&Verified { tree: true, ..verified }) {
        say_line(&line)?;
    }
    if delivered.signed() > newest {
        let signed = delivered.signed();
        say_line(&format!(
            "the log has {signed} signed records: those after record {newest} of them are not here, or not yet"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What was found, line by line.
fn told(verified: &Verified) -> Vec<String> {
    let Verified { records, pruned, unsigned, checkpoints, post_quantum, void, uses, .. } = verified;
    // It covers those that are gone, too.
    let post_quantum = post_quantum.saturating_sub(*pruned);
    let mut lines = vec![
        format!("{records} records are what was signed, in {checkpoints} checkpoints"),
        format!("{post_quantum} of them also under the post-quantum key"),
        format!("{uses} uses of keys are on the record; no vault has counted more"),
    ];
    if *pruned > 0 {
        lines.push(format!("{pruned} older records are gone by retention, as the record says"));
    }
    if *unsigned > 0 {
        lines.push(format!("{unsigned} records came after the newest checkpoint: nothing signs them yet"));
    }
    if *void > 0 {
        lines.push(format!("{void} lines were taken back by gaps: a disk had failed"));
    }
    if !verified.tree {
        lines.push(
            "the files in tree/ are not those of the records; the next start makes them anew".to_owned(),
        );
    }
    for (sequence, gap) in &verified.gaps {
        let uses = gap.uses.map(|uses| format!(", {uses} uses of keys")).unwrap_or_default();
        lines.push(format!("gap at record {sequence}: {}{uses}{}", gap.reason, gap.bounds()));
    }
    for vault in &verified.unclosed {
        lines.push(format!(
            "vault {vault} ended without closing the log: no count has what it did after its last checkpoint"
        ));
    }
    if let Some(newest) = &verified.newest {
        lines.push(format!("newest checkpoint: {} records of {}", newest.size, newest.origin));
    }
    lines
}

fn check(proof: &Path, keys: &LogKeys) -> Result<ExitCode> {
    let text = std::fs::read_to_string(proof).with_context(|| proof.display().to_string())?;
    let proof: RecordProof = text.parse()?;
    let checkpoint = proof.check(keys)?;
    say_line(&String::from_utf8_lossy(&proof.line))?;
    say_line(&format!(
        "is leaf {}, counted from 0, of the tree of {} records of {}",
        proof.index, checkpoint.size, checkpoint.origin
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn consistency(old: &Path, new: &Path, log: &Log) -> Result<ExitCode> {
    let read = |path: &Path| std::fs::read_to_string(path).with_context(|| path.display().to_string());
    let found = log.files()?.consistency(&read(old)?, &read(new)?, &log.keys()?)?;
    say_line(&format!("the log of {} records grew out of the one of {}", found.new.size, found.old.size))?;
    Ok(ExitCode::SUCCESS)
}

fn public_key(data_dir: Option<PathBuf>) -> Result<ExitCode> {
    let data_dir = configuration::data_dir(data_dir, &configuration::load()?);
    let answer = strongroom_operator::ask(&data_dir, &OperatorRequest::LogKeys)?;
    match answer.get("PublicKeys").and_then(serde_json::Value::as_str) {
        Some(keys) => say(keys)?,
        None => bail!(
            "the log's keys are not known yet: the vault has not been open since the service was started, or was given other \
             keys a moment ago"
        ),
    }
    Ok(ExitCode::SUCCESS)
}

fn hold(command: HoldCommand) -> Result<ExitCode> {
    match command {
        HoldCommand::Add { name, reason, log } => {
            let act = AuditAct::HoldAdd { name: name.clone(), reason: reason.clone() };
            if log.act(act)?.is_none() {
                log.files()?.add_hold(&name, &reason)?;
            }
        }
        HoldCommand::Remove { name, log } => {
            if log.act(AuditAct::HoldRemove { name: name.clone() })?.is_none() {
                log.files()?.remove_hold(&name)?;
            }
        }
        HoldCommand::List { log } => {
            for hold in log.files()?.holds()? {
                say_line(&serde_json::to_string(&hold)?)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn witness(command: WitnessCommand) -> Result<ExitCode> {
    match command {
        WitnessCommand::Add { key, log } => {
            if log.act(AuditAct::WitnessAdd { key: key.clone() })?.is_none() {
                log.files()?.add_witness(&key)?;
            }
        }
        WitnessCommand::Remove { name, log } => {
            let served = log.act(AuditAct::WitnessRemove { name: name.clone() })?.is_some();
            if !served && !log.files()?.remove_witness(&name)? {
                bail!("there is no witness {name}");
            }
        }
        WitnessCommand::List { log } => {
            for witness in log.files()?.witnesses(&log.keys()?)? {
                let last = match witness.last {
                    Some((size, time)) => format!("signed {size} records at {time}"),
                    None => "has signed nothing yet".to_owned(),
                };
                say_line(&format!("{} {last}", witness.name))?;
            }
        }
        WitnessCommand::Take { file, log } => {
            let note = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let names = match log.act(AuditAct::WitnessTake { note: note.clone() })? {
                Some(answer) => serde_json::from_value(answer["SignedBy"].clone())?,
                None => log.files()?.take_cosignature(&note, &log.keys()?)?,
            };
            for name in names {
                say_line(&format!("signed by {name}"))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_removed_is_not_counted_among_what_is_left() {
        let verified = Verified { records: 10, pruned: 90, post_quantum: 95, ..Verified::default() };
        let lines = told(&verified);
        assert!(lines.contains(&"5 of them also under the post-quantum key".to_owned()), "{lines:?}");
        let gone = "90 older records are gone by retention, as the record says";
        assert!(lines.contains(&gone.to_owned()), "{lines:?}");
    }
}
