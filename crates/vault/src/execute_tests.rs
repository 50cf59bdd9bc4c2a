//! Commands, on a vault in this process.

use super::*;
use crate::in_process::fresh_vault;
use strongroom_types::Clock;
use strongroom_vault_protocol::{BackingKey, ClusterId, Keyring};

#[path = "execute_context_tests.rs"]
mod contexts;

const KEY_ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

struct FixedClock(u64);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0)
    }

    fn monotonic(&self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0)
    }
}

/// 2025-01-01T12:00:00Z.
const NOON: u64 = 1_735_732_800_000;

fn worker_with_root(root: [u8; 32]) -> Worker {
    Worker::start(fresh_vault(Box::new(FixedClock(NOON)), Some(root)).unwrap()).unwrap()
}

fn keyring(worker: &mut Worker) -> Keyring {
    match worker.execute(Request::Initialise(ClusterId([5; 16]))).unwrap() {
        Reply::Keyring(keyring) => keyring,
        other => panic!("{other:?}"),
    }
}

fn open_worker() -> Worker {
    let mut worker = worker_with_root([9; 32]);
    keyring(&mut worker);
    worker
}

fn binding() -> KeyBinding {
    KeyBinding {
        arn: format!("arn:aws:kms:us-east-1:111122223333:key/{KEY_ID}"),
        key_id: KeyId::parse(KEY_ID).unwrap().bytes(),
        spec: "SYMMETRIC_DEFAULT".into(),
        usage: "ENCRYPT_DECRYPT".into(),
        origin: "AWS_KMS".into(),
    }
}

fn generate(worker: &mut Worker) -> NewBackingKey {
    match worker.execute(Request::GenerateBackingKey(binding())).unwrap() {
        Reply::BackingKey(key) => key,
        other => panic!("{other:?}"),
    }
}

fn sent(key: &NewBackingKey) -> SentKey<'static> {
    sent_with(&binding(), &key.material_id, &key.record)
}

fn sent_with(binding: &KeyBinding, material_id: &[u8; 32], record: &[u8]) -> SentKey<'static> {
    Box::leak(Box::new(BackingKey::new(binding, material_id, record))).sent()
}

fn blob(worker: &mut Worker, key: &NewBackingKey, context: &[u8], plaintext: &[u8]) -> Vec<u8> {
    match worker.execute(Request::Encrypt { key: sent(key), context, plaintext }).unwrap() {
        Reply::Blob(blob) => blob,
        other => panic!("{other:?}"),
    }
}

fn decrypt(worker: &mut Worker, key: SentKey<'_>, context: &[u8], blob: &[u8]) -> Result<Vec<u8>, Fault> {
    match worker.execute(Request::Decrypt { key, context, blob, plaintext: true })? {
        Reply::Secret(secret) => Ok(secret.expose().to_vec()),
        other => panic!("{other:?}"),
    }
}

fn fault(worker: &mut Worker, request: Request<'_>) -> Fault {
    worker.execute(request).unwrap_err()
}

#[test]
fn sealed_vault_uses_no_key() {
    let mut worker = worker_with_root([9; 32]);
    let sealed = Fault::Answer(VaultError::Sealed);
    let key = NewBackingKey { material_id: [0; 32], record: vec![0; 120] };
    assert_eq!(fault(&mut worker, Request::GenerateBackingKey(binding())), sealed);
    let decrypt = Request::Decrypt { key: sent(&key), context: &[], blob: &[], plaintext: true };
    assert_eq!(fault(&mut worker, decrypt), sealed);
    assert_eq!(fault(&mut worker, Request::PageMarkerKey), sealed);
}

#[test]
fn encrypted_bytes_open_with_the_same_key_and_context_only() {
    let mut worker = open_worker();
    let (one, other) = (generate(&mut worker), generate(&mut worker));
    let sealed = blob(&mut worker, &one, b"\x00\x00", b"text");
    assert_eq!(decrypt(&mut worker, sent(&one), b"\x00\x00", &sealed).unwrap(), b"text");
    let invalid = Err(Fault::Answer(VaultError::InvalidCiphertext));
    assert_eq!(decrypt(&mut worker, sent(&one), b"\x00\x01", &sealed), invalid);
    assert_eq!(decrypt(&mut worker, sent(&other), b"\x00\x00", &sealed), invalid);
    assert_ne!(sealed, blob(&mut worker, &one, b"\x00\x00", b"text"), "nonces differ");
}

#[test]
fn blob_is_checked_without_its_plaintext() {
    let mut worker = open_worker();
    let key = generate(&mut worker);
    let sealed = blob(&mut worker, &key, b"\x00\x00", b"text");
    let mut ask = |context: &[u8], blob: &[u8], plaintext| {
        worker.execute(Request::Decrypt { key: sent(&key), context, blob, plaintext })
    };
    assert!(matches!(ask(b"\x00\x00", &sealed, false), Ok(Reply::Done)));
    assert!(matches!(ask(b"\x00\x00", &sealed, true), Ok(Reply::Secret(_))), "control");
    let mut damaged = sealed.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for (context, blob) in [(b"\x00\x00", &damaged), (b"\x00\x01", &sealed)] {
        assert_eq!(ask(context, blob, false).unwrap_err(), Fault::Answer(VaultError::InvalidCiphertext));
    }
}

#[test]
fn data_key_opens_from_its_blob() {
    let mut worker = open_worker();
    let key = generate(&mut worker);
    let request =
        |plaintext| Request::GenerateDataKey { key: sent(&key), context: &[0, 0], bytes: 32, plaintext };
    let Reply::DataKey(data_key) = worker.execute(request(true)).unwrap() else { panic!() };
    let opened = decrypt(&mut worker, sent(&key), &[0, 0], &data_key.blob).unwrap();
    assert_eq!(opened, data_key.plaintext.expose());
    let Reply::Blob(blob) = worker.execute(request(false)).unwrap() else { panic!() };
    assert_eq!(decrypt(&mut worker, sent(&key), &[0, 0], &blob).unwrap().len(), 32);
}

#[test]
fn reencrypted_blob_opens_under_the_new_key_and_context() {
    let mut worker = open_worker();
    let (from, to) = (generate(&mut worker), generate(&mut worker));
    let old = blob(&mut worker, &from, b"\x00\x00", b"text");
    let request = Request::ReEncrypt {
        from: sent(&from),
        from_context: b"\x00\x00",
        blob: &old,
        to: sent(&to),
        to_context: b"\x00\x01x",
    };
    let Reply::Blob(new) = worker.execute(request).unwrap() else { panic!() };
    assert_eq!(decrypt(&mut worker, sent(&to), b"\x00\x01x", &new).unwrap(), b"text");
}

#[test]
fn record_with_any_other_fact_is_rejected_cached_or_not() {
    let mut worker = open_worker();
    let key = generate(&mut worker);
    let sealed = blob(&mut worker, &key, &[0, 0], b"text");
    let changes: [fn(&mut KeyBinding, &mut [u8; 32]); 6] = [
        |binding, _| binding.arn = binding.arn.replace("111122223333", "999999999999"),
        |binding, _| binding.origin = "EXTERNAL".into(),
        |binding, _| binding.usage = "SIGN_VERIFY".into(),
        |binding, _| binding.spec = "HMAC_256".into(),
        |binding, _| binding.key_id[0] ^= 1,
        |_, material_id| material_id[31] ^= 1,
    ];
    for (i, change) in changes.into_iter().enumerate() {
        // The key is in the cache here, then it is not.
        for _ in 0..2 {
            let (mut binding, mut material_id) = (binding(), key.material_id);
            change(&mut binding, &mut material_id);
            let other = sent_with(&binding, &material_id, &key.record);
            let rejected = Err(Fault::Answer(VaultError::RecordRejected));
            assert_eq!(decrypt(&mut worker, other, &[0, 0], &sealed), rejected, "change {i}");
            worker.execute(Request::Forget(&key.record)).unwrap();
        }
        worker.vault.cache().backdate(crate::cache::HELD_OFF);
        assert!(decrypt(&mut worker, sent(&key), &[0, 0], &sealed).is_ok(), "positive control");
        assert_eq!(worker.vault.health().cached_keys, 1, "it is in the cache again");
    }
}

#[test]
fn malformed_facts_are_rejected_cached_or_not() {
    let mut worker = open_worker();
    let key = generate(&mut worker);
    let sealed = blob(&mut worker, &key, &[0, 0], b"text");
    let SentKey { record, facts } = sent(&key);
    for end in 0..facts.len() {
        let outcome = decrypt(&mut worker, SentKey { record, facts: &facts[..end] }, &[0, 0], &sealed);
        assert_eq!(outcome, Err(Fault::Answer(VaultError::RecordRejected)), "{end}");
    }
    assert!(decrypt(&mut worker, sent(&key), &[0, 0], &sealed).is_ok(), "positive control");
}

#[test]
fn every_flipped_bit_of_blob_and_record_is_one_error() {
    let mut worker = open_worker();
    let key = generate(&mut worker);
    let sealed = blob(&mut worker, &key, &[0, 0], b"text");
    for bit in 0..sealed.len() * 8 {
        let mut bad = sealed.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let outcome = decrypt(&mut worker, sent(&key), &[0, 0], &bad);
        assert_eq!(outcome, Err(Fault::Answer(VaultError::InvalidCiphertext)), "bit {bit}");
    }
    for bit in 0..key.record.len() * 8 {
        let mut bad = key.clone();
        bad.record[bit / 8] ^= 1 << (bit % 8);
        let outcome = decrypt(&mut worker, sent(&bad), &[0, 0], &sealed);
        assert_eq!(outcome, Err(Fault::Answer(VaultError::RecordRejected)), "bit {bit}");
    }
}

#[test]
fn lengths_beyond_the_limits_are_refused() {
    let mut worker = open_worker();
    let key = generate(&mut worker);
    let bad = Fault::Answer(VaultError::BadRequest);
    for bytes in [0, 1_025] {
        assert_eq!(fault(&mut worker, Request::Random(bytes)), bad);
    }
    for plaintext in [&[][..], &[0; 4_097]] {
        assert_eq!(fault(&mut worker, Request::Encrypt { key: sent(&key), context: &[], plaintext }), bad);
    }
    let long = [0; 8_193];
    assert_eq!(
        fault(&mut worker, Request::Encrypt { key: sent(&key), context: &long, plaintext: b"x" }),
        bad
    );
    assert_eq!(blob(&mut worker, &key, &long[1..], &[7; 4_096]).len(), 4_196);
    let mut other = binding();
    other.spec = "RSA_2048".into();
    assert_eq!(fault(&mut worker, Request::GenerateBackingKey(other)), bad);
}

#[test]
fn keyring_opens_with_its_root_only() {
    let mut first = worker_with_root([9; 32]);
    let keyring = keyring(&mut first);
    let key = generate(&mut first);
    let sealed = blob(&mut first, &key, &[0, 0], b"text");
    let mut same = worker_with_root([9; 32]);
    same.execute(Request::Open(keyring.clone())).unwrap();
    assert_eq!(decrypt(&mut same, sent(&key), &[0, 0], &sealed).unwrap(), b"text");
    let mut other = worker_with_root([8; 32]);
    let not_enrolled = Fault::Answer(VaultError::StartRootNotEnrolled);
    assert_eq!(fault(&mut other, Request::Open(keyring.clone())), not_enrolled);
    let rejected = Fault::Answer(VaultError::RecordRejected);
    let mut moved = keyring;
    moved.cluster.0[0] ^= 1;
    assert_eq!(fault(&mut worker_with_root([9; 32]), Request::Open(moved)), rejected);
}

#[test]
fn initialise_repeats_until_the_keyring_was_shown_to_be_stored() {
    let mut worker = worker_with_root([9; 32]);
    let (lost, kept) = (keyring(&mut worker), keyring(&mut worker));
    assert_ne!(lost, kept);
    worker.execute(Request::Open(kept.clone())).unwrap();
    worker.execute(Request::Open(kept)).unwrap();
    let already = Fault::Answer(VaultError::AlreadyOpen);
    assert_eq!(fault(&mut worker, Request::Initialise(ClusterId([5; 16]))), already);
    assert_eq!(fault(&mut worker, Request::Open(lost)), already);
}

#[test]
fn signing_key_is_for_near_dates_known_services_and_its_own_record() {
    let mut worker = open_worker();
    let binding = AccessKeyBinding { account: "111122223333".into(), access_key_id: "AKIA1".into() };
    let Reply::AccessKey(key) = worker.execute(Request::CreateAccessKey(binding.clone())).unwrap() else {
        panic!()
    };
    let mut ask = |binding: &AccessKeyBinding, date: &str, region: &str, service: &str| {
        let scope = SigningScope { date: date.into(), region: region.into(), service: service.into() };
        let expected = signing_key(key.secret.expose(), &scope);
        match worker.execute(Request::SigningKey { binding: binding.clone(), record: &key.record, scope }) {
            Ok(Reply::Secret(given)) => Ok(given.expose() == expected.expose()),
            Ok(other) => panic!("{other:?}"),
            Err(fault) => Err(fault),
        }
    };
    assert_eq!(ask(&binding, "20250101", "us-east-1", "kms"), Ok(true));
    let out_of_range = Err(Fault::Answer(VaultError::DateOutOfRange));
    assert_eq!(ask(&binding, "20250102", "us-east-1", "kms"), out_of_range);
    assert_eq!(ask(&binding, "20241231", "us-east-1", "kms"), out_of_range);
    let bad = Err(Fault::Answer(VaultError::BadRequest));
    assert_eq!(ask(&binding, "20250101", "us-east-1", "s3"), bad);
    assert_eq!(ask(&binding, "20250101", "nowhere", "kms"), bad);
    let rejected = Err(Fault::Answer(VaultError::RecordRejected));
    let other = AccessKeyBinding { access_key_id: "AKIA2".into(), ..binding.clone() };
    assert_eq!(ask(&other, "20250101", "us-east-1", "kms"), rejected);
    let other = AccessKeyBinding { account: "444455556666".into(), ..binding };
    assert_eq!(ask(&other, "20250101", "us-east-1", "kms"), rejected);
}

#[test]
fn access_key_record_is_no_backing_key_and_the_other_way_round() {
    let mut worker = open_worker();
    let access = AccessKeyBinding { account: "111122223333".into(), access_key_id: "AKIA1".into() };
    let Reply::AccessKey(secret) = worker.execute(Request::CreateAccessKey(access.clone())).unwrap() else {
        panic!()
    };
    let key = generate(&mut worker);
    let rejected = Fault::Answer(VaultError::RecordRejected);
    let as_key = sent_with(&binding(), &[0; 32], &secret.record);
    let decrypt = Request::Decrypt { key: as_key, context: &[], blob: &[], plaintext: true };
    assert_eq!(fault(&mut worker, decrypt), rejected);
    let scope = SigningScope { date: "20250101".into(), region: "us-east-1".into(), service: "kms".into() };
    let as_secret = Request::SigningKey { binding: access, record: &key.record, scope };
    assert_eq!(fault(&mut worker, as_secret), rejected);
}

#[test]
fn page_marker_key_is_stable_for_a_keyring() {
    let mut worker = open_worker();
    let mut ask = || match worker.execute(Request::PageMarkerKey).unwrap() {
        Reply::Secret(key) => key.expose().to_vec(),
        other => panic!("{other:?}"),
    };
    assert_eq!(ask(), ask());
    assert_eq!(ask().len(), 32);
}

#[test]
fn cache_fills_with_use_and_empties_with_forget() {
    let mut worker = open_worker();
    let key = generate(&mut worker);
    blob(&mut worker, &key, &[0, 0], b"x");
    assert_eq!(worker.vault.health().cached_keys, 1);
    worker.execute(Request::Forget(&key.record)).unwrap();
    assert_eq!(worker.vault.health().cached_keys, 0);
}

#[test]
fn command_that_comes_after_forget_is_carried_out_and_its_key_is_not_kept() {
    let mut worker = open_worker();
    let (key, other) = (generate(&mut worker), generate(&mut worker));
    let sealed = blob(&mut worker, &key, &[0, 0], b"x");
    worker.execute(Request::Forget(&key.record)).unwrap();
    assert_eq!(decrypt(&mut worker, sent(&key), &[0, 0], &sealed).unwrap(), b"x");
    assert_eq!(worker.vault.health().cached_keys, 0);
    blob(&mut worker, &other, &[0, 0], b"x");
    assert_eq!(worker.vault.health().cached_keys, 1, "positive control: another key is kept");
}

#[test]
fn key_that_nobody_uses_any_more_goes_with_the_next_batch() {
    let mut worker = open_worker();
    let key = generate(&mut worker);
    blob(&mut worker, &key, &[0, 0], b"x");
    worker.start_batch().unwrap();
    assert_eq!(worker.vault.health().cached_keys, 1, "positive control: it is young");
    worker.vault.cache().backdate(crate::cache::KEPT);
    worker.start_batch().unwrap();
    assert_eq!(worker.vault.health().cached_keys, 0);
}

#[test]
fn uses_are_counted_once_they_give_a_result() {
    let mut worker = open_worker();
    let (from, to) = (generate(&mut worker), generate(&mut worker));
    let uses = |worker: &mut Worker| match worker.execute(Request::Standing).unwrap() {
        Reply::Standing(standing) => standing.uses,
        other => panic!("{other:?}"),
    };
    assert_eq!(uses(&mut worker), 0, "making a key is no use of it");
    let sealed = blob(&mut worker, &from, &[0, 0], b"text");
    decrypt(&mut worker, sent(&from), &[0, 0], &sealed).unwrap();
    assert_eq!(uses(&mut worker), 2);
    decrypt(&mut worker, sent(&to), &[0, 0], &sealed).unwrap_err();
    assert_eq!(uses(&mut worker), 2, "a refusal gives nothing");
    let (context, to_context) = (&[0, 0][..], &[0, 0][..]);
    let request = Request::ReEncrypt {
        from: sent(&from),
        from_context: context,
        blob: &sealed,
        to: sent(&to),
        to_context,
    };
    worker.execute(request).unwrap();
    assert_eq!(uses(&mut worker), 4, "both keys");
}
