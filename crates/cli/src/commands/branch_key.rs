//! `strongroom branch-key`: makes branch keys in a folder or a table and gives them new versions. `seal` and `open` use them.

use crate::envelope_tool::{
    BranchKeyPlace, BranchKeyTable, EXIT_CODES, Failure, branch_key_place, context, finish,
};
use crate::terminal::{SayError, complain, say};
use clap::ValueHint;
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use strongroom_envelope::EnvelopeError;
use strongroom_envelope::keyring::hierarchical::{
    BranchKeyStore, FolderRecords, HierarchyVersion, StoreKey, StoreSettings,
};
use strongroom_envelope::keyring::{KmsClient, KmsKeyArn};

/// Make branch keys: keys in a folder, or in a table of DynamoDB, that wrap the data keys of many files, and that KMS unwraps.
#[derive(clap::Subcommand)]
pub(crate) enum BranchKey {
    /// Make a branch key and print its id
    #[command(after_help = EXIT_CODES)]
    Create(Create),
    /// Give a branch key a new version, which wraps from then on; what older ones wrapped stays readable
    #[command(after_help = EXIT_CODES)]
    Rotate(Rotate),
    /// Make a table for branch keys in DynamoDB, paid by request; nothing happens if it is there
    #[command(after_help = EXIT_CODES)]
    CreateTable(CreateTable),
}

#[derive(clap::Args)]
pub(crate) struct Create {
    /// The folder, which is made if it is missing, or dynamodb:TABLE[,logical=NAME][,key=ARN|,mr-key=ARN]
    #[arg(long, value_name = "STORE", value_hint = ValueHint::AnyPath, value_parser = branch_key_place())]
    branch_key_store: BranchKeyPlace,
    /// The ARN of the KMS key that wraps the store's branch keys; for a folder needed for the first one only
    #[arg(long, value_name = "ARN", value_parser = NonEmptyStringValueParser::new())]
    key_id: Option<String>,
    /// The logical name of a folder, bound to its branch keys; of the first one only
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    store_name: Option<String>,
    /// A folder's KMS key is a multi-Region key: branch keys that name it in another Region are used too, and it is called where
    /// the folder says; of the first one only
    #[arg(long)]
    multi_region: bool,
    /// How the branch key is bound to its attributes: 1 shows all of them to KMS; 2 shows it the given pairs alone, and the new
    /// key to this command
    #[arg(long, value_name = "VERSION", default_value = "1", value_parser = hierarchy_version())]
    hierarchy_version: HierarchyVersion,
    /// The id, with at least one pair [default: a random one]
    #[arg(long, value_name = "ID", requires = "encryption_context", value_parser = NonEmptyStringValueParser::new())]
    branch_key_id: Option<String>,
    /// A pair that is bound to the branch key in KMS, any number of times
    #[arg(long, value_name = "K=V")]
    encryption_context: Vec<String>,
}

#[derive(clap::Args)]
pub(crate) struct Rotate {
    /// The folder, or dynamodb:TABLE[,logical=NAME][,key=ARN|,mr-key=ARN]
    #[arg(long, value_name = "STORE", value_hint = ValueHint::AnyPath, value_parser = branch_key_place())]
    branch_key_store: BranchKeyPlace,
    /// The branch key
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    branch_key_id: String,
}

#[derive(clap::Args)]
pub(crate) struct CreateTable {
    /// The table: dynamodb:TABLE
    #[arg(long, value_name = "STORE", value_parser = branch_key_place())]
    branch_key_store: BranchKeyPlace,
}

fn hierarchy_version() -> impl TypedValueParser<Value = HierarchyVersion> {
    PossibleValuesParser::new(["1", "2"])
        .map(|number| if number == "2" { HierarchyVersion::Two } else { HierarchyVersion::One })
}

/// Pairs that are bound to a branch key.
type Custom = BTreeMap<String, String>;

/// Does it; the exit code says how it went.
pub(crate) fn run(asked: &BranchKey) -> anyhow::Result<ExitCode> {
    Ok(finish(match asked {
        BranchKey::Create(args) => create(args),
        BranchKey::Rotate(args) => rotate(args),
        BranchKey::CreateTable(args) => create_table(args),
    }))
}

fn create(args: &Create) -> Result<(), Failure> {
    let custom = context(&args.encryption_context)?.pairs().clone();
    let id = match &args.branch_key_store {
        BranchKeyPlace::Folder(folder) => create_in_folder(args, folder, custom)?,
        BranchKeyPlace::Table(table) => create_in_table(args, table, custom)?,
    };
    match say(&format!("{id}\n")) {
        Ok(()) | Err(SayError::ReaderGone) => Ok(()),
        Err(SayError::Io(source)) => {
            Err(EnvelopeError::Io { action: "write to standard output", source }.into())
        }
    }
}

fn create_in_folder(args: &Create, folder: &Path, custom: Custom) -> Result<String, Failure> {
    let found = StoreSettings::load(folder)?;
    let settings = settings(args, found.as_ref())?;
    let key = settings.key(folder)?;
    make_folder(folder)?;
    let calls = Arc::new(KmsClient::from_environment()?);
    let records = Box::new(FolderRecords::new(folder.to_owned()));
    let store = BranchKeyStore::new(records, calls, &settings.name, key).making(args.hierarchy_version);
    let id = store.create(args.branch_key_id.clone(), custom)?;
    if found.is_none() {
        settings.save(folder)?;
    }
    Ok(id)
}

fn create_in_table(args: &Create, table: &BranchKeyTable, custom: Custom) -> Result<String, Failure> {
    let key = key_for_table(args, table)?;
    let calls = Arc::new(KmsClient::from_environment()?);
    let store = table.store(key, calls)?.making(args.hierarchy_version);
    Ok(store.create(args.branch_key_id.clone(), custom)?)
}

/// `--key-id`, or the key that is named with the table; a table has no settings of its own.
fn key_for_table(args: &Create, table: &BranchKeyTable) -> Result<StoreKey, Failure> {
    let refused = |what: &str| Err(Failure::Usage(what.into()));
    if args.store_name.is_some() {
        return refused(
            "--store-name is for a folder; a table's is in --branch-key-store dynamodb:TABLE,logical=NAME",
        );
    }
    if args.multi_region {
        return refused("--multi-region is for a folder; for a table it is dynamodb:TABLE,mr-key=ARN");
    }
    let none = "a branch key needs the ARN of a KMS key (not an alias): give --key-id";
    let given = args.key_id.as_deref().map(|key| KmsKeyArn::parse(key).ok_or(none)).transpose();
    let given = given.map_err(|what| Failure::Usage(what.into()))?;
    match (table.key(), given) {
        (None, None) => refused(none),
        (None, Some(key)) => Ok(StoreKey::Only(key)),
        (Some(StoreKey::Only(named) | StoreKey::Related(named)), Some(key)) if *named != key => {
            Err(Failure::Usage(format!("--branch-key-store names the KMS key {named}, and --key-id {key}")))
        }
        (Some(StoreKey::Discovered(_)), _) => {
            refused("no branch key is made by discovery: name the KMS key by key=ARN, mr-key=ARN or --key-id")
        }
        (Some(key), _) => Ok(key.clone()),
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
        return Ok(StoreSettings { name, kms_arn, multi_region: args.multi_region });
    };
    let differs = |given: &Option<String>, has: &String| given.as_ref().is_some_and(|given| given != has);
    if differs(&args.key_id, &found.kms_arn) || differs(&args.store_name, &found.name) {
        let StoreSettings { name, kms_arn, .. } = found;
        return Err(Failure::Usage(format!(
            "the branch key store has the name {name:?} and the key {kms_arn}, for all of its branch keys: \
             another key needs another folder"
        )));
    }
    if args.multi_region && !found.multi_region {
        let what = "the branch key store was made without --multi-region: its store.json says for all of its \
                    branch keys whether replicas of the KMS key are used";
        return Err(Failure::Usage(what.into()));
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
    args.branch_key_store.store(calls)?.new_version(&args.branch_key_id)?;
    complain(&format!("branch key {} has a new version", args.branch_key_id));
    Ok(())
}

fn create_table(args: &CreateTable) -> Result<(), Failure> {
    let BranchKeyPlace::Table(table) = &args.branch_key_store else {
        let what =
            "create-table is for dynamodb:TABLE; `strongroom branch-key create` makes a folder by itself";
        return Err(Failure::Usage(what.into()));
    };
    let made = table.records()?.create_table()?;
    complain(if made { "the table is made and can be used" } else { "the table is there already" });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234";

    fn args(key_id: Option<&str>, store_name: Option<&str>) -> Create {
        Create {
            branch_key_store: BranchKeyPlace::Folder("store".into()),
            key_id: key_id.map(str::to_owned),
            store_name: store_name.map(str::to_owned),
            multi_region: false,
            hierarchy_version: HierarchyVersion::One,
            branch_key_id: None,
            encryption_context: Vec::new(),
        }
    }

    #[test]
    fn a_table_has_its_key_from_one_place_or_the_other() {
        let table = |text: String| match BranchKeyPlace::try_from(OsString::from(text)).unwrap() {
            BranchKeyPlace::Table(table) => table,
            BranchKeyPlace::Folder(_) => panic!("a folder"),
        };
        let (plain, keyed) = (table("dynamodb:keys".into()), table(format!("dynamodb:keys,key={ARN}")));
        let key = |args: &Create, table: &BranchKeyTable| key_for_table(args, table).ok();
        for (args, table) in
            [(args(Some(ARN), None), &plain), (args(None, None), &keyed), (args(Some(ARN), None), &keyed)]
        {
            assert_eq!(key(&args, table), Some(StoreKey::Only(KmsKeyArn::parse(ARN).unwrap())));
        }
        let other = ARN.replace("1234", "4321");
        for (args, table) in [
            (args(None, None), &plain),
            (args(Some("alias/a"), None), &keyed),
            (args(Some(&other), None), &keyed),
            (args(Some(ARN), Some("name")), &plain),
        ] {
            assert!(key(&args, table).is_none());
        }
    }

    #[test]
    fn a_table_under_a_multi_region_key_makes_branch_keys_and_one_by_discovery_none() {
        let read = |text: String| match BranchKeyPlace::try_from(OsString::from(text)).unwrap() {
            BranchKeyPlace::Table(table) => table,
            BranchKeyPlace::Folder(_) => panic!("a folder"),
        };
        let related = read(format!("dynamodb:keys,mr-key={ARN}"));
        for args in [args(None, None), args(Some(ARN), None)] {
            let expected = StoreKey::Related(KmsKeyArn::parse(ARN).unwrap());
            assert_eq!(key_for_table(&args, &related).ok(), Some(expected));
        }
        let other = ARN.replace("1234", "4321");
        let multi_region = Create { multi_region: true, ..args(Some(ARN), None) };
        for (args, table) in [
            (args(Some(&other), None), related.clone()),
            (args(Some(ARN), None), read("dynamodb:keys,discovery".into())),
            (args(Some(ARN), None), read("dynamodb:keys,mr-discovery=eu-west-1".into())),
            (multi_region, read("dynamodb:keys".into())),
        ] {
            assert!(matches!(key_for_table(&args, &table), Err(Failure::Usage(_))), "{table:?}");
        }
    }

    #[test]
    fn the_first_key_decides_and_later_ones_must_not_contradict() {
        let first = settings(&args(Some(ARN), None), None).ok().unwrap();
        assert_eq!((first.name.as_str(), first.kms_arn.as_str()), ("strongroom", ARN));
        for good in [args(None, None), args(Some(ARN), Some("strongroom"))] {
            assert_eq!(settings(&good, Some(&first)).ok(), Some(first.clone()));
        }
        let multi_region = || Create { multi_region: true, ..args(Some(ARN), None) };
        for bad in [args(Some("alias/a"), None), args(None, Some("other")), multi_region()] {
            assert!(matches!(settings(&bad, Some(&first)), Err(Failure::Usage(_))));
        }
        let every_region = settings(&multi_region(), None).ok().unwrap();
        assert!(every_region.multi_region && !first.multi_region);
        for good in [args(None, None), multi_region()] {
            assert_eq!(settings(&good, Some(&every_region)).ok(), Some(every_region.clone()));
        }
        for bad in [args(None, None), args(Some("alias/a"), None)] {
            assert!(matches!(settings(&bad, None), Err(Failure::Usage(_))));
        }
    }
}
