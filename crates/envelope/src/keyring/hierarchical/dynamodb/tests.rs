//! Branch keys in a table that does what DynamoDB does with the four operations.

use super::super::tests::{ARN, FakeKms};
use super::super::{BranchKeyCalls, BranchKeyStore, BranchKeys as _, StoreKey};
use super::wire::Item;
use super::*;
use crate::keyring::KmsKeyArn;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard};

/// Items by their key; none of them if the table is not there.
type Items = Option<BTreeMap<(String, String), Item>>;

#[derive(Clone)]
struct FakeTable {
    items: Arc<Mutex<Items>>,
    key_schema: Value,
}

fn refused(code: &str, reasons: &[&str]) -> CallError {
    let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
    CallError::Refused { code: code.to_owned(), message: "no".to_owned(), reasons }
}

fn key(item: &Value) -> (String, String) {
    let text = |name: &str| item[name]["S"].as_str().unwrap().to_owned();
    (text("branch-key-id"), text("type"))
}

/// Whether a write's condition holds for the item that is there.
fn holds(put: &Value, there: Option<&Item>) -> bool {
    assert_eq!(put["ExpressionAttributeNames"]["#id"], "branch-key-id");
    match put["ConditionExpression"].as_str().unwrap() {
        "attribute_not_exists(#id)" => there.is_none(),
        "attribute_exists(#id) AND #enc = :old" => {
            assert_eq!(put["ExpressionAttributeNames"]["#enc"], "enc");
            let old: Attribute =
                serde_json::from_value(put["ExpressionAttributeValues"][":old"].clone()).unwrap();
            there.is_some_and(|item| item["enc"] == old)
        }
        other => panic!("a condition that DynamoDB was not asked before: {other}"),
    }
}

impl FakeTable {
    fn new() -> Self {
        let part = |name: &str, kind: &str| json!({"AttributeName": name, "KeyType": kind});
        let key_schema = json!([part("branch-key-id", "HASH"), part("type", "RANGE")]);
        Self { items: Arc::new(Mutex::new(Some(BTreeMap::new()))), key_schema }
    }

    fn items(&self) -> MutexGuard<'_, Items> {
        self.items.lock().unwrap()
    }

    fn records(&self) -> DynamoDbRecords {
        DynamoDbRecords { table: TableName::parse("branch-keys").unwrap(), calls: Box::new(self.clone()) }
    }

    fn store(&self, kms: &Arc<FakeKms>, name: &str) -> BranchKeyStore {
        let calls = Arc::clone(kms) as Arc<dyn BranchKeyCalls>;
        let key = StoreKey::Only(KmsKeyArn::parse(ARN).unwrap());
        BranchKeyStore::new(Box::new(self.records()), calls, name, key)
    }

    fn write(&self, asked: &Value) -> Result<Value, CallError> {
        let mut items = self.items();
        let items = items.as_mut().ok_or_else(|| refused("ResourceNotFoundException", &[]))?;
        let puts: Vec<&Value> =
            asked["TransactItems"].as_array().unwrap().iter().map(|item| &item["Put"]).collect();
        if !puts.iter().all(|put| holds(put, items.get(&key(&put["Item"])))) {
            return Err(refused("TransactionCanceledException", &["ConditionalCheckFailed"]));
        }
        for put in puts {
            items.insert(key(&put["Item"]), serde_json::from_value(put["Item"].clone()).unwrap());
        }
        Ok(json!({}))
    }

    fn read(&self, asked: &Value) -> Result<Value, CallError> {
        assert_eq!(asked["ConsistentRead"], true);
        let items = self.items();
        let items = items.as_ref().ok_or_else(|| refused("ResourceNotFoundException", &[]))?;
        let item = items.get(&key(&asked["Key"]));
        Ok(item.map_or_else(|| json!({}), |item| json!({"Item": item})))
    }
}

impl TableCalls for FakeTable {
    fn call(&self, operation: &'static str, json: &[u8]) -> Result<Vec<u8>, CallError> {
        let asked: Value = serde_json::from_slice(json).unwrap();
        let answer = match operation {
            "GetItem" => self.read(&asked)?,
            "TransactWriteItems" => self.write(&asked)?,
            "DescribeTable" if self.items().is_none() => {
                return Err(refused("ResourceNotFoundException", &[]));
            }
            "DescribeTable" => json!({"Table": {
                "TableStatus": "ACTIVE",
                "AttributeDefinitions": [
                    {"AttributeName": "branch-key-id", "AttributeType": "S"},
                    {"AttributeName": "type", "AttributeType": "S"},
                ],
                "KeySchema": self.key_schema,
            }}),
            "CreateTable" => {
                assert_eq!(asked["KeySchema"], self.key_schema);
                assert_eq!(asked["BillingMode"], "PAY_PER_REQUEST");
                *self.items() = Some(BTreeMap::new());
                json!({"TableDescription": {"TableStatus": "CREATING"}})
            }
            other => panic!("{other}"),
        };
        Ok(serde_json::to_vec(&answer).unwrap())
    }
}

fn custom() -> BTreeMap<String, String> {
    BTreeMap::from([("department".to_owned(), "admin".to_owned())])
}

#[test]
fn a_branch_key_has_three_items_and_a_new_version_one_more() {
    let (table, kms) = (FakeTable::new(), Arc::default());
    let store = table.store(&kms, "logical");
    store.create(Some("tenant-a".into()), custom()).unwrap();
    let kinds = || {
        let items = table.items();
        items.as_ref().unwrap().keys().map(|(_, kind)| kind.clone()).collect::<Vec<_>>()
    };
    assert_eq!(kinds().len(), 3);
    assert!(store.active("tenant-a").is_ok());
    store.new_version("tenant-a").unwrap();
    assert_eq!(kinds().iter().filter(|kind| kind.starts_with("branch:version:")).count(), 2);
    assert_eq!(kinds().len(), 4);
    assert!(store.active("tenant-a").is_ok());
    assert!(store.active("tenant-b").unwrap_err().to_string().contains("has no record branch:ACTIVE"));
    let error = store.create(Some("tenant-a".into()), custom()).unwrap_err().to_string();
    assert!(error.contains("exists already"), "{error}");
}

#[test]
fn altered_items_and_another_logical_name_are_refused() {
    let (table, kms) = (FakeTable::new(), Arc::default());
    table.store(&kms, "logical").create(Some("tenant-a".into()), custom()).unwrap();
    assert!(table.store(&kms, "logical").active("tenant-a").is_ok());
    assert!(table.store(&kms, "another").active("tenant-a").is_err());
    let active = ("tenant-a".to_owned(), "branch:ACTIVE".to_owned());
    let whole = table.items().as_ref().unwrap()[&active].clone();
    let changes = [
        ("enc", Attribute::B("AAAA".to_owned() + &"A".repeat(60))),
        ("create-time", Attribute::S("2020-01-01T00:00:00.000000Z".into())),
        ("aws-crypto-ec:department", Attribute::S("guest".into())),
        ("kms-arn", Attribute::S("arn:aws:kms:eu-west-1:111122223333:key/4321".into())),
        ("hierarchy-version", Attribute::N("2".into())),
        ("tablename", Attribute::S("logical".into())),
    ];
    for (name, value) in changes {
        let mut altered = whole.clone();
        altered.insert(name.into(), value);
        table.items().as_mut().unwrap().insert(active.clone(), altered);
        assert!(table.store(&kms, "logical").active("tenant-a").is_err(), "{name}");
    }
    table.items().as_mut().unwrap().insert(active, whole);
    assert!(table.store(&kms, "logical").active("tenant-a").is_ok());
}

#[test]
fn two_new_versions_at_once_are_one() {
    let (table, kms) = (FakeTable::new(), Arc::default());
    let store = table.store(&kms, "logical");
    let id = store.create(None, BTreeMap::new()).unwrap();
    let old = table.records().get(&id, "branch:ACTIVE").unwrap().unwrap();
    store.new_version(&id).unwrap();
    let before = table.items().clone();
    let version = BranchKeyRecord { kind: "branch:version:x".into(), version: None, ..old.clone() };
    let error = table.records().replace_active(&old.enc, &version, &old).unwrap_err().to_string();
    assert!(error.contains("by somebody else meanwhile"), "{error}");
    assert_eq!(*table.items(), before, "half of it was written");
}

#[test]
fn a_table_is_made_once_and_one_with_another_key_is_refused() {
    let mut table = FakeTable::new();
    *table.items() = None;
    let missing = table.records().get("a", "branch:ACTIVE").unwrap_err();
    assert!(matches!(missing, KeyringError::NoBranchKeyTable(name) if name == "branch-keys"));
    assert!(table.records().create_table().unwrap());
    assert!(!table.records().create_table().unwrap());
    assert!(table.records().get("a", "branch:ACTIVE").unwrap().is_none());
    table.key_schema = json!([{"AttributeName": "branch-key-id", "KeyType": "HASH"}]);
    assert!(table.records().create_table().unwrap_err().to_string().contains("its key is not"));
}

#[test]
fn table_names_are_those_of_dynamodb() {
    for good in ["abc", "Branch_Keys-1.eu", &"a".repeat(255)] {
        assert_eq!(TableName::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "ab", "a b", "a/b", "tab\u{e4}lle", &"a".repeat(256)] {
        assert_eq!(TableName::parse(bad), None, "{bad}");
    }
}
