//! The encryption context and its one canonical form (`docs/key-hierarchy.md`).

use std::collections::BTreeMap;
use std::fmt;

/// The largest canonical form that is accepted, in bytes.
const CANONICAL_BYTES_MAX: usize = 8_192;

/// A set of text pairs bound to a ciphertext as additional authenticated data. Not secret.
///
/// Pairs are kept sorted by the bytes of the UTF-8 key; keys and values are compared exactly, without
/// Unicode normalisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EncryptionContext(BTreeMap<String, String>);

/// A context that cannot be put into canonical form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the encryption context is longer than {CANONICAL_BYTES_MAX} bytes in canonical form")]
pub struct ContextError;

impl EncryptionContext {
    /// Takes the pairs; refuses a set whose canonical form exceeds 8,192 bytes.
    pub fn new(pairs: BTreeMap<String, String>) -> Result<Self, ContextError> {
        Self::check(&pairs).map(|()| Self(pairs))
    }

    /// Refuses pairs whose canonical form exceeds 8,192 bytes.
    pub fn check(pairs: &BTreeMap<String, String>) -> Result<(), ContextError> {
        let bytes: usize = pairs.iter().map(|(k, v)| 4 + k.len() + v.len()).sum();
        if 2 + bytes > CANONICAL_BYTES_MAX { Err(ContextError) } else { Ok(()) }
    }

    /// The canonical form of pairs that are not kept; refuses what [`EncryptionContext::new`] refuses.
    pub fn canonical_of(pairs: &BTreeMap<String, String>) -> Result<Vec<u8>, ContextError> {
        Self::check(pairs).map(|()| canonical_map(pairs.iter().map(|(k, v)| (k.as_str(), v.as_str()))))
    }

    /// `u16 count`, then for each pair `u16 length, key, u16 length, value`, big-endian, sorted by key bytes.
    /// An empty context is `0000`.
    pub fn canonical(&self) -> Vec<u8> {
        canonical_map(self.0.iter().map(|(k, v)| (k.as_str(), v.as_str())))
    }

    /// The pairs in canonical order.
    pub fn pairs(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Whether there are no pairs.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Writes pairs that are sorted already; their lengths fit `u16` because the whole is bounded.
fn canonical_map<'a>(pairs: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> Vec<u8> {
    let mut out = Vec::with_capacity(64);
    out.extend_from_slice(&(pairs.len() as u16).to_be_bytes());
    for (key, value) in pairs {
        for text in [key, value] {
            out.extend_from_slice(&(text.len() as u16).to_be_bytes());
            out.extend_from_slice(text.as_bytes());
        }
    }
    out
}

impl fmt::Display for EncryptionContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_is_sorted_by_utf8_bytes() {
        let pairs = [("b", "2"), ("a", "1")].map(|(k, v)| (k.to_owned(), v.to_owned()));
        let context = EncryptionContext::new(pairs.into()).unwrap();
        assert_eq!(context.canonical(), b"\x00\x02\x00\x01a\x00\x011\x00\x01b\x00\x012");
        assert_eq!(EncryptionContext::default().canonical(), [0, 0]);
    }

    #[test]
    fn canonical_limit_is_exact() {
        let pair = |n: usize| EncryptionContext::new([("k".to_owned(), "v".repeat(n))].into());
        let longest = pair(8_192 - 2 - 4 - 1).unwrap();
        assert_eq!(EncryptionContext::canonical_of(longest.pairs()), Ok(longest.canonical()));
        assert!(pair(8_192 - 2 - 4).is_err());
        assert!(EncryptionContext::canonical_of(&[("k".to_owned(), "v".repeat(8_186))].into()).is_err());
    }
}
