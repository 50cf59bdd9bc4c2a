//! Where branch keys are kept, as `--branch-key-store` says it: a folder, or `dynamodb:TABLE[,logical=NAME]` and which KMS key may
//! wrap them: `,key=ARN`, `,mr-key=ARN`, `,discovery[,account=ID]` or `,mr-discovery=REGION[,account=ID]`. With
//! `,hierarchy-version=1` or `=2` branch keys of that version only are used.

use clap::builder::{OsStringValueParser, TypedValueParser};
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use strongroom_envelope::keyring::hierarchical::{
    BranchKeyStore, Discovery, DynamoDbRecords, HierarchyVersion, StoreKey, TableName,
};
use strongroom_envelope::keyring::{KeyringError, KmsClient, KmsKeyArn};

/// What stands before a table's name. A folder of that name is `./dynamodb:...`.
const TABLE: &str = "dynamodb:";

/// The form of a table, for errors.
const FORM: &str = "dynamodb:TABLE[,logical=NAME][,key=ARN|,mr-key=ARN|,discovery|,mr-discovery=REGION][,account=ID]\
                    [,hierarchy-version=1|2]";

/// A store of branch keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BranchKeyPlace {
    /// In files.
    Folder(PathBuf),
    /// In a table of DynamoDB.
    Table(BranchKeyTable),
}

/// A table of DynamoDB, and what its branch keys are bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BranchKeyTable {
    name: TableName,
    logical: String,
    key: Option<StoreKey>,
    version: Option<HierarchyVersion>,
}

/// Reads the flag's value.
pub(crate) fn branch_key_place() -> impl TypedValueParser<Value = BranchKeyPlace> {
    OsStringValueParser::new().try_map(<BranchKeyPlace as TryFrom<OsString>>::try_from)
}

impl TryFrom<OsString> for BranchKeyPlace {
    type Error = String;

    fn try_from(given: OsString) -> Result<Self, String> {
        if given.is_empty() {
            return Err("a folder, or dynamodb:TABLE".to_owned());
        }
        match given.to_str().and_then(|text| text.strip_prefix(TABLE)) {
            Some(rest) => table(rest).map(Self::Table),
            None => Ok(Self::Folder(given.into())),
        }
    }
}

fn table(text: &str) -> Result<BranchKeyTable, String> {
    let mut parts = text.split(',');
    let name = parts.next().unwrap_or_default();
    let name = TableName::parse(name).ok_or_else(|| format!("{name:?} is no name of a table"))?;
    let (mut logical, mut key, mut version) = (None, None, None);
    for part in parts {
        match part.split_once('=') {
            Some(("logical", text)) if logical.is_none() && !text.is_empty() => {
                logical = Some(text.to_owned())
            }
            Some(("hierarchy-version", "1")) if version.is_none() => version = Some(HierarchyVersion::One),
            Some(("hierarchy-version", "2")) if version.is_none() => version = Some(HierarchyVersion::Two),
            _ => key = Some(with_part(key, part)?),
        }
    }
    let logical = logical.unwrap_or_else(|| name.as_str().to_owned());
    Ok(BranchKeyTable { name, logical, key, version })
}

/// Which KMS key may wrap a table's branch keys, after one part more of the flag.
fn with_part(key: Option<StoreKey>, part: &str) -> Result<StoreKey, String> {
    let arn = |text: &str| KmsKeyArn::parse(text).ok_or_else(|| format!("{text:?} is no ARN of a KMS key"));
    let found = match (key, part.split_once('=')) {
        (None, Some(("key", text))) => Some(StoreKey::Only(arn(text)?)),
        (None, Some(("mr-key", text))) => Some(StoreKey::Related(arn(text)?)),
        (None, None) if part == "discovery" => Some(StoreKey::Discovered(Discovery::default())),
        (None, Some(("mr-discovery", region))) => {
            Discovery::default().in_region(region).map(StoreKey::Discovered)
        }
        (Some(StoreKey::Discovered(discovery)), Some(("account", account))) => {
            discovery.in_account(account).map(StoreKey::Discovered)
        }
        _ => None,
    };
    found.ok_or_else(|| format!("{part:?}: the form is {FORM}"))
}

impl BranchKeyPlace {
    /// The store as it is there. Branch keys of a table are used under the KMS key that is named, else under those of the
    /// account in `AWS_ACCOUNT_ID`: who can write to the table must not choose, unless discovery is asked for.
    pub(crate) fn store(&self, calls: Arc<KmsClient>) -> Result<BranchKeyStore, KeyringError> {
        match self {
            Self::Folder(folder) => BranchKeyStore::in_folder(folder, calls),
            Self::Table(table) => table.store(table.trusted_key()?, calls),
        }
    }
}

impl BranchKeyTable {
    /// Which KMS key is named with the table.
    pub(crate) const fn key(&self) -> Option<&StoreKey> {
        self.key.as_ref()
    }

    /// The table itself.
    pub(crate) fn records(&self) -> Result<DynamoDbRecords, KeyringError> {
        DynamoDbRecords::from_environment(self.name.clone())
    }

    /// The store under a KMS key, or those of an account.
    pub(crate) fn store(&self, key: StoreKey, calls: Arc<KmsClient>) -> Result<BranchKeyStore, KeyringError> {
        let store = BranchKeyStore::new(Box::new(self.records()?), calls, &self.logical, key);
        Ok(match self.version {
            Some(version) => store.using(version),
            None => store,
        })
    }

    fn trusted_key(&self) -> Result<StoreKey, KeyringError> {
        if let Some(key) = &self.key {
            return Ok(key.clone());
        }
        let account = env::var("AWS_ACCOUNT_ID").ok().filter(|account| !account.is_empty());
        account.map(StoreKey::InAccount).ok_or_else(|| KeyringError::BranchKeyTable {
            table: self.name.to_string(),
            what: "nothing says which KMS key may wrap its branch keys: add ,key=ARN to --branch-key-store, or set \
                   AWS_ACCOUNT_ID"
                .to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234";

    fn read(text: &str) -> Result<BranchKeyPlace, String> {
        BranchKeyPlace::try_from(OsString::from(text))
    }

    #[test]
    fn folders_are_all_that_is_no_table() {
        for folder in ["store", "/srv/a,logical=b", "./dynamodb:keys", "dynamodb"] {
            assert_eq!(read(folder), Ok(BranchKeyPlace::Folder(folder.into())));
        }
        assert!(read("").is_err());
    }

    #[test]
    fn a_table_has_a_name_perhaps_a_logical_one_and_a_key() {
        let table = |logical: &str, key: Option<&str>| BranchKeyTable {
            name: TableName::parse("keys").unwrap(),
            logical: logical.to_owned(),
            key: key.map(|arn| StoreKey::Only(KmsKeyArn::parse(arn).unwrap())),
            version: None,
        };
        for (text, expected) in [
            ("dynamodb:keys".to_owned(), table("keys", None)),
            ("dynamodb:keys,logical=other".to_owned(), table("other", None)),
            (format!("dynamodb:keys,key={ARN}"), table("keys", Some(ARN))),
            (format!("dynamodb:keys,key={ARN},logical=a=b"), table("a=b", Some(ARN))),
        ] {
            assert_eq!(read(&text), Ok(BranchKeyPlace::Table(expected)), "{text}");
        }
    }

    #[test]
    fn hierarchy_version_stands_anywhere_and_once() {
        for (text, expected) in [
            (format!("key={ARN}"), None),
            ("hierarchy-version=1".to_owned(), Some(HierarchyVersion::One)),
            ("discovery,hierarchy-version=2,account=111122223333".to_owned(), Some(HierarchyVersion::Two)),
            (format!("hierarchy-version=1,logical=a,key={ARN}"), Some(HierarchyVersion::One)),
        ] {
            let Ok(BranchKeyPlace::Table(table)) = read(&format!("dynamodb:keys,{text}")) else {
                panic!("{text}")
            };
            assert_eq!(table.version, expected, "{text}");
        }
        for bad in ["", "=", "=0", "=3", "=01", "=1,hierarchy-version=1", "=1,hierarchy-version=2"] {
            let refused = read(&format!("dynamodb:keys,hierarchy-version{bad}")).unwrap_err();
            assert!(refused.contains("the form is"), "{bad}: {refused}");
        }
    }

    #[test]
    fn which_kms_key_is_said_in_one_of_four_ways() {
        let discovery = Discovery::default;
        let arn = || KmsKeyArn::parse(ARN).unwrap();
        let in_region = || discovery().in_region("eu-west-1").unwrap();
        for (text, expected) in [
            (format!("key={ARN}"), StoreKey::Only(arn())),
            (format!("mr-key={ARN}"), StoreKey::Related(arn())),
            ("discovery".to_owned(), StoreKey::Discovered(discovery())),
            ("mr-discovery=eu-west-1".to_owned(), StoreKey::Discovered(in_region())),
            (
                "discovery,account=111122223333".to_owned(),
                StoreKey::Discovered(discovery().in_account("111122223333").unwrap()),
            ),
            (
                "mr-discovery=eu-west-1,logical=a,account=111122223333".to_owned(),
                StoreKey::Discovered(in_region().in_account("111122223333").unwrap()),
            ),
        ] {
            let Ok(BranchKeyPlace::Table(table)) = read(&format!("dynamodb:keys,{text}")) else {
                panic!("{text}")
            };
            assert_eq!(table.key(), Some(&expected), "{text}");
        }
        for bad in [
            "discovery=",
            "discovery=x",
            "mr-discovery",
            "mr-discovery=",
            "mr-discovery=eu west",
            "mr-key=",
            "account=111122223333",
            "account=111122223333,discovery",
            "discovery,account=1111",
            "discovery,account=111122223333,account=444455556666",
            "discovery,account",
            "discovery,mr-discovery=eu-west-1",
        ] {
            assert!(read(&format!("dynamodb:keys,{bad}")).is_err(), "{bad}");
        }
        for second in ["key", "mr-key"] {
            assert!(read(&format!("dynamodb:keys,key={ARN},{second}={ARN}")).is_err());
            assert!(read(&format!("dynamodb:keys,{second}={ARN},discovery")).is_err());
            assert!(read(&format!("dynamodb:keys,{second}={ARN},account=111122223333")).is_err());
        }
    }

    #[test]
    fn a_table_that_is_not_understood_is_refused_with_the_part() {
        for (text, part) in [
            ("dynamodb:", "no name of a table"),
            ("dynamodb:a b", "no name of a table"),
            ("dynamodb:keys,", "the form is"),
            ("dynamodb:keys,logical=", "the form is"),
            ("dynamodb:keys,logical=a,logical=b", "the form is"),
            ("dynamodb:keys,region=x", "\"region=x\""),
            ("dynamodb:keys,key=alias/a", "\"alias/a\" is no ARN"),
        ] {
            let refused = read(text).unwrap_err();
            assert!(refused.contains(part), "{text}: {refused}");
        }
    }
}
