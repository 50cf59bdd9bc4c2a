//! Many values, both ways of binding: order, failures of single values, how often the keyring is asked.

use super::*;
use crate::keyring::{AnyKeyring, KeyRequest, MultiKeyring, NewDataKey, RawAesKeyring};
use crate::message::{DataKey, EncryptedDataKey, MessageError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A raw key that counts what it is asked.
struct Counting {
    inner: RawAesKeyring,
    asked: Arc<AtomicUsize>,
}

/// A KMS that is not there, and how often that was found out.
struct Unreachable(Arc<AtomicUsize>);

impl DataKeySource for Unreachable {
    fn decrypt(
        &self,
        _encrypted: &[EncryptedDataKey],
        _request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Err(KeyringError::Unreachable { operation: "Decrypt", cause: "refused".to_owned() })
    }
}

impl DataKeySource for Counting {
    fn generate(&self, request: KeyRequest<'_>) -> Result<NewDataKey, KeyringError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.inner.generate(request)
    }

    fn decrypt(
        &self,
        encrypted: &[EncryptedDataKey],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.inner.decrypt(encrypted, request)
    }
}

fn raw(key: u8) -> RawAesKeyring {
    RawAesKeyring::new("test", &key.to_string(), &[key; 32]).unwrap()
}

fn limits() -> CacheLimits {
    CacheLimits::new(Duration::from_secs(600))
}

/// Under a key that both ends have.
fn with_key(key: u8, binding: &Binding) -> Column {
    Column::new(binding.clone(), raw(key), limits()).unwrap()
}

fn counted(binding: Binding) -> (Column, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let keyring = Counting { inner: raw(1), asked: Arc::clone(&asked) };
    (Column::new(binding, keyring, limits()).unwrap(), asked)
}

fn both_ways() -> [Binding; 2] {
    let cached = Binding::new("t", "c");
    [cached.clone(), cached.with_row_in_context()]
}

fn refs(rows: &[(String, Vec<u8>)]) -> Vec<RowValue<'_>> {
    rows.iter().map(|(row, value)| (row.as_str(), value.as_slice())).collect()
}

fn rows(count: u8) -> Vec<(String, Vec<u8>)> {
    (0..count).map(|row| (row.to_string(), vec![row; 9])).collect()
}

#[test]
fn values_keep_their_order_and_each_its_own_failure() {
    for binding in both_ways() {
        let (old, new) = (with_key(1, &binding), with_key(2, &binding));
        let plain = rows(200);
        let sealed = old.seal_many(&refs(&plain)).unwrap();
        let mut sealed: Vec<(String, Vec<u8>)> =
            plain.iter().zip(sealed).map(|((row, _), value)| (row.clone(), value)).collect();
        sealed[7].1.truncate(20);
        sealed[100].0 = "101".to_owned();
        let opened = old.open_many(&refs(&sealed));
        let resealed = old.reseal_many(&refs(&sealed), &new);
        assert_eq!((opened.len(), resealed.len()), (200, 200));
        for (number, (opened, resealed)) in opened.into_iter().zip(resealed).enumerate() {
            let broken = number == 7 || number == 100;
            assert_eq!((opened.is_err(), resealed.is_err()), (broken, broken), "row {number}");
            let (Ok(opened), Ok(resealed)) = (opened, resealed) else { continue };
            let (row, value) = &plain[number];
            assert_eq!(opened.as_slice(), value.as_slice(), "row {number}");
            assert_eq!(new.open(row, &resealed).unwrap().as_slice(), value.as_slice());
            assert!(old.open(row, &resealed).is_err(), "the old key opens what was resealed");
        }
    }
}

#[test]
fn a_value_opens_in_its_place_only() {
    for binding in both_ways() {
        let column = with_key(1, &binding.clone().of_tenant("a"));
        let sealed = column.seal("7", b"value").unwrap();
        assert_eq!(column.open("7", &sealed).unwrap().as_slice(), b"value", "the control");
        assert!(column.open("8", &sealed).is_err());
        let elsewhere = [Binding::new("u", "c").of_tenant("a"), Binding::new("t", "d").of_tenant("a")];
        let others = [binding.clone().of_tenant("b"), binding.clone()];
        for other in elsewhere.into_iter().chain(others) {
            assert!(with_key(1, &other).open("7", &sealed).is_err(), "{other:?}");
        }
    }
}

#[test]
fn the_keyring_is_asked_once_for_all_or_once_for_each() {
    let [cached, strict] = both_ways();
    for (binding, expected) in [(cached, 1), (strict, 50)] {
        let plain = rows(50);
        let (writer, generated) = counted(binding.clone());
        let sealed = writer.seal_many(&refs(&plain)).unwrap();
        assert_eq!(generated.load(Ordering::Relaxed), expected);
        let (reader, decrypted) = counted(binding);
        let values: Vec<RowValue<'_>> =
            plain.iter().zip(&sealed).map(|((row, _), value)| (row.as_str(), value.as_slice())).collect();
        assert!(reader.open_many(&values).iter().all(Result::is_ok));
        assert_eq!(decrypted.load(Ordering::Relaxed), expected);
        reader.forget();
        assert!(reader.open("3", &sealed[3]).is_ok());
        assert_eq!(decrypted.load(Ordering::Relaxed), expected + 1);
    }
}

#[test]
fn what_cannot_be_reached_is_tried_once() {
    for binding in both_ways() {
        let plain = rows(100);
        let sealed = with_key(1, &binding).seal_many(&refs(&plain)).unwrap();
        let values: Vec<RowValue<'_>> =
            plain.iter().zip(&sealed).map(|((row, _), value)| (row.as_str(), value.as_slice())).collect();
        let tried = Arc::new(AtomicUsize::new(0));
        let column = Column::new(binding, Unreachable(Arc::clone(&tried)), limits()).unwrap();
        let opened = column.open_many(&values);
        assert_eq!((opened.len(), tried.load(Ordering::Relaxed)), (100, 1));
        for refused in opened {
            let text = refused.unwrap_err().to_string();
            assert_eq!(text, "cannot call KMS Decrypt: refused");
        }
    }
}

#[test]
fn the_first_value_of_each_data_key_is_known() {
    let [binding, _] = both_ways();
    let plain = rows(4);
    let sealed = |key| with_key(key, &binding).seal_many(&refs(&plain)).unwrap();
    let messages: Vec<Vec<u8>> = sealed(1).into_iter().chain(sealed(2)).chain([b"none".to_vec()]).collect();
    let values: Vec<RowValue<'_>> = messages.iter().map(|message| ("r", message.as_slice())).collect();
    assert!(first_of_each_data_key(&values) == [values[0], values[4]]);
}

#[test]
fn a_binding_that_is_no_context_is_refused_at_once() {
    let long = "x".repeat(70_000);
    assert!(Column::new(Binding::new(&long, "c"), raw(1), limits()).is_err());
}

#[test]
fn values_say_which_key_they_were_sealed_with() {
    let [binding, _] = both_ways();
    let sealed = with_key(1, &binding).seal("7", b"value").unwrap();
    let info = Header::parse(&sealed, HeaderLimits::default()).unwrap().encrypted_data_keys()[0].info.clone();
    assert!(!is_sealed_with(&sealed, "1234").unwrap());
    assert!(is_sealed_with(&named(&sealed, &info, b"a:key/1234"), "1234").unwrap());
    assert!(!is_sealed_with(&named(&sealed, &info, b"a:key/1234"), "234").unwrap());
    assert!(is_sealed_with(b"none", "1234").is_err());
}

#[test]
fn a_value_with_many_data_keys_opens_where_that_many_are_accepted() {
    for binding in both_ways() {
        let keyrings = (1..=101).map(|key| Arc::new(raw(key)) as AnyKeyring).collect();
        let writer = Column::new(binding.clone(), MultiKeyring::new(keyrings), limits()).unwrap();
        let sealed = writer.seal("7", b"value").unwrap();
        let usual = with_key(1, &binding);
        let refused = MessageError::TooManyEncryptedDataKeys { count: 101, max: 100 }.to_string();
        assert_eq!(usual.open("7", &sealed).unwrap_err().to_string(), refused);
        let more = HeaderLimits { encrypted_data_keys_max: 101, ..HeaderLimits::default() };
        let column = with_key(1, &binding).with_header_limits(more);
        assert_eq!(column.open("7", &sealed).unwrap().as_slice(), b"value");
        assert!(!is_sealed_with(&sealed, "1234").unwrap());
        let resealed = column.reseal_many(&[("7", sealed.as_slice())], &usual);
        let resealed = resealed.into_iter().next().unwrap().unwrap();
        assert_eq!(usual.open("7", &resealed).unwrap().as_slice(), b"value");
    }
}

/// A message whose header names another key, without any authenticity.
fn named(sealed: &[u8], info: &[u8], by: &[u8]) -> Vec<u8> {
    let field = [&(info.len() as u16).to_be_bytes()[..], info].concat();
    let at = sealed.windows(field.len()).position(|window| window == field).unwrap();
    let (before, behind) = (&sealed[..at], &sealed[at + field.len()..]);
    [before, &(by.len() as u16).to_be_bytes(), by, behind].concat()
}
