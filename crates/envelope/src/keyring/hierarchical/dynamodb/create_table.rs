//! A table for branch keys: its key is `branch-key-id` and `type`, both text (`CreateKeyStore` of the specification).

use super::client::{CallError, ask};
use super::wire::{
    AttributeDefinition, CreateTable, DescribeTable, DescribedTable, KeySchemaElement, Nothing,
};
use super::{DynamoDbRecords, item};
use crate::keyring::KeyringError;
use std::thread::sleep;
use std::time::Duration;

/// How often is asked whether a new table is there.
const LOOKS: u32 = 120;
/// The time between two of them.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

impl DynamoDbRecords {
    /// Makes the table, paid by request, and waits until it can be used, for a minute at most; `false` if it was there already.
    /// Fails on a table with another key.
    pub fn create_table(&self) -> Result<bool, KeyringError> {
        let made = match self.described() {
            Err(KeyringError::NoBranchKeyTable(_)) => {
                self.make()?;
                true
            }
            Err(error) => return Err(error),
            Ok(_) => false,
        };
        for _ in 0..LOOKS {
            match self.described() {
                Ok(described) if described.table.table_status == "ACTIVE" => {
                    return self.check(&described).map(|()| made);
                }
                // A new table is not seen at once everywhere.
                Ok(_) | Err(KeyringError::NoBranchKeyTable(_)) => sleep(BETWEEN_LOOKS),
                Err(error) => return Err(error),
            }
        }
        Err(self.faulty("it is not ACTIVE after a minute"))
    }

    fn described(&self) -> Result<DescribedTable, KeyringError> {
        let operation = "DescribeTable";
        let question = DescribeTable { table_name: self.table.as_str() };
        ask(&*self.calls, operation, &question).map_err(|error| self.failed(operation, &error))
    }

    fn make(&self) -> Result<(), KeyringError> {
        let operation = "CreateTable";
        let question = CreateTable {
            table_name: self.table.as_str(),
            attribute_definitions: attributes(),
            key_schema: key(),
            billing_mode: "PAY_PER_REQUEST",
        };
        match ask::<_, Nothing>(&*self.calls, operation, &question) {
            // Somebody else makes it at the same time.
            Err(CallError::Refused { code, .. }) if code == "ResourceInUseException" => Ok(()),
            Err(error) => Err(self.failed(operation, &error)),
            Ok(_) => Ok(()),
        }
    }

    fn check(&self, described: &DescribedTable) -> Result<(), KeyringError> {
        let table = &described.table;
        let typed = attributes().iter().all(|attribute| table.attribute_definitions.contains(attribute));
        if typed && table.key_schema == key() {
            Ok(())
        } else {
            Err(self.faulty("its key is not that of a branch key store: branch-key-id and type, both text"))
        }
    }

    fn faulty(&self, what: &str) -> KeyringError {
        KeyringError::BranchKeyTable { table: self.table.as_str().to_owned(), what: what.to_owned() }
    }
}

fn attributes() -> Vec<AttributeDefinition> {
    let text = |name: &str| AttributeDefinition { attribute_name: name.into(), attribute_type: "S".into() };
    vec![text(item::ID), text(item::TYPE)]
}

fn key() -> Vec<KeySchemaElement> {
    let part =
        |name: &str, kind: &str| KeySchemaElement { attribute_name: name.into(), key_type: kind.into() };
    vec![part(item::ID, "HASH"), part(item::TYPE, "RANGE")]
}
