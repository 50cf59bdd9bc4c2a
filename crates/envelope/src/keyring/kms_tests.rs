//! The keyring's rules against a KMS that answers from a table and remembers what it was asked.

use super::*;
use crate::message::Context;
use std::sync::Mutex;
use strongroom_types::AccountId;
use zeroize::Zeroizing;

const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const OTHER: &str = "arn:aws:kms:eu-west-1:444455556666:key/aaaaaaaa-12ab-34cd-56ef-1234567890ab";

/// Each call as `(key id, blob)`.
type Calls = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

struct FakeKms {
    calls: Calls,
    answer_key: &'static str,
    plaintext_bytes: usize,
}

impl FakeKms {
    fn answer(&self, key_id: &str, blob: &[u8]) -> Result<KmsAnswer, KeyringError> {
        self.calls.lock().unwrap().push((key_id.to_owned(), blob.to_vec()));
        if blob == b"refused" {
            let (code, message) = ("AccessDeniedException".to_owned(), "no".to_owned());
            return Err(KeyringError::Refused {
                operation: "Decrypt",
                key_id: key_id.to_owned(),
                code,
                message,
                request_id: Some("5f1c".to_owned()),
            });
        }
        let plaintext = Zeroizing::new(vec![7; self.plaintext_bytes]);
        let answer_key = if key_id == "alias/other" { OTHER } else { self.answer_key };
        Ok(KmsAnswer { key_id: answer_key.to_owned(), plaintext, blob: b"wrapped".to_vec() })
    }
}

impl KmsCalls for FakeKms {
    fn generate_data_key(&self, key_id: &str, _: &Context, _: usize) -> Result<KmsAnswer, KeyringError> {
        self.answer(key_id, b"")
    }

    fn encrypt(&self, key_id: &str, _: &Context, _: &[u8]) -> Result<KmsAnswer, KeyringError> {
        self.answer(key_id, b"encrypt")
    }

    fn decrypt(&self, key_id: &str, _: &Context, blob: &[u8]) -> Result<KmsAnswer, KeyringError> {
        self.answer(key_id, blob)
    }
}

fn keyring(answer_key: &'static str, plaintext_bytes: usize, open_with: OpenWith) -> (KmsKeyring, Calls) {
    let calls = Calls::default();
    let fake = FakeKms { calls: Arc::clone(&calls), answer_key, plaintext_bytes };
    (KmsKeyring::new(Arc::new(fake), vec!["alias/docs".into()], open_with), calls)
}

fn entry(arn: &str, blob: &[u8]) -> EncryptedDataKey {
    EncryptedDataKey { provider: KMS_PROVIDER.into(), info: arn.into(), blob: blob.to_vec() }
}

fn request() -> KeyRequest<'static> {
    static NOTHING: std::sync::LazyLock<Context> = std::sync::LazyLock::new(Context::default);
    KeyRequest::new(Suite::COMMITTING, &NOTHING)
}

fn open(keyring: &KmsKeyring, entries: &[EncryptedDataKey]) -> Result<DataKey, String> {
    keyring.decrypt(entries, request()).map_err(|e| e.to_string())
}

#[test]
fn sealing_stores_the_arn_of_the_answer() {
    let (keyring, calls) = keyring(ARN, 32, OpenWith::Nothing);
    let new = keyring.generate(request()).unwrap();
    assert_eq!(new.encrypted, [entry(ARN, b"wrapped")]);
    assert_eq!(*calls.lock().unwrap(), [("alias/docs".to_owned(), vec![])]);
}

#[test]
fn answers_of_the_wrong_shape_are_refused() {
    let generate = |key, bytes| {
        let (keyring, _) = keyring(key, bytes, OpenWith::Nothing);
        keyring.generate(request()).unwrap_err().to_string()
    };
    assert!(generate("1234abcd", 32).contains("no key ARN"));
    assert!(generate(ARN, 16).contains("another length"));
    let (short, _) = keyring(ARN, 31, OpenWith::Keys(vec![ARN.into()]));
    assert!(open(&short, &[entry(ARN, b"x")]).unwrap_err().contains("another length"));
    let (swapped, _) = keyring(OTHER, 32, OpenWith::Keys(vec![ARN.into()]));
    assert!(open(&swapped, &[entry(ARN, b"x")]).unwrap_err().contains("another key"));
}

#[test]
fn strict_by_arn_asks_only_for_that_key() {
    let (keyring, calls) = keyring(ARN, 32, OpenWith::Keys(vec![ARN.into()]));
    assert!(open(&keyring, &[entry(OTHER, b"a"), entry(ARN, b"b")]).is_ok());
    assert_eq!(*calls.lock().unwrap(), [(ARN.to_owned(), b"b".to_vec())]);
    assert!(open(&keyring, &[entry(OTHER, b"a")]).unwrap_err().contains(OTHER));
    assert_eq!(calls.lock().unwrap().len(), 1);
}

#[test]
fn strict_by_alias_or_id_passes_it_on() {
    for key in [
        "alias/docs",
        "arn:aws:kms:eu-west-1:111122223333:alias/docs",
        "1234abcd-12ab-34cd-56ef-1234567890ab",
    ] {
        let (keyring, calls) = keyring(ARN, 32, OpenWith::Keys(vec![key.into()]));
        assert!(open(&keyring, &[entry(ARN, b"b")]).is_ok());
        assert_eq!(*calls.lock().unwrap(), [(key.to_owned(), b"b".to_vec())]);
    }
}

#[test]
fn discovery_stays_in_the_account() {
    let account = AccountId::parse("111122223333").unwrap();
    let (keyring, calls) = keyring(ARN, 32, OpenWith::account(account));
    assert!(open(&keyring, &[entry(OTHER, b"a"), entry(ARN, b"b")]).is_ok());
    assert_eq!(*calls.lock().unwrap(), [(ARN.to_owned(), b"b".to_vec())]);
    assert!(open(&keyring, &[entry(OTHER, b"a")]).unwrap_err().contains("AWS_ACCOUNT_ID"));
    assert_eq!(calls.lock().unwrap().len(), 1);
}

#[test]
fn without_key_or_account_nothing_is_asked() {
    let (keyring, calls) = keyring(ARN, 32, OpenWith::Nothing);
    assert!(open(&keyring, &[entry(ARN, b"b")]).unwrap_err().contains("--key-id"));
    assert!(calls.lock().unwrap().is_empty());
}

#[test]
fn a_refused_entry_is_remembered_and_the_next_is_tried() {
    let (keyring, calls) = keyring(ARN, 32, OpenWith::Keys(vec![ARN.into()]));
    assert!(open(&keyring, &[entry(ARN, b"refused"), entry(ARN, b"b")]).is_ok());
    assert_eq!(calls.lock().unwrap().len(), 2);
    assert!(open(&keyring, &[entry(ARN, b"refused")]).unwrap_err().contains("AccessDeniedException: no"));
    let both = open(&keyring, &[entry(ARN, b"refused"), entry(ARN, b"refused")]).unwrap_err();
    assert!(both.starts_with("every matching key failed"), "{both}");
}

#[test]
fn entries_of_other_providers_are_skipped() {
    let (keyring, calls) = keyring(ARN, 32, OpenWith::Keys(vec![ARN.into()]));
    let raw = EncryptedDataKey { provider: "mine".into(), info: vec![0xff], blob: vec![] };
    let error = open(&keyring, &[raw]).unwrap_err();
    assert!(error.contains("\"mine\""), "{error}");
    assert!(calls.lock().unwrap().is_empty());
}

#[test]
fn an_entry_of_kms_without_a_key_arn_is_an_error() {
    let (keyring, calls) = keyring(ARN, 32, OpenWith::Keys(vec![ARN.into()]));
    let error = open(&keyring, &[entry("arn:aws:kms:x", b""), entry(ARN, b"b")]).unwrap_err();
    assert!(error.contains("is no key ARN"), "{error}");
    assert!(calls.lock().unwrap().is_empty());
}

#[test]
fn further_keys_get_the_same_data_key_by_encrypt() {
    let calls = Calls::default();
    let fake = FakeKms { calls: Arc::clone(&calls), answer_key: ARN, plaintext_bytes: 32 };
    let keys = vec!["alias/one".to_owned(), "alias/other".to_owned()];
    let keyring = KmsKeyring::new(Arc::new(fake), keys, OpenWith::Nothing);
    let new = keyring.generate(request()).unwrap();
    assert_eq!(new.encrypted.len(), 2);
    let asked = [("alias/one".to_owned(), vec![]), ("alias/other".to_owned(), b"encrypt".to_vec())];
    assert_eq!(*calls.lock().unwrap(), asked);
    assert_eq!(keyring.wrap(&new.plaintext, request()).unwrap().len(), 2);
    assert_eq!(calls.lock().unwrap().len(), 4);
}

#[test]
fn two_names_of_one_key_make_one_entry() {
    let fake = FakeKms { calls: Calls::default(), answer_key: ARN, plaintext_bytes: 32 };
    let keys = ["alias/one", "alias/other", ARN].map(str::to_owned).to_vec();
    let keyring = KmsKeyring::new(Arc::new(fake), keys, OpenWith::Nothing);
    let new = keyring.generate(request()).unwrap();
    let infos = |list: Vec<EncryptedDataKey>| list.into_iter().map(|entry| entry.info).collect::<Vec<_>>();
    let expected = [ARN.as_bytes().to_vec(), OTHER.as_bytes().to_vec()];
    assert_eq!(infos(keyring.wrap(&new.plaintext, request()).unwrap()), expected);
    assert_eq!(infos(new.encrypted), expected);
}

#[test]
fn two_replicas_of_one_key_are_refused_where_regions_are_related() {
    let here = "arn:aws:kms:us-east-1:111122223333:key/mrk-1";
    let there = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1";
    let (one, _) = keyring(ARN, 32, OpenWith::Keys(vec![here.into()]));
    assert!(one.multi_region_aware().is_ok());
    let (both, _) = keyring(ARN, 32, OpenWith::Keys(vec![here.into(), there.into()]));
    assert!(matches!(both.multi_region_aware(), Err(KeyringError::RelatedKeys(..))));
}

#[test]
fn a_replica_answers_for_a_name_without_region_where_regions_are_related() {
    let here = "arn:aws:kms:us-east-1:111122223333:key/mrk-1";
    let there = "arn:aws:kms:eu-west-1:111122223333:key/mrk-1";
    let another = "arn:aws:kms:us-east-1:111122223333:key/mrk-2";
    for name in ["mrk-1", "alias/docs"] {
        let keyring = |answer| keyring(answer, 32, OpenWith::Keys(vec![name.into()])).0;
        let aware = |answer| keyring(answer).multi_region_aware().unwrap();
        assert!(open(&aware(here), &[entry(there, b"b")]).is_ok(), "{name}");
        for refused in [keyring(here), aware(another)] {
            let error = open(&refused, &[entry(there, b"b")]).unwrap_err();
            assert!(error.contains("another key"), "{name}: {error}");
        }
    }
}

#[test]
fn a_refusal_names_key_and_request() {
    let refused = |code: &str, request_id: Option<&str>| KeyringError::Refused {
        operation: "Decrypt",
        key_id: "alias/a".into(),
        code: code.into(),
        message: "no".into(),
        request_id: request_id.map(Into::into),
    };
    let denied = refused("AccessDeniedException", Some("5f1c"));
    assert_eq!(
        denied.to_string(),
        "KMS refused Decrypt for alias/a: AccessDeniedException: no (request id 5f1c)"
    );
    assert_eq!(denied.denied_request(), Some("5f1c"));
    assert_eq!(refused("AccessDeniedException", None).denied_request(), None);
    assert_eq!(refused("NotFoundException", Some("5f1c")).denied_request(), None);
}
