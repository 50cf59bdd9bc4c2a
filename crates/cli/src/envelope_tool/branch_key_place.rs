//! Where branch keys are kept, as `--branch-key-store` says it: a folder, or `dynamodb:TABLE[,logical=NAME][,key=ARN]`.

use clap::builder::{OsStringValueParser, TypedValueParser};
use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use strongroom_envelope::keyring::hierarchical::{BranchKeyStore, DynamoDbRecords, StoreKey, TableName};
use strongroom_envelope::keyring::{KeyringError, KmsClient, KmsKeyArn};

/// What stands before a table's name. A folder of that name is `./dynamodb:...`.
const TABLE: &str = "dynamodb:";

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
    key: Option<KmsKeyArn>,
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
    let (mut logical, mut key) = (None, None);
    for part in parts {
        match part.split_once('=') {
            Some(("logical", text)) if logical.is_none() && !text.is_empty() => {
                logical = Some(text.to_owned())
            }
            Some(("key", text)) if key.is_none() => {
                let arn = KmsKeyArn::parse(text).ok_or_else(|| format!("{text:?} is no ARN of a KMS key"))?;
                key = Some(arn);
            }
            _ => return Err(format!("{part:?}: the form is dynamodb:TABLE[,logical=NAME][,key=ARN]")),
        }
    }
    let logical = logical.unwrap_or_else(|| name.as_str().to_owned());
    Ok(BranchKeyTable { name, logical, key })
}

impl BranchKeyPlace {
    /// The store as it is there. Branch keys of a table are used under the KMS key that is named, else under those of the
    /// account in `AWS_ACCOUNT_ID`: who can write to the table must not choose.
    pub(crate) fn store(&self, calls: Arc<KmsClient>) -> Result<BranchKeyStore, KeyringError> {
        match self {
            Self::Folder(folder) => BranchKeyStore::in_folder(folder, calls),
            Self::Table(table) => table.store(table.trusted_key()?, calls),
        }
    }
}

impl BranchKeyTable {
    /// The KMS key that is named with the table.
    pub(crate) const fn key(&self) -> Option<&KmsKeyArn> {
        self.key.as_ref()
    }

    /// The table itself.
    pub(crate) fn records(&self) -> Result<DynamoDbRecords, KeyringError> {
        DynamoDbRecords::from_environment(self.name.clone())
    }

    /// The store under a KMS key, or those of an account.
    pub(crate) fn store(&self, key: StoreKey, calls: Arc<KmsClient>) -> Result<BranchKeyStore, KeyringError> {
        Ok(BranchKeyStore::new(Box::new(self.records()?), calls, &self.logical, key))
    }

    fn trusted_key(&self) -> Result<StoreKey, KeyringError> {
        if let Some(key) = &self.key {
            return Ok(StoreKey::Only(key.clone()));
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
            key: key.map(|arn| KmsKeyArn::parse(arn).unwrap()),
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
