//! The operations of DynamoDB that a branch key store needs, as JSON: the members that are sent and read, no others.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value of an attribute. Records have no other types; an item that has one does not parse.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Attribute {
    /// A text.
    S(String),
    /// A number, in digits.
    N(String),
    /// Bytes, in Base64.
    B(String),
}

/// An item, or the part of one that is its key.
pub(super) type Item = BTreeMap<String, Attribute>;

/// `GetItem`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetItem<'a> {
    pub(super) table_name: &'a str,
    pub(super) key: Item,
    pub(super) consistent_read: bool,
}

/// What `GetItem` answers; no item if there is none.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GotItem {
    pub(super) item: Option<Item>,
}

/// `TransactWriteItems`: all of it, or nothing.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TransactWriteItems<'a> {
    pub(super) transact_items: Vec<TransactItem<'a>>,
    /// A second attempt with the same token does nothing further.
    pub(super) client_request_token: String,
}

/// One write of a transaction.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TransactItem<'a> {
    pub(super) put: Put<'a>,
}

/// An item that is written if a condition holds.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Put<'a> {
    pub(super) table_name: &'a str,
    pub(super) item: Item,
    pub(super) condition_expression: &'a str,
    pub(super) expression_attribute_names: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) expression_attribute_values: BTreeMap<&'a str, Attribute>,
}

/// An answer of which nothing is read.
#[derive(Deserialize)]
pub(super) struct Nothing {}

/// `DescribeTable`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribeTable<'a> {
    pub(super) table_name: &'a str,
}

/// What `DescribeTable` answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DescribedTable {
    pub(super) table: Table,
}

/// A table, as far as a branch key store minds.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Table {
    pub(super) table_status: String,
    pub(super) attribute_definitions: Vec<AttributeDefinition>,
    pub(super) key_schema: Vec<KeySchemaElement>,
}

/// `CreateTable`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateTable<'a> {
    pub(super) table_name: &'a str,
    pub(super) attribute_definitions: Vec<AttributeDefinition>,
    pub(super) key_schema: Vec<KeySchemaElement>,
    pub(super) billing_mode: &'a str,
}

/// The type of an attribute of the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttributeDefinition {
    pub(super) attribute_name: String,
    pub(super) attribute_type: String,
}

/// The place of an attribute in the key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct KeySchemaElement {
    pub(super) attribute_name: String,
    pub(super) key_type: String,
}
