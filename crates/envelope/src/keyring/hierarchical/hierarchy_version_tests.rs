//! Branch keys of both hierarchy versions: made, used, given new versions; and attributes that were changed.

use super::super::record::{ACTIVE, BEACON, VERSION_PREFIX};
use super::*;

/// A folder, a store in it whose new branch keys are of a version, and its KMS.
fn making(version: HierarchyVersion) -> (tempfile::TempDir, BranchKeyStore, Arc<FakeKms>) {
    let folder = tempfile::tempdir().unwrap();
    let (store, kms) = store(folder.path(), "store");
    (folder, store.making(version), kms)
}

fn custom() -> BTreeMap<String, String> {
    BTreeMap::from([("department".to_owned(), "admin".to_owned())])
}

/// The records of the only branch key of a folder.
fn records(folder: &std::path::Path) -> (std::path::PathBuf, Vec<BranchKeyRecord>) {
    let mut files = folder.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let path = files.find(|path| path.extension().is_some_and(|e| e == "json")).unwrap();
    let records = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    (path, records)
}

fn operations(kms: &FakeKms) -> Vec<&'static str> {
    kms.asked().into_iter().map(|(operation, _)| operation).collect()
}

#[test]
fn new_branch_keys_are_of_version_1_unless_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = store(folder.path(), "store");
    store.create(None, custom()).unwrap();
    let (_, records) = records(folder.path());
    assert!(records.iter().all(|record| record.hierarchy_version == HierarchyVersion::One));
}

#[test]
fn version_2_makes_three_records_in_five_calls_and_gives_new_versions_in_four() {
    let (folder, store, kms) = making(HierarchyVersion::Two);
    let id = store.create(None, custom()).unwrap();
    assert_eq!(operations(&kms), ["GenerateDataKey", "Encrypt", "Encrypt", "GenerateDataKey", "Encrypt"]);
    // What new keys are of does not matter to one that is there.
    store.making(HierarchyVersion::One).new_version(&id).unwrap();
    assert_eq!(operations(&kms), ["Decrypt", "GenerateDataKey", "Encrypt", "Encrypt"]);
    let (_, records) = records(folder.path());
    assert_eq!(records.len(), 4);
    assert!(records.iter().all(|record| record.hierarchy_version == HierarchyVersion::Two));
    assert!(records.iter().all(|record| record.custom == custom()));
    let kinds = |kind: &str| records.iter().filter(|record| record.kind.starts_with(kind)).count();
    assert_eq!((kinds(ACTIVE), kinds(BEACON), kinds(VERSION_PREFIX)), (1, 1, 2));
}

#[test]
fn version_1_makes_three_records_in_three_calls_and_gives_new_versions_in_three() {
    let (_folder, store, kms) = making(HierarchyVersion::One);
    let id = store.create(None, custom()).unwrap();
    let generate = "GenerateDataKeyWithoutPlaintext";
    assert_eq!(operations(&kms), [generate, "ReEncrypt", generate]);
    store.making(HierarchyVersion::Two).new_version(&id).unwrap();
    assert_eq!(operations(&kms), ["ReEncrypt", generate, "ReEncrypt"]);
}

#[test]
fn what_a_branch_key_of_version_2_wraps_stays_readable() {
    let (_folder, store, _) = making(HierarchyVersion::Two);
    let store = Arc::new(store);
    let id = store.create(None, BTreeMap::new()).unwrap();
    let keyring = || {
        let keys = Arc::clone(&store) as Arc<dyn BranchKeys>;
        HierarchicalKeyring::new(keys, id.clone(), Duration::from_secs(60))
    };
    let context = context("a");
    let first = keyring().generate(request(&context)).unwrap();
    store.new_version(&id).unwrap();
    let second = keyring().generate(request(&context)).unwrap();
    let version = |new: &NewDataKey| branch_key::version_of(&new.encrypted[0].blob).unwrap();
    assert_ne!(version(&first), version(&second));
    for new in [first, second] {
        let opened = keyring().decrypt(&new.encrypted, request(&context)).unwrap();
        assert_eq!(opened.bytes(), new.plaintext.bytes());
    }
}

#[test]
fn active_record_and_its_version_of_version_2_have_the_same_key() {
    let (_folder, store, _) = making(HierarchyVersion::Two);
    let id = store.create(None, custom()).unwrap();
    let context = context("a");
    let data_key = DataKey::from_vec(vec![7; 32]).unwrap();
    let blob = store.active(&id).unwrap().wrap(&data_key, &context).unwrap();
    let version = branch_key::version_of(&blob).unwrap();
    let opened = store.version(&id, &version).unwrap().unwrap(&blob, &context).unwrap();
    assert_eq!(opened.bytes(), data_key.bytes());
}

/// KMS sees the custom pairs only: every other change passes it, and the digest finds it.
#[test]
fn altered_records_of_version_2_are_refused() {
    let (folder, store, kms) = making(HierarchyVersion::Two);
    let id = store.create(Some("tenant-a".into()), custom()).unwrap();
    let (path, whole) = records(folder.path());
    type Change = fn(&mut BranchKeyRecord);
    let changes: [(&str, Change); 4] = [
        ("create-time", |record| record.create_time = "2020-01-01T00:00:00.000000Z".into()),
        ("version", |record| {
            record.version = Some("branch:version:e9ce18a3-edb5-4272-9f86-1cacb7997ff6".into())
        }),
        ("custom", |record| record.custom = BTreeMap::from([("department".into(), "guest".into())])),
        ("hierarchy-version", |record| record.hierarchy_version = HierarchyVersion::One),
    ];
    for (name, change) in changes {
        assert!(store.active(&id).is_ok());
        let mut altered = whole.clone();
        altered.iter_mut().filter(|record| record.kind == ACTIVE).for_each(change);
        std::fs::write(&path, serde_json::to_vec(&altered).unwrap()).unwrap();
        kms.asked();
        assert!(store.active(&id).is_err(), "{name}");
        assert_eq!(operations(&kms), ["Decrypt"], "{name} was refused before KMS was asked");
        assert!(store.new_version(&id).is_err(), "{name}");
        std::fs::write(&path, serde_json::to_vec(&whole).unwrap()).unwrap();
    }
    // One record's key in the place of another's: KMS opens both under the same pairs.
    let mut altered = whole.clone();
    let beacon = whole.iter().find(|record| record.kind == BEACON).unwrap().enc.clone();
    altered.iter_mut().filter(|record| record.kind == ACTIVE).for_each(|record| record.enc = beacon.clone());
    std::fs::write(&path, serde_json::to_vec(&altered).unwrap()).unwrap();
    assert!(store.active(&id).unwrap_err().to_string().contains("not as it was made"));
}

#[test]
fn record_of_version_1_does_not_pass_for_one_of_version_2() {
    let (folder, store, _) = making(HierarchyVersion::One);
    let id = store.create(None, BTreeMap::new()).unwrap();
    assert!(store.active(&id).is_ok());
    let (path, mut records) = records(folder.path());
    records.iter_mut().for_each(|record| record.hierarchy_version = HierarchyVersion::Two);
    std::fs::write(&path, serde_json::to_vec(&records).unwrap()).unwrap();
    assert!(store.active(&id).is_err());
}

/// Who writes records and may call `Encrypt` under some encryption context puts a key of their own in the place of one.
#[test]
fn planted_record_of_version_2_is_used_unless_the_store_uses_version_1() {
    let (folder, store, kms) = making(HierarchyVersion::One);
    let id = store.create(Some("tenant-a".into()), custom()).unwrap();
    let (planted, other, _) = making(HierarchyVersion::Two);
    other.create(Some(id.clone()), BTreeMap::from([("allowed".to_owned(), "this".to_owned())])).unwrap();
    let ((path, whole), (planted, _)) = (records(folder.path()), records(planted.path()));
    std::fs::copy(planted, &path).unwrap();
    assert!(store.active(&id).is_ok(), "the control: it is used where both are");
    let store = store.using(HierarchyVersion::One);
    kms.asked();
    let refusals = [store.active(&id).map(drop), store.new_version(&id)];
    for refused in refusals {
        let error = refused.unwrap_err().to_string();
        assert!(error.contains("is of hierarchy version 2, and 1 alone is used here"), "{error}");
    }
    assert!(operations(&kms).is_empty());
    std::fs::write(&path, serde_json::to_vec(&whole).unwrap()).unwrap();
    assert!(store.active(&id).is_ok() && store.new_version(&id).is_ok());
}

#[test]
fn store_that_uses_one_version_makes_no_other() {
    for (used, other) in
        [(HierarchyVersion::One, HierarchyVersion::Two), (HierarchyVersion::Two, HierarchyVersion::One)]
    {
        let (_folder, store, kms) = making(other);
        let store = store.using(used);
        assert!(store.create(None, custom()).unwrap_err().to_string().contains("alone is used here"));
        assert!(operations(&kms).is_empty());
        let store = store.making(used);
        let id = store.create(None, custom()).unwrap();
        assert!(store.active(&id).is_ok());
    }
}

#[test]
fn another_name_of_the_store_is_refused_in_version_2() {
    let (folder, first, _) = making(HierarchyVersion::Two);
    let id = first.create(None, custom()).unwrap();
    assert!(first.active(&id).is_ok());
    let (renamed, _) = store(folder.path(), "other");
    assert!(renamed.active(&id).unwrap_err().to_string().contains("not as it was made"));
}

#[test]
fn custom_pair_with_the_name_of_an_attribute_makes_no_branch_key_of_version_2() {
    let (_folder, store, kms) = making(HierarchyVersion::Two);
    let named = || BTreeMap::from([("type".to_owned(), "x".to_owned())]);
    let error = store.create(None, named()).unwrap_err().to_string();
    assert!(error.contains("\"type\""), "{error}");
    assert!(operations(&kms).is_empty());
    assert!(store.making(HierarchyVersion::One).create(None, named()).is_ok());
}
