//! A record as an item of the table ("Record Format" of the specification). Everything but `enc` is an attribute that KMS
//! authenticates, so an attribute that is not known makes the item unusable rather than being passed over.

use super::super::record::{ACTIVE, BranchKeyRecord, CUSTOM_PREFIX, HierarchyVersion};
use super::wire::{Attribute, Item};
use std::collections::BTreeMap;

/// The first half of the table's key.
pub(super) const ID: &str = "branch-key-id";
/// The second half of the table's key.
pub(super) const TYPE: &str = "type";
/// The wrapped key.
pub(super) const ENC: &str = "enc";
const CREATE_TIME: &str = "create-time";
const KMS_ARN: &str = "kms-arn";
const HIERARCHY: &str = "hierarchy-version";
const VERSION: &str = "version";

/// The key of an item.
pub(super) fn key_of(id: &str, kind: &str) -> Item {
    [(ID, id), (TYPE, kind)].map(|(name, value)| (name.to_owned(), Attribute::S(value.to_owned()))).into()
}

/// The item of a record.
pub(super) fn item_of(record: &BranchKeyRecord) -> Item {
    let mut item = key_of(&record.branch_key_id, &record.kind);
    item.insert(ENC.to_owned(), Attribute::B(record.enc.clone()));
    item.insert(HIERARCHY.to_owned(), Attribute::N(u8::from(record.hierarchy_version).to_string()));
    let mut text = |name: String, value: &str| item.insert(name, Attribute::S(value.to_owned()));
    text(CREATE_TIME.to_owned(), &record.create_time);
    text(KMS_ARN.to_owned(), &record.kms_arn);
    if let Some(version) = &record.version {
        text(VERSION.to_owned(), version);
    }
    for (key, value) in &record.custom {
        text(format!("{CUSTOM_PREFIX}{key}"), value);
    }
    item
}

/// The record of an item; what is wrong with it in words that follow the branch key's name.
pub(super) fn record_of(mut item: Item) -> Result<BranchKeyRecord, String> {
    let record = BranchKeyRecord {
        branch_key_id: text(&mut item, ID)?,
        kind: text(&mut item, TYPE)?,
        enc: bytes(&mut item)?,
        create_time: text(&mut item, CREATE_TIME)?,
        kms_arn: text(&mut item, KMS_ARN)?,
        hierarchy_version: hierarchy_version(&mut item)?,
        version: if item.contains_key(VERSION) { Some(text(&mut item, VERSION)?) } else { None },
        custom: custom(item)?,
    };
    if record.version.is_some() == (record.kind == ACTIVE) {
        Ok(record)
    } else {
        Err(format!("has a record {} whose attribute {VERSION} should not be as it is", record.kind))
    }
}

fn text(item: &mut Item, name: &str) -> Result<String, String> {
    match item.remove(name) {
        Some(Attribute::S(text)) => Ok(text),
        Some(_) => Err(format!("has a record whose attribute {name} is no text")),
        None => Err(format!("has a record without the attribute {name}")),
    }
}

fn bytes(item: &mut Item) -> Result<String, String> {
    match item.remove(ENC) {
        Some(Attribute::B(base64)) => Ok(base64),
        _ => Err(format!("has a record whose attribute {ENC} is not there, or not binary")),
    }
}

/// One form of the number, `1` or `2`: what was read is written the same.
fn hierarchy_version(item: &mut Item) -> Result<HierarchyVersion, String> {
    match item.remove(HIERARCHY) {
        Some(Attribute::N(number)) if number == "1" => Ok(HierarchyVersion::One),
        Some(Attribute::N(number)) if number == "2" => Ok(HierarchyVersion::Two),
        Some(Attribute::N(number)) => {
            Err(format!("is of hierarchy version {number:?}, which is not supported"))
        }
        _ => Err(format!("has a record whose attribute {HIERARCHY} is not there, or no number")),
    }
}

/// What is left: custom pairs, without their prefix.
fn custom(rest: Item) -> Result<BTreeMap<String, String>, String> {
    let pair = |(name, value): (String, Attribute)| match (name.strip_prefix(CUSTOM_PREFIX), value) {
        (Some(key), Attribute::S(value)) => Ok((key.to_owned(), value)),
        _ => Err(format!("has a record with an attribute that is not known: {name:?}")),
    };
    rest.into_iter().map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(version: Option<&str>) -> BranchKeyRecord {
        BranchKeyRecord {
            branch_key_id: "tenant-a".into(),
            kind: if version.is_some() { ACTIVE.into() } else { "beacon:ACTIVE".into() },
            enc: "AAEC".into(),
            create_time: "2026-01-02T03:04:05.678901Z".into(),
            kms_arn: "arn:aws:kms:eu-west-1:111122223333:key/1234".into(),
            hierarchy_version: HierarchyVersion::One,
            version: version.map(str::to_owned),
            custom: BTreeMap::from([("department".into(), "admin".into())]),
        }
    }

    #[test]
    fn an_item_is_as_the_specification_says() {
        let json = serde_json::to_value(item_of(&record(Some("branch:version:u")))).unwrap();
        let expected = serde_json::json!({
            "branch-key-id": {"S": "tenant-a"},
            "type": {"S": "branch:ACTIVE"},
            "version": {"S": "branch:version:u"},
            "enc": {"B": "AAEC"},
            "kms-arn": {"S": "arn:aws:kms:eu-west-1:111122223333:key/1234"},
            "create-time": {"S": "2026-01-02T03:04:05.678901Z"},
            "hierarchy-version": {"N": "1"},
            "aws-crypto-ec:department": {"S": "admin"},
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn records_come_back_and_every_missing_or_changed_attribute_is_refused() {
        for whole in [record(Some("branch:version:u")), record(None)] {
            let item = item_of(&whole);
            assert_eq!(record_of(item.clone()), Ok(whole));
            for name in item.keys().filter(|name| !name.starts_with(CUSTOM_PREFIX)) {
                let mut missing = item.clone();
                missing.remove(name);
                assert!(record_of(missing).is_err(), "without {name}");
                let mut other = item.clone();
                other.insert(name.clone(), Attribute::N("3".into()));
                assert!(record_of(other).is_err(), "{name} is a number");
            }
        }
    }

    #[test]
    fn both_hierarchy_versions_come_back_and_other_numbers_do_not() {
        for hierarchy_version in [HierarchyVersion::One, HierarchyVersion::Two] {
            let whole = BranchKeyRecord { hierarchy_version, ..record(None) };
            assert_eq!(record_of(item_of(&whole)), Ok(whole));
        }
        for number in ["0", "3", "02", "2.0", ""] {
            let mut item = item_of(&record(None));
            item.insert(HIERARCHY.into(), Attribute::N(number.into()));
            assert!(record_of(item).unwrap_err().contains("hierarchy version"), "{number}");
        }
    }

    #[test]
    fn an_attribute_that_is_not_known_is_refused() {
        for name in ["tablename", "department", "aws-crypto", ""] {
            let mut item = item_of(&record(None));
            item.insert(name.into(), Attribute::S("x".into()));
            assert!(record_of(item).unwrap_err().contains("not known"), "{name}");
        }
        let mut item = item_of(&record(None));
        item.insert(VERSION.into(), Attribute::S("branch:version:u".into()));
        assert!(record_of(item).is_err(), "a version where there is none");
    }

    fn attribute() -> impl Strategy<Value = Attribute> {
        prop_oneof![
            any::<String>().prop_map(Attribute::S),
            "[0-9]{0,3}".prop_map(Attribute::N),
            any::<String>().prop_map(Attribute::B),
        ]
    }

    fn name() -> impl Strategy<Value = String> {
        let known = [ID, TYPE, ENC, CREATE_TIME, KMS_ARN, HIERARCHY, VERSION, "aws-crypto-ec:a"];
        prop_oneof![
            9 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
            1 => any::<String>(),
        ]
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(changes in proptest::collection::btree_map(name(), attribute(), 0..4)) {
            let mut item = item_of(&record(Some("branch:version:u")));
            item.extend(changes);
            if let Ok(record) = record_of(item.clone()) {
                prop_assert_eq!(item_of(&record), item);
            }
        }
    }
}
