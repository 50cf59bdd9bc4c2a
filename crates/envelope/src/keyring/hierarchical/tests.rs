//! Branch keys against a KMS that binds a blob to its context, and the folder that keeps them.

use super::*;
use crate::keyring::{KmsAnswer, KmsKeyArn, NewDataKey};
use crate::message::Suite;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use zeroize::Zeroizing;

pub(super) const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234";

/// A "wrapped" key is the key, the context that it is bound to, and the KMS key without its Region.
#[derive(Default)]
pub(super) struct FakeKms {
    made: AtomicU64,
    decrypted: AtomicU64,
    /// Operation and key id of each call.
    asked: Mutex<Vec<(&'static str, String)>>,
}

/// The end of an ARN: what replicas of a multi-Region key have in common.
fn account_and_key(key_id: &str) -> &str {
    key_id.splitn(5, ':').last().unwrap()
}

fn blob(key_id: &str, plaintext: &[u8], context: &Context) -> Vec<u8> {
    let length = u8::try_from(plaintext.len()).unwrap();
    let bound = [account_and_key(key_id).as_bytes(), &context.block().unwrap()].concat();
    [&[length][..], plaintext, &bound].concat()
}

fn opened(key_id: &str, blob: &[u8], context: &Context) -> Result<Vec<u8>, KeyringError> {
    let bound = [account_and_key(key_id).as_bytes(), &context.block().unwrap()].concat();
    let (length, rest) = blob.split_first().unwrap();
    match rest.split_at_checked(usize::from(*length)) {
        Some((plaintext, rest)) if rest == bound => Ok(plaintext.to_vec()),
        _ => Err(KeyringError::BranchKey { id: "kms".into(), what: "refused the context".into() }),
    }
}

fn answer(key_id: &str, plaintext: Vec<u8>, blob: Vec<u8>) -> KmsAnswer {
    KmsAnswer { key_id: key_id.into(), plaintext: Zeroizing::new(plaintext), blob }
}

impl FakeKms {
    fn note(&self, operation: &'static str, key_id: &str) {
        self.asked.lock().unwrap().push((operation, key_id.to_owned()));
    }

    /// What was asked since the last time.
    fn asked(&self) -> Vec<(&'static str, String)> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    fn new_key(&self) -> Vec<u8> {
        vec![self.made.fetch_add(1, Ordering::Relaxed) as u8; 32]
    }
}

impl BranchKeyCalls for FakeKms {
    fn generate_without_plaintext(&self, key_id: &str, context: &Context) -> Result<KmsAnswer, KeyringError> {
        self.note("GenerateDataKeyWithoutPlaintext", key_id);
        Ok(answer(key_id, vec![], blob(key_id, &self.new_key(), context)))
    }

    fn generate_branch_key(&self, key_id: &str, context: &Context) -> Result<KmsAnswer, KeyringError> {
        self.note("GenerateDataKey", key_id);
        let key = self.new_key();
        let blob = blob(key_id, &key, context);
        Ok(answer(key_id, key, blob))
    }

    fn encrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        plaintext: &[u8],
    ) -> Result<KmsAnswer, KeyringError> {
        self.note("Encrypt", key_id);
        Ok(answer(key_id, vec![], blob(key_id, plaintext, context)))
    }

    fn re_encrypt(
        &self,
        key_id: &str,
        old: &[u8],
        from: &Context,
        to: &Context,
    ) -> Result<KmsAnswer, KeyringError> {
        self.note("ReEncrypt", key_id);
        Ok(answer(key_id, vec![], blob(key_id, &opened(key_id, old, from)?, to)))
    }

    fn decrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        blob: &[u8],
    ) -> Result<KmsAnswer, KeyringError> {
        self.note("Decrypt", key_id);
        self.decrypted.fetch_add(1, Ordering::Relaxed);
        Ok(answer(key_id, opened(key_id, blob, context)?, vec![]))
    }
}

fn store(folder: &std::path::Path, name: &str) -> (BranchKeyStore, Arc<FakeKms>) {
    let kms = Arc::new(FakeKms::default());
    let calls = Arc::clone(&kms) as Arc<dyn BranchKeyCalls>;
    let records = Box::new(FolderRecords::new(folder.to_owned()));
    let key = StoreKey::Only(KmsKeyArn::parse(ARN).unwrap());
    (BranchKeyStore::new(records, calls, name, key), kms)
}

fn context(tenant: &str) -> Context {
    Context::new([("tenant".to_owned(), tenant.to_owned())].into()).unwrap()
}

fn request(context: &Context) -> KeyRequest<'_> {
    KeyRequest::new(Suite::COMMITTING, context)
}

#[test]
fn one_call_for_many_messages_and_versions_stay_readable() {
    let folder = tempfile::tempdir().unwrap();
    let (store, kms) = store(folder.path(), "store");
    let id = store.create(None, BTreeMap::new()).unwrap();
    let store = Arc::new(store);
    let keys = Arc::clone(&store) as Arc<dyn BranchKeys>;
    let keyring = HierarchicalKeyring::new(Arc::clone(&keys), id.clone(), Duration::from_secs(3_600));
    let context = context("a");
    let new: Vec<_> = (0..5).map(|_| keyring.generate(request(&context)).unwrap()).collect();
    assert_eq!(kms.decrypted.load(Ordering::Relaxed), 1);
    store.new_version(&id).unwrap();
    let fresh = HierarchicalKeyring::new(keys, id, Duration::from_secs(3_600));
    let later = fresh.generate(request(&context)).unwrap();
    let version = |new: &NewDataKey| branch_key::version_of(&new.encrypted[0].blob).unwrap();
    assert_eq!(version(&new[0]), version(&new[4]));
    assert_ne!(version(&new[0]), version(&later));
    for one in new.iter().chain([&later]) {
        let opened = fresh.decrypt(&one.encrypted, request(&context)).unwrap();
        assert_eq!(opened.bytes(), one.plaintext.bytes());
    }
    assert_eq!(kms.decrypted.load(Ordering::Relaxed), 4, "one active, two versions, and the first");
}

#[test]
fn another_context_blob_or_branch_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = store(folder.path(), "store");
    let ids = [store.create(None, BTreeMap::new()).unwrap(), store.create(None, BTreeMap::new()).unwrap()];
    let keys: Arc<dyn BranchKeys> = Arc::new(store);
    let [one, two] = ids.map(|id| HierarchicalKeyring::new(Arc::clone(&keys), id, Duration::from_secs(60)));
    let (right, wrong) = (context("a"), context("b"));
    let new = one.generate(request(&right)).unwrap();
    assert!(one.decrypt(&new.encrypted, request(&right)).is_ok());
    assert!(one.decrypt(&new.encrypted, request(&wrong)).is_err());
    assert!(matches!(two.decrypt(&new.encrypted, request(&right)), Err(KeyringError::NoMatch(_))));
    for at in 0..new.encrypted[0].blob.len() {
        let mut changed = new.encrypted.clone();
        changed[0].blob[at] ^= 1;
        assert!(one.decrypt(&changed, request(&right)).is_err(), "byte {at}");
    }
}

#[test]
fn time_to_live_zero_asks_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let (store, kms) = store(folder.path(), "store");
    let id = store.create(None, BTreeMap::new()).unwrap();
    let keyring = HierarchicalKeyring::new(Arc::new(store), id, Duration::ZERO);
    for _ in 0..3 {
        keyring.generate(request(&context("a"))).unwrap();
    }
    assert_eq!(kms.decrypted.load(Ordering::Relaxed), 3);
}

#[test]
fn branch_keys_whose_time_is_over_go_with_the_next_new_one() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = store(folder.path(), "store");
    let ids = [store.create(None, BTreeMap::new()).unwrap(), store.create(None, BTreeMap::new()).unwrap()];
    let keys: Arc<dyn BranchKeys> = Arc::new(store);
    for (time_to_live, kept) in [(Duration::from_nanos(1), 1), (Duration::from_secs(3_600), 2)] {
        let ids = ids.clone();
        let of_tenant: BranchKeyOf =
            Box::new(move |context| Ok(ids[usize::from(context.pairs()["tenant"] == "b")].clone()));
        let keyring = HierarchicalKeyring::choosing(Arc::clone(&keys), of_tenant, time_to_live);
        for tenant in ["a", "b"] {
            keyring.generate(request(&context(tenant))).unwrap();
        }
        assert_eq!(keyring.cache.kept(), kept);
        keyring.clear();
        assert_eq!(keyring.cache.kept(), 0);
    }
}

#[test]
fn records_are_bound_to_their_attributes_and_to_the_name_of_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let (first, _) = store(folder.path(), "store");
    let custom = BTreeMap::from([("department".to_owned(), "admin".to_owned())]);
    first.create(Some("tenant-a".into()), custom).unwrap();
    assert!(first.active("tenant-a").is_ok());
    let (renamed, _) = store(folder.path(), "other");
    assert!(renamed.active("tenant-a").is_err());
    let path = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let path = path.into_iter().find(|path| path.extension().is_some_and(|e| e == "json")).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("admin", "other")).unwrap();
    assert!(first.active("tenant-a").is_err());
}

#[test]
fn a_branch_key_is_made_once_and_a_chosen_id_needs_a_pair() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = store(folder.path(), "store");
    let custom = BTreeMap::from([("a".to_owned(), "b".to_owned())]);
    store.create(Some("id".into()), custom.clone()).unwrap();
    assert!(store.create(Some("id".into()), custom).unwrap_err().to_string().contains("exists already"));
    assert!(store.create(Some("other".into()), BTreeMap::new()).is_err());
    assert!(store.active("nobody").is_err());
}

#[test]
fn two_new_versions_at_once_are_one() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = store(folder.path(), "store");
    let id = store.create(None, BTreeMap::new()).unwrap();
    let records = FolderRecords::new(folder.path().to_owned());
    let old = records.get(&id, "branch:ACTIVE").unwrap().unwrap();
    store.new_version(&id).unwrap();
    let version = BranchKeyRecord { kind: "branch:version:x".into(), ..old.clone() };
    let error = records.replace_active(&old.enc, &version, &old).unwrap_err().to_string();
    assert!(error.contains("by somebody else meanwhile"), "{error}");
}

#[test]
fn without_a_named_key_only_those_of_the_account_unwrap_and_none_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let (made, kms) = store(folder.path(), "store");
    let id = made.create(None, BTreeMap::new()).unwrap();
    let within = |account: &str| {
        let records = Box::new(FolderRecords::new(folder.path().to_owned()));
        let calls = Arc::clone(&kms) as Arc<dyn BranchKeyCalls>;
        BranchKeyStore::new(records, calls, "store", StoreKey::InAccount(account.to_owned()))
    };
    let own = within("111122223333");
    assert!(own.active(&id).is_ok());
    assert!(own.new_version(&id).is_ok());
    assert!(own.create(None, BTreeMap::new()).unwrap_err().to_string().contains("without the ARN"));
    let error = within("444455556666").active(&id).unwrap_err().to_string();
    assert!(error.contains(ARN) && error.contains("may not be used"), "{error}");
}

#[test]
fn another_hierarchy_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (store, _) = store(folder.path(), "store");
    let id = store.create(None, BTreeMap::new()).unwrap();
    assert!(store.active(&id).is_ok());
    let mut files = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().path());
    let path = files.find(|path| path.extension().is_some_and(|e| e == "json")).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"hierarchy-version\": 1", "\"hierarchy-version\": 3")).unwrap();
    assert!(store.active(&id).unwrap_err().to_string().contains("hierarchy version 3"));
}

#[test]
fn uuids_have_one_form() {
    let text = "e9ce18a3-edb5-4272-9f86-1cacb7997ff6";
    let version = branch_key::parse_uuid(text).unwrap();
    assert_eq!(branch_key::uuid_text(&version), text);
    for bad in ["", "e9ce18a3edb542729f861cacb7997ff6", "e9ce18a3-edb5-4272-9f86-1cacb7997ffx"] {
        assert_eq!(branch_key::parse_uuid(bad), None);
    }
}

#[path = "hierarchy_version_tests.rs"]
mod hierarchy_version_tests;

#[path = "store_key_tests.rs"]
mod store_key_tests;
