//! A backup of a small cluster, restored by a vault without a root, and every way in which it must not be.

use super::*;
use serde_json::json;
use std::cell::RefCell;
use std::collections::BTreeSet;
use strongroom_backup::{AuditCheckpoint, BackupWriter, HEADER_BYTES, Sample};
use strongroom_storage::Store;
use strongroom_storage_embedded::EmbeddedStore;
use strongroom_types::{EncryptionContext, KeyArn, SystemClock, Timestamp};
use strongroom_vault::{InProcessCustody, in_process_with_custody, in_process_without_root};
use strongroom_vault_protocol::{AccessKeyBinding, BackingKey, ClusterId, KeyBinding, Reply};

const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const PATH: &str = "111122223333/us-east-1/1234abcd-12ab-34cd-56ef-1234567890ab";
const FORMAT: [u8; 9] = [1, 0, 1, 0, 1, 0, 1, 0, 1];

/// A vault in this process.
struct Near {
    fast: UnixStream,
    _slow: UnixStream,
    custody: RefCell<InProcessCustody>,
}

impl Near {
    fn with(parts: (UnixStream, UnixStream, InProcessCustody)) -> Self {
        let (fast, slow, custody) = parts;
        Self { fast, _slow: slow, custody: RefCell::new(custody) }
    }

    fn bare() -> Self {
        Self::with(in_process_without_root().unwrap())
    }
}

impl RestoringVault for Near {
    fn act(&self, act: CustodyAct) -> Result<String, String> {
        self.custody.borrow_mut().act(act)
    }

    fn present(&self, key: RootKey) -> Result<(), String> {
        self.act(CustodyAct::Present(RootSecret::Key(key))).map(drop)
    }

    fn lane(&self) -> &UnixStream {
        &self.fast
    }
}

/// A cluster that is lost but for its backup and its shares.
struct Lost {
    _folder: tempfile::TempDir,
    backup: PathBuf,
    shares: Vec<String>,
}

fn reply(lane: Lane<'_>, request: &Request<'_>) -> Vec<u8> {
    lane.secret(request).unwrap().expose().to_vec()
}

fn binding() -> KeyBinding {
    KeyBinding {
        arn: ARN.to_owned(),
        key_id: KeyArn::parse(ARN).unwrap().key.bytes(),
        spec: "SYMMETRIC_DEFAULT".to_owned(),
        usage: "ENCRYPT_DECRYPT".to_owned(),
        origin: "AWS_KMS".to_owned(),
    }
}

fn record(members: &serde_json::Value) -> Vec<u8> {
    [&[1][..], members.to_string().as_bytes()].concat()
}

/// The records of the cluster, and a sample.
fn content(lane: Lane<'_>, keyring: &strongroom_vault_protocol::Keyring) -> (records::Records, Sample) {
    let made = lane.backing_key(&Request::GenerateBackingKey(binding()));
    let key = BackingKey::new(&binding(), &made.material_id, &made.record);
    let context = EncryptionContext::new(BTreeMap::from([("a".to_owned(), "b".to_owned())])).unwrap();
    let canonical = context.canonical();
    let ciphertext =
        lane.blob(&Request::Encrypt { key: key.sent(), context: &canonical, plaintext: &[7; 32] });
    let mut hash = [0; 32];
    hash.copy_from_slice(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &[7; 32]).as_ref());
    let arn = KeyArn::parse(ARN).unwrap();
    let sample = Sample { key: arn, context, plaintext_sha256: hash, ciphertext };
    let access = AccessKeyBinding { account: "111122223333".to_owned(), access_key_id: "AKIA1".to_owned() };
    let wrapped = const_hex::encode(lane.access_key(&Request::CreateAccessKey(access)).unwrap().record);
    let hex = |bytes: &[u8]| const_hex::encode(bytes);
    let mut all = records::Records::new();
    for (key, members) in [
        ("s/acct/111122223333", json!({ "created_ms": 5 })),
        ("s/acct/000000000000", json!({ "created_ms": 6 })),
        ("s/ak/AKIA1", json!({ "account": "111122223333", "owner": "root", "wrapped": wrapped.as_str() })),
        ("s/ak/AKIA2", json!({ "account": "000000000000", "owner": "root", "wrapped": wrapped.as_str() })),
        (
            "s/ak/AKIA3",
            json!({ "account": "111122223333", "owner": { "user": "a" }, "wrapped": wrapped.as_str() }),
        ),
        ("s/use/ak/AKIA1", json!({ "at_ms": 1 })),
        ("s/alias/111122223333/us-east-1/alias/x", json!({ "key_id": arn_id() })),
        ("s/scrub", json!({ "since_ms": 1 })),
        ("s/vault/keyring", json!({ "keyring": hex(&keyring.to_bytes()) })),
    ] {
        all.insert(key.as_bytes().to_vec(), record(&members));
    }
    let place = json!({ "spec": "SYMMETRIC_DEFAULT", "usage": "ENCRYPT_DECRYPT", "origin": "AWS_KMS" });
    all.insert(format!("s/key/{PATH}").into_bytes(), record(&place));
    let material = json!({ "material_id": hex(&made.material_id), "wrapped": hex(&made.record) });
    all.insert(format!("s/bk/{PATH}/00000001").into_bytes(), record(&material));
    all.insert(format!("s/pol/{PATH}").into_bytes(), record(&json!({ "text": "{}" })));
    all.insert(format!("s/used/{PATH}").into_bytes(), record(&json!({ "at_ms": 1 })));
    all.insert(format!("s/due/000000000009/delete/{PATH}").into_bytes(), record(&json!({})));
    all.insert(b"s/fmt".to_vec(), FORMAT.to_vec());
    (all, sample)
}

fn arn_id() -> String {
    KeyArn::parse(ARN).unwrap().key.to_string()
}

impl Lane<'_> {
    fn backing_key(self, request: &Request<'_>) -> strongroom_vault_protocol::NewBackingKey {
        match self.call(request).unwrap() {
            Reply::BackingKey(key) => key,
            other => panic!("{other:?}"),
        }
    }

    fn blob(self, request: &Request<'_>) -> Vec<u8> {
        match self.call(request).unwrap() {
            Reply::Blob(blob) => blob,
            other => panic!("{other:?}"),
        }
    }
}

/// A cluster with 5 shares, 3 of which open; `forge` may change the MAC of its backup.
fn lost_with(cluster: u8, forge: impl FnOnce(&mut [u8; 32])) -> Lost {
    let vault = Near::with(in_process_with_custody(Box::new(SystemClock), None).unwrap());
    let lane = Lane(vault.lane());
    let keyring = lane.keyring(&Request::Initialise(ClusterId([cluster; 16]))).unwrap();
    lane.done(&Request::Open(keyring)).unwrap();
    vault.act(CustodyAct::CreateRecovery { shares: 5, threshold: 3, at_ms: 7 }).unwrap();
    let shares: Vec<String> =
        vault.custody.borrow_mut().shares().iter().map(|share| share.expose().to_owned()).collect();
    let keyring = lane.keyring(&Request::ProposedKeyring).unwrap();
    lane.done(&Request::Open(keyring.clone())).unwrap();
    let (records, sample) = content(lane, &keyring);
    let made = Timestamp::from_millis(7);
    let both = reply(lane, &Request::Recovery(RecoveryRequest::BackupKey { revision: 41, made }));
    let (mut head, key) = both.split_at(HEADER_BYTES);
    let header = SealedHeader::read(&mut head).unwrap();
    let key = FileKey::new(Zeroizing::new(key.try_into().unwrap()));
    let format = StoreFormat { major: 1, minor: 1 };
    let manifest = Manifest {
        made_by: "test".to_owned(),
        format,
        oldest_reader: format,
        revision: 41,
        chain: [6; 32],
        records: records.len() as u64,
        token_keys: 0,
    };
    let folder = tempfile::tempdir().unwrap();
    let backup = folder.path().join("b.backup");
    let mut writer = BackupWriter::start(File::create(&backup).unwrap(), &header, &key, &manifest).unwrap();
    for (key, value) in &records {
        writer.record(key, value).unwrap();
    }
    let checkpoint = AuditCheckpoint::of_log(3, "log/1");
    writer.checkpoint(&checkpoint).unwrap();
    writer.sample(&sample).unwrap();
    let mac = lane.blob(&Request::Recovery(RecoveryRequest::BackupMac(writer.digest())));
    let mut mac: [u8; 32] = mac.try_into().unwrap();
    forge(&mut mac);
    writer.finish(mac).unwrap();
    Lost { _folder: folder, backup, shares }
}

fn lost() -> Lost {
    lost_with(5, |_| {})
}

/// Reads a backup with shares, in a vault without a root.
fn read<'a>(vault: &'a Near, backup: &Path, shares: &[String]) -> Result<Contents<'a>, RestoreError> {
    let mut restore = Restore::begin(vault, backup)?;
    for share in shares {
        restore.share(share)?;
    }
    restore.read()
}

fn refused(backup: &Path, shares: &[String]) -> RestoreError {
    read(&Near::bare(), backup, shares).map(|_| ()).unwrap_err()
}

fn new_root() -> RootKey {
    RootKey::copy_of(&[77; 32])
}

#[tokio::test]
async fn state_is_made_anew_with_a_new_root_and_a_new_root_access_key() {
    let (lost, folder, vault) = (lost(), tempfile::tempdir().unwrap(), Near::bare());
    let mut contents = read(&vault, &lost.backup, &lost.shares[..3]).unwrap();
    contents.root(new_root(), 9).unwrap();
    let root = contents.root_access_key(9).unwrap();
    assert_eq!((root.account.as_str(), root.secret.len()), ("111122223333", 40));
    assert_eq!(contents.decrypt_samples().unwrap(), 1);
    contents.write_state(folder.path(), 9).unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let snapshot = store.snapshot().await.unwrap();
    assert_eq!(snapshot.revision.get(), 42);
    let names: BTreeSet<String> = snapshot.records.keys().map(ToString::to_string).collect();
    for gone in ["s/ak/AKIA1", "s/use/ak/AKIA1", "s/scrub"] {
        assert!(!names.contains(gone), "{gone}");
    }
    let new = format!("s/ak/{}", root.access_key_id);
    for there in ["s/ak/AKIA2", "s/ak/AKIA3", &new, "s/restored", &format!("s/key/{PATH}")] {
        assert!(names.contains(there), "{there}");
    }
    let records: records::Records =
        snapshot.records.iter().map(|(k, (_, v))| (k.as_bytes().to_vec(), v.as_bytes().to_vec())).collect();
    assert_eq!(records::generation(&records), 1);
    let keyring = records::keyring(&records).unwrap();
    assert_eq!((keyring.keyring_number, keyring.roots.len()), (2, 1));
    assert!(EmbeddedStore::make(folder.path(), &snapshot).is_err(), "never over a store that is there");
}

#[test]
fn one_share_less_and_shares_of_another_cluster_are_refused() {
    let (lost, other) = (lost(), lost_with(6, |_| {}));
    let said = refused(&lost.backup, &lost.shares[..2]).to_string();
    assert!(said.contains("2 of 3"), "{said}");
    let said = refused(&lost.backup, &other.shares[..3]).to_string();
    assert!(said.contains("is of recovery set"), "{said}");
    let said = refused(&lost.backup, &["srshare1nonsense".to_owned()]).to_string();
    assert!(said.contains("letters and digits"), "{said}");
    // Positive control.
    assert!(read(&Near::bare(), &lost.backup, &lost.shares[2..]).is_ok());
}

#[test]
fn altered_byte_anywhere_is_refused() {
    let lost = lost();
    let whole = std::fs::read(&lost.backup).unwrap();
    let altered = lost.backup.with_extension("altered");
    let step = (whole.len() / 48).max(1);
    for at in (0..whole.len()).step_by(step).chain([whole.len() - 1, HEADER_BYTES - 1, HEADER_BYTES]) {
        let mut bytes = whole.clone();
        bytes[at] ^= 1;
        std::fs::write(&altered, bytes).unwrap();
        assert!(read(&Near::bare(), &altered, &lost.shares[..3]).is_err(), "byte {at}");
    }
    std::fs::write(&altered, &whole[..whole.len() - 1]).unwrap();
    assert!(read(&Near::bare(), &altered, &lost.shares[..3]).is_err(), "cut");
    std::fs::write(&altered, &whole).unwrap();
    assert!(read(&Near::bare(), &altered, &lost.shares[..3]).is_ok(), "positive control");
}

#[test]
fn backup_with_a_mac_of_somebody_else_is_not_the_clusters() {
    let forged = lost_with(5, |mac| mac[0] ^= 1);
    let said = refused(&forged.backup, &forged.shares[..3]);
    assert!(matches!(said, RestoreError::NotTheClusters), "{said}");
}

#[test]
fn key_that_was_deleted_since_is_deleted_again_with_all_that_is_its() {
    let (lost, vault) = (lost(), Near::bare());
    let audit = tempfile::tempdir().unwrap();
    let entry = |sequence: u64| {
        let record = json!({ "eventName": "DeleteKey", "resources": [{ "ARN": ARN }] });
        format!("{}\n", json!({ "sequence": sequence, "kind": "event", "record": record }))
    };
    let segment = audit.path().join("00000000000000000001.jsonl");
    let mut contents = read(&vault, &lost.backup, &lost.shares[..3]).unwrap();
    let before = contents.records();
    let origin = audit.path().join("origin");
    std::fs::write(&origin, "log/2\n").unwrap();
    std::fs::write(&segment, entry(4)).unwrap();
    let another = contents.apply_deletions(audit.path()).unwrap_err();
    assert!(matches!(&another, RestoreError::NotTheLog { why, .. } if why.contains("log/2")), "{another}");
    assert_eq!(contents.records(), before, "another service's log deletes nothing");
    std::fs::write(&origin, "log/1\n").unwrap();
    std::fs::write(&segment, entry(3)).unwrap();
    assert!(contents.apply_deletions(audit.path()).unwrap().arns.is_empty(), "the backup knows of it");
    std::fs::write(&segment, entry(4)).unwrap();
    let deleted = contents.apply_deletions(audit.path()).unwrap();
    assert_eq!((deleted.arns, deleted.doubt), (vec![ARN.to_owned()], None));
    assert_eq!(contents.records(), before - 6, "key, material, policy, last use, alias, due");
    assert_eq!(contents.decrypt_samples().unwrap(), 0, "its sample has nothing to say any more");
}

#[test]
fn newer_format_is_refused() {
    let (ours, newer) = (StoreFormat { major: 1, minor: 1 }, StoreFormat { major: 1, minor: 99 });
    assert!(check_format(ours, ours).is_ok());
    assert!(check_format(newer, ours).is_ok(), "it says that we may read it");
    assert!(check_format(newer, newer).is_err());
    assert!(check_format(StoreFormat { major: 2, minor: 0 }, ours).is_err());
}

#[test]
fn key_stores_are_named_whose_passwords_no_restore_brings_back() {
    let mut found = records::Records::new();
    assert!(records::key_stores(&found).is_empty());
    for place in
        ["s/store/111122223333/eu-central-1/cks-1", "s/store/111122223333/us-east-1/cks-2", "s/stored"]
    {
        records::put(&mut found, place.as_bytes(), &json!({ "name": "hsm" }));
    }
    let named = ["111122223333/eu-central-1/cks-1", "111122223333/us-east-1/cks-2"];
    assert_eq!(records::key_stores(&found), named);
}
