//! `strongroom branch-key`: makes branch keys in a folder and gives them new versions. `seal` and `open` use them.

use crate::envelope_tool::{EXIT_CODES, Failure, context, finish};
use crate::terminal::{SayError, complain, say};
use clap::builder::NonEmptyStringValueParser;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use strongroom_envelope::EnvelopeError;
use strongroom_envelope::keyring::hierarchical::{BranchKeyStore, FolderRecords, StoreSettings};
use strongroom_envelope::keyring::{KmsClient, KmsKeyArn};

/// Make branch keys: keys in a folder that wrap the data keys of many files, and that KMS unwraps.
#[derive(clap::Subcommand)]
pub(crate) enum BranchKey {
    /// Make a branch key and print its id
    #[command(after_help = EXIT_CODES)]
    Create(Create),
    /// Give a branch key a new version, which wraps from then on; what older ones wrapped stays readable
    #[command(after_help = EXIT_CODES)]
    Rotate(Rotate),
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// The folder; made if it is missing
    #[arg(long, value_name = "DIR")]
    branch_key_store: PathBuf,
    /// The ARN of the KMS key that wraps the folder's branch keys; needed for the first one
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    key_id: Option<String>,
    /// The logical name of the store, bound to its branch keys; of the first one only
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    store_name: Option<String>,
    /// The id, with at least one pair [default: a random one]
    #[arg(long, value_name = "ID", requires = "encryption_context", value_parser = NonEmptyStringValueParser::new())]
    branch_key_id: Option<String>,
    /// A pair that is bound to the branch key in KMS, any number of times
    #[arg(long, value_name = "K=V")]
    encryption_context: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct Rotate {
    /// The folder
    #[arg(long, value_name = "DIR")]
    branch_key_store: PathBuf,
    /// The branch key
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    branch_key_id: String,
}

/// Does it; the exit code says how it went.
pub(crate) fn run(asked: &BranchKey) -> anyhow::Result<ExitCode> {
    Ok(finish(match asked {
        BranchKey::Create(args) => create(args),
        BranchKey::Rotate(args) => rotate(args),
    }))
}

fn create(args: &Create) -> Result<(), Failure> {
    let folder = args.branch_key_store.as_path();
    let custom = context(&args.encryption_context)?.pairs().clone();
    let found = StoreSettings::load(folder)?;
    let settings = settings(args, found.as_ref())?;
    let key = settings.key(folder)?;
    make_folder(folder)?;
    let calls = Arc::new(KmsClient::from_environment()?);
    let records = Box::new(FolderRecords::new(folder.to_owned()));
    let store = BranchKeyStore::new(records, calls, &settings.name, key);
    let id = store.create(args.branch_key_id.clone(), custom)?;
    if found.is_none() {
        settings.save(folder)?;
    }
    match say(&format!("{id}\n")) {
        Ok(()) | Err(SayError::ReaderGone) => Ok(()),
        Err(SayError::Io(source)) => {
            Err(EnvelopeError::Io { action: "write to standard output", source }.into())
        }
    }
}

/// What the folder says, which the command line must not contradict; for the first key what the command line says.
fn settings(args: &Create, found: Option<&StoreSettings>) -> Result<StoreSettings, Failure> {
    let Some(found) = found else {
        let key = args.key_id.as_deref().filter(|key| KmsKeyArn::parse(key).is_some());
        let kms_arn = key.map(str::to_owned).ok_or_else(|| {
            Failure::Usage(
                "a new branch key store needs the ARN of a KMS key (not an alias): give --key-id".into(),
            )
        })?;
        let name = args.store_name.clone().unwrap_or_else(|| "strongroom".to_owned());
        return Ok(StoreSettings { name, kms_arn });
    };
    let differs = |given: &Option<String>, has: &String| given.as_ref().is_some_and(|given| given != has);
    if differs(&args.key_id, &found.kms_arn) || differs(&args.store_name, &found.name) {
        let StoreSettings { name, kms_arn } = found;
        return Err(Failure::Usage(format!(
            "the branch key store has the name {name:?} and the key {kms_arn}, for all of its branch keys: \
             another key needs another folder"
        )));
    }
    Ok(found.clone())
}

/// For its owner only. The keys in it are wrapped; who may write to it is what matters.
fn make_folder(folder: &Path) -> Result<(), Failure> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|error| Failure::Io(format!("cannot make the folder {}: {error}", folder.display())))
}

fn rotate(args: &Rotate) -> Result<(), Failure> {
    let calls = Arc::new(KmsClient::from_environment()?);
    BranchKeyStore::in_folder(&args.branch_key_store, calls)?.new_version(&args.branch_key_id)?;
    complain(&format!("branch key {} has a new version", args.branch_key_id));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234";

    fn args(key_id: Option<&str>, store_name: Option<&str>) -> Create {
        Create {
            branch_key_store: "store".into(),
            key_id: key_id.map(str::to_owned),
            store_name: store_name.map(str::to_owned),
            branch_key_id: None,
            encryption_context: Vec::new(),
        }
    }

    #[test]
    fn the_first_key_decides_and_later_ones_must_not_contradict() {
        let first = settings(&args(Some(ARN), None), None).ok().unwrap();
        assert_eq!((first.name.as_str(), first.kms_arn.as_str()), ("strongroom", ARN));
        for good in [args(None, None), args(Some(ARN), Some("strongroom"))] {
            assert_eq!(settings(&good, Some(&first)).ok(), Some(first.clone()));
        }
        for bad in [args(Some("alias/a"), None), args(None, Some("other"))] {
            assert!(matches!(settings(&bad, Some(&first)), Err(Failure::Usage(_))));
        }
        for bad in [args(None, None), args(Some("alias/a"), None)] {
            assert!(matches!(settings(&bad, None), Err(Failure::Usage(_))));
        }
    }
}
