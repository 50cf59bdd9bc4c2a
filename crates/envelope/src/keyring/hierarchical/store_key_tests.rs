//! Stores under one key, under a multi-Region key and by discovery: which KMS key is called, and what the records name.

use super::*;

const HERE: &str = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1234";
const THERE: &str = "arn:aws:kms:us-east-1:111122223333:key/mrk-1234";

/// One folder and one KMS, whose multi-Region key is in both Regions.
struct Bench {
    folder: tempfile::TempDir,
    kms: Arc<FakeKms>,
}

impl Bench {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), kms: Arc::default() }
    }

    fn store(&self, key: StoreKey) -> BranchKeyStore {
        let records = Box::new(FolderRecords::new(self.folder.path().to_owned()));
        let calls = Arc::clone(&self.kms) as Arc<dyn BranchKeyCalls>;
        BranchKeyStore::new(records, calls, "store", key)
    }

    /// The KMS keys that were called since the last time, each once.
    fn called(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.kms.asked().into_iter().map(|(_, key)| key).collect();
        keys.sort();
        keys.dedup();
        keys
    }

    /// The KMS key that the active record names.
    fn named(&self, id: &str) -> String {
        FolderRecords::new(self.folder.path().to_owned()).get(id, "branch:ACTIVE").unwrap().unwrap().kms_arn
    }
}

fn only(arn: &str) -> StoreKey {
    StoreKey::Only(KmsKeyArn::parse(arn).unwrap())
}

fn related(arn: &str) -> StoreKey {
    StoreKey::Related(KmsKeyArn::parse(arn).unwrap())
}

fn discovered_in(region: &str) -> StoreKey {
    StoreKey::Discovered(Discovery::default().in_region(region).unwrap())
}

const BOTH: [HierarchyVersion; 2] = [HierarchyVersion::One, HierarchyVersion::Two];

#[test]
fn multi_region_key_is_called_in_its_own_region_and_the_records_keep_theirs() {
    for version in BOTH {
        let bench = Bench::new();
        let id = bench.store(related(HERE)).making(version).create(None, BTreeMap::new()).unwrap();
        assert_eq!((bench.called(), bench.named(&id)), (vec![HERE.to_owned()], HERE.to_owned()));
        let there = bench.store(related(THERE));
        assert!(there.active(&id).is_ok());
        there.new_version(&id).unwrap();
        assert_eq!((bench.called(), bench.named(&id)), (vec![THERE.to_owned()], HERE.to_owned()));
        assert!(
            bench.store(only(HERE)).active(&id).is_ok(),
            "a store that knows this key only stopped working"
        );
        assert_eq!(bench.called(), [HERE]);
    }
}

#[test]
fn one_key_is_not_its_replica_and_kms_is_not_asked() {
    for version in BOTH {
        let bench = Bench::new();
        let id = bench.store(only(HERE)).making(version).create(None, BTreeMap::new()).unwrap();
        bench.called();
        let error = bench.store(only(THERE)).active(&id).unwrap_err().to_string();
        assert!(error.contains(HERE) && error.contains("may not be used"), "{error}");
        let other = "arn:aws:kms:us-east-1:111122223333:key/mrk-9999";
        assert!(bench.store(related(other)).active(&id).is_err());
        assert!(bench.store(related(other)).new_version(&id).is_err());
        assert!(bench.called().is_empty());
    }
}

#[test]
fn discovery_uses_what_is_there_and_makes_nothing() {
    for version in BOTH {
        let bench = Bench::new();
        let id = bench.store(only(HERE)).making(version).create(None, BTreeMap::new()).unwrap();
        bench.called();
        for (key, called) in [
            (StoreKey::Discovered(Discovery::default()), HERE),
            (discovered_in("us-east-1"), THERE),
            (discovered_in("eu-west-1"), HERE),
        ] {
            let store = bench.store(key);
            assert!(store.active(&id).is_ok());
            assert_eq!(bench.called(), [called]);
            let create = store.create(None, BTreeMap::new()).unwrap_err().to_string();
            assert!(create.contains("without the ARN"), "{create}");
            let rotate = store.new_version(&id).unwrap_err().to_string();
            assert!(rotate.contains("by discovery"), "{rotate}");
            assert!(bench.called().is_empty());
        }
    }
}

#[test]
fn discovery_keeps_to_the_account_that_is_said() {
    let bench = Bench::new();
    let id = bench.store(only(HERE)).create(None, BTreeMap::new()).unwrap();
    let within = |account: &str| {
        let discovery = Discovery::default().in_account(account).unwrap();
        bench.store(StoreKey::Discovered(discovery)).active(&id)
    };
    assert!(within("111122223333").is_ok());
    assert!(within("444455556666").unwrap_err().to_string().contains("may not be used"));
}

/// A KMS that answers for another key than it was asked for.
struct Crossed(FakeKms);

impl Crossed {
    fn other(answer: KmsAnswer) -> KmsAnswer {
        KmsAnswer { key_id: ARN.replace("1234", "4321"), ..answer }
    }
}

impl BranchKeyCalls for Crossed {
    fn generate_without_plaintext(&self, key_id: &str, context: &Context) -> Result<KmsAnswer, KeyringError> {
        self.0.generate_without_plaintext(key_id, context).map(Self::other)
    }

    fn generate_branch_key(&self, key_id: &str, context: &Context) -> Result<KmsAnswer, KeyringError> {
        self.0.generate_branch_key(key_id, context).map(Self::other)
    }

    fn encrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        plaintext: &[u8],
    ) -> Result<KmsAnswer, KeyringError> {
        self.0.encrypt_branch_key(key_id, context, plaintext).map(Self::other)
    }

    fn re_encrypt(
        &self,
        key_id: &str,
        blob: &[u8],
        from: &Context,
        to: &Context,
    ) -> Result<KmsAnswer, KeyringError> {
        self.0.re_encrypt(key_id, blob, from, to).map(Self::other)
    }

    fn decrypt_branch_key(
        &self,
        key_id: &str,
        context: &Context,
        blob: &[u8],
    ) -> Result<KmsAnswer, KeyringError> {
        self.0.decrypt_branch_key(key_id, context, blob).map(Self::other)
    }
}

#[test]
fn answer_of_another_kms_key_is_refused() {
    for version in BOTH {
        let bench = Bench::new();
        let id = bench.store(only(ARN)).making(version).create(None, BTreeMap::new()).unwrap();
        let records = Box::new(FolderRecords::new(bench.folder.path().to_owned()));
        let crossed = BranchKeyStore::new(records, Arc::new(Crossed(FakeKms::default())), "store", only(ARN));
        let crossed = crossed.making(version);
        assert!(bench.store(only(ARN)).active(&id).is_ok());
        for error in [
            crossed.active(&id).map(drop).unwrap_err(),
            crossed.new_version(&id).unwrap_err(),
            crossed.create(None, BTreeMap::new()).map(drop).unwrap_err(),
        ] {
            assert!(error.to_string().contains("another KMS key"), "{error}");
        }
    }
}
