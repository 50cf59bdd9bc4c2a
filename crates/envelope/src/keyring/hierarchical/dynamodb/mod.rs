//! Records in a table of DynamoDB, in the format of the AWS Cryptographic Material Providers: what they make is used here, and
//! the other way round (aws-encryption-sdk-specification, framework/branch-key-store.md and key-store/dynamodb-key-storage.md).
//!
//! `item` is a record as the table has it, `wire` the four operations as JSON, `client` signs and sends them, `endpoint` says
//! where to, `create_table` makes a table. The client is the SDK's own HTTP client and signer, which are here for KMS anyway.
//! `aws-sdk-dynamodb` would be 146,000 more lines to compile (the SDK of KMS has 99,000), for four operations.

mod client;
mod create_table;
mod endpoint;
mod item;
mod wire;

use super::branch_key::{fresh_uuid, uuid_text};
use super::record::{BranchKeyRecord, BranchKeyRecords};
use crate::keyring::KeyringError;
use client::{CallError, DynamoDbClient, TableCalls, ask};
use item::{item_of, key_of, record_of};
use std::collections::BTreeMap;
use std::fmt;
use wire::{Attribute, GetItem, GotItem, Nothing, Put, TransactItem, TransactWriteItems};

/// The item is new. The name of the attribute has hyphens, which expressions cannot have.
const IS_NEW: &str = "attribute_not_exists(#id)";
/// The item is there and still has the key that was read.
const IS_UNCHANGED: &str = "attribute_exists(#id) AND #enc = :old";

/// A table's name: 3 to 255 letters, digits, `_`, `-` and `.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName(String);

impl TableName {
    /// Parses a name; `None` if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let character = |b: u8| b.is_ascii_alphanumeric() || b"_-.".contains(&b);
        let valid = (3..=255).contains(&text.len()) && text.bytes().all(character);
        valid.then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A table and the calls that reach it.
pub struct DynamoDbRecords {
    table: TableName,
    calls: Box<dyn TableCalls>,
}

impl DynamoDbRecords {
    /// By the SDK's default chain: environment, profiles, SSO, roles, `AWS_ENDPOINT_URL_DYNAMODB`; where DynamoDB and KMS are
    /// different services, by the profile that `STRONGROOM_DYNAMODB_PROFILE` names. Nothing is called yet, but what the
    /// chain itself needs.
    pub fn from_environment(table: TableName) -> Result<Self, KeyringError> {
        Ok(Self { table, calls: Box::new(DynamoDbClient::from_environment()?) })
    }

    fn put(&self, record: &BranchKeyRecord, condition: &'static str) -> Put<'_> {
        Put {
            table_name: self.table.as_str(),
            item: item_of(record),
            condition_expression: condition,
            expression_attribute_names: BTreeMap::from([("#id", item::ID)]),
            expression_attribute_values: BTreeMap::new(),
        }
    }

    /// All of it, or nothing. `else_what` says what it means that a condition does not hold.
    fn write(&self, id: &str, puts: Vec<Put<'_>>, else_what: &str) -> Result<(), KeyringError> {
        let operation = "TransactWriteItems";
        let write = TransactWriteItems {
            transact_items: puts.into_iter().map(|put| TransactItem { put }).collect(),
            client_request_token: uuid_text(&fresh_uuid()?),
        };
        match ask::<_, Nothing>(&*self.calls, operation, &write) {
            Ok(_) => Ok(()),
            Err(error) if error.is_condition() => {
                Err(KeyringError::BranchKey { id: id.to_owned(), what: else_what.to_owned() })
            }
            Err(error) => Err(self.failed(operation, &error)),
        }
    }

    fn failed(&self, operation: &str, error: &CallError) -> KeyringError {
        let table = self.table.as_str().to_owned();
        if error.is_missing_table() {
            return KeyringError::NoBranchKeyTable(table);
        }
        KeyringError::BranchKeyTable { table, what: format!("{operation}: {error}") }
    }
}

impl BranchKeyRecords for DynamoDbRecords {
    fn get(&self, branch_key_id: &str, kind: &str) -> Result<Option<BranchKeyRecord>, KeyringError> {
        let operation = "GetItem";
        let read = GetItem {
            table_name: self.table.as_str(),
            key: key_of(branch_key_id, kind),
            consistent_read: true,
        };
        let got: GotItem =
            ask(&*self.calls, operation, &read).map_err(|error| self.failed(operation, &error))?;
        let record = got.item.filter(|item| !item.is_empty()).map(record_of).transpose();
        record.map_err(|what| KeyringError::BranchKey { id: branch_key_id.to_owned(), what })
    }

    fn create(&self, records: &[BranchKeyRecord]) -> Result<(), KeyringError> {
        let id = records.first().map(|record| record.branch_key_id.as_str()).unwrap_or_default();
        let puts = records.iter().map(|record| self.put(record, IS_NEW)).collect();
        self.write(id, puts, "exists already")
    }

    fn replace_active(
        &self,
        old_enc: &str,
        version: &BranchKeyRecord,
        active: &BranchKeyRecord,
    ) -> Result<(), KeyringError> {
        let mut replaced = self.put(active, IS_UNCHANGED);
        replaced.expression_attribute_names.insert("#enc", item::ENC);
        replaced.expression_attribute_values.insert(":old", Attribute::B(old_enc.to_owned()));
        let puts = vec![self.put(version, IS_NEW), replaced];
        self.write(&active.branch_key_id, puts, "was given a new version by somebody else meanwhile")
    }
}

/// A record of the JSON of an item, for the fuzz target.
#[doc(hidden)]
pub fn parse_dynamodb_item(json: &[u8]) -> Option<BranchKeyRecord> {
    record_of(serde_json::from_slice(json).ok()?).ok()
}

/// The JSON of the item of a record, for the fuzz target.
#[doc(hidden)]
pub fn print_dynamodb_item(record: &BranchKeyRecord) -> Vec<u8> {
    serde_json::to_vec(&item_of(record)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
