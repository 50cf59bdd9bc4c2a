//! Names of cache entries: all that the materials of an entry depend on (reference section 5, "Materials managers").
//!
//! The context is part of the name: a hit matches the caller's pairs exactly, which is what keeps one tenant's key from
//! another's rows. A name is looked up for every message, and comparing one of usual length costs less than hashing it. A
//! long one, and strangers choose how long a header is, is kept as its SHA-384.

use super::{DecryptionRequest, EncryptionRequest};
use crate::error::EnvelopeError;
use crate::message::{EncryptedDataKey, Suite};
use aws_lc_rs::digest::{SHA384, digest};

/// The longest name that is kept as it is, in bytes: an entry of KMS and a few pairs take less than half of it.
const WHOLE_BYTES_MAX: usize = 1024;
/// Room for a usual name.
const USUAL_BYTES: usize = 512;

const ENCRYPT: u8 = 1;
const DECRYPT: u8 = 2;

/// The name of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum CacheId {
    /// All of it.
    Whole(Vec<u8>),
    /// SHA-384 of a long one.
    Hashed([u8; 48]),
}

/// For sealing: suite, and each pair with whether it is stored.
pub(super) fn encrypting(partition: &str, request: EncryptionRequest<'_>) -> CacheId {
    let mut name = Name::new(ENCRYPT, partition, request.suite);
    for (key, value) in request.context.pairs() {
        name.text(key.as_bytes());
        name.text(value.as_bytes());
        name.number(usize::from(request.required.contains(key)));
    }
    name.finish()
}

/// For opening: suite, encrypted data keys in any order, the pairs that are stored, and those that are not. Contradictions
/// are refused here already, before anything is found.
pub(super) fn decrypting(partition: &str, request: DecryptionRequest<'_>) -> Result<CacheId, EnvelopeError> {
    request.check_given()?;
    let mut name = Name::new(DECRYPT, partition, request.suite);
    let mut keys: Vec<&EncryptedDataKey> = request.encrypted.iter().collect();
    keys.sort_unstable();
    name.number(keys.len());
    for key in keys {
        name.text(key.provider.as_bytes());
        name.text(&key.info);
        name.text(&key.blob);
    }
    let stored = request.stored.pairs();
    name.number(stored.len());
    let required = request.given.pairs().iter().filter(|(key, _)| !stored.contains_key(*key));
    for (key, value) in stored.iter().chain(required) {
        name.text(key.as_bytes());
        name.text(value.as_bytes());
    }
    Ok(name.finish())
}

/// A name that is being written. Each text has its length before it, so that no two requests have the same name.
struct Name(Vec<u8>);

impl Name {
    fn new(scope: u8, partition: &str, suite: Suite) -> Self {
        let mut name = Self(Vec::with_capacity(USUAL_BYTES));
        name.0.push(scope);
        name.0.extend_from_slice(&suite.id().to_be_bytes());
        name.text(partition.as_bytes());
        name
    }

    fn number(&mut self, number: usize) {
        self.0.extend_from_slice(&(number as u64).to_be_bytes());
    }

    fn text(&mut self, text: &[u8]) {
        self.number(text.len());
        self.0.extend_from_slice(text);
    }

    fn finish(self) -> CacheId {
        if self.0.len() <= WHOLE_BYTES_MAX {
            return CacheId::Whole(self.0);
        }
        let mut id = [0; 48];
        id.copy_from_slice(digest(&SHA384, &self.0).as_ref());
        CacheId::Hashed(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Context;
    use std::collections::{BTreeSet, HashSet};

    fn context(pairs: &[(&str, &str)]) -> Context {
        Context::new(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()).unwrap()
    }

    fn sealing(partition: &str, suite: Suite, pairs: &[(&str, &str)], required: &[&str]) -> CacheId {
        let required: BTreeSet<String> = required.iter().map(|key| (*key).to_owned()).collect();
        let context = context(pairs);
        let request =
            EncryptionRequest { suite, context: &context, required: &required, plaintext_bytes: Some(1) };
        encrypting(partition, request)
    }

    fn opening(keys: &[(&str, &str, &str)], stored: &[(&str, &str)], given: &[(&str, &str)]) -> CacheId {
        let key = |(provider, info, blob): &(&str, &str, &str)| EncryptedDataKey {
            provider: (*provider).to_owned(),
            info: info.as_bytes().to_vec(),
            blob: blob.as_bytes().to_vec(),
        };
        let encrypted: Vec<EncryptedDataKey> = keys.iter().map(key).collect();
        let (stored, given) = (context(stored), context(given));
        let suite = Suite::COMMITTING;
        let (stored, given, encrypted) = (&stored, &given, &encrypted);
        let request = DecryptionRequest { suite, stored, given, encrypted, check: None };
        decrypting("", request).unwrap()
    }

    #[test]
    fn sealing_with_any_difference_has_another_name() {
        let suite = Suite::COMMITTING;
        let names = [
            sealing("", suite, &[], &[]),
            sealing("p", suite, &[], &[]),
            sealing("", Suite::COMMITTING_SIGNED, &[], &[]),
            sealing("", suite, &[("a", "bc")], &[]),
            sealing("", suite, &[("ab", "c")], &[]),
            sealing("", suite, &[("a", "bc")], &["a"]),
            sealing("", suite, &[("a", ""), ("b", "c")], &[]),
            sealing("", suite, &[("a", ""), ("b", "c")], &["a"]),
            sealing("", suite, &[("a", ""), ("b", "c")], &["b"]),
        ];
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
        assert_eq!(sealing("", suite, &[("a", "")], &["z"]), sealing("", suite, &[("a", "")], &[]));
    }

    #[test]
    fn opening_with_any_difference_has_another_name() {
        let one = ("p", "i", "b");
        let names = [
            opening(&[one], &[], &[]),
            opening(&[("pi", "", "b")], &[], &[]),
            opening(&[("p", "", "ib")], &[], &[]),
            opening(&[one, one], &[], &[]),
            opening(&[one], &[("a", "b")], &[]),
            opening(&[one], &[], &[("a", "b")]),
            opening(&[one], &[("a", "b"), ("c", "d")], &[]),
            opening(&[one], &[("a", "b")], &[("c", "d")]),
            opening(&[one], &[("c", "d")], &[("a", "b")]),
        ];
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }

    #[test]
    fn order_of_data_keys_and_what_is_given_and_stored_make_no_difference() {
        let (one, two) = (("p", "i", "b"), ("q", "", ""));
        assert_eq!(opening(&[one, two], &[], &[]), opening(&[two, one], &[], &[]));
        assert_eq!(opening(&[one], &[("a", "b")], &[("a", "b")]), opening(&[one], &[("a", "b")], &[]));
    }

    #[test]
    fn long_names_are_hashed_and_still_differ() {
        let suite = Suite::COMMITTING;
        let of = |bytes: usize, last: &str| {
            let value = "x".repeat(bytes) + last;
            sealing("", suite, &[("a", value.as_str())], &[])
        };
        let (short, long, other) = (of(500, "1"), of(5_000, "1"), of(5_000, "2"));
        assert!(matches!(short, CacheId::Whole(_)));
        assert!(matches!((&long, &other), (CacheId::Hashed(_), CacheId::Hashed(_))));
        assert_ne!(long, other);
    }
}
