//! The encryption context of a message and its serialised block.

use super::cursor::{Cursor, put_field};
use super::error::MessageError;
use super::signature::SigningKey;
use std::collections::{BTreeMap, BTreeSet};

/// The longest serialised block, in bytes: its length field has two bytes.
pub const CONTEXT_BYTES_MAX: usize = 65_535;

/// The most pairs whose orders are all tried: 720 of them.
const ORDERED_PAIRS_MAX: usize = 6;

/// Keys with this prefix belong to the format; callers must not give them.
const RESERVED_PREFIX: &str = "aws-crypto-";
/// The key of the pair that signing suites add.
const PUBLIC_KEY: &str = "aws-crypto-public-key";

/// Text pairs bound to the message as additional authenticated data. Not secret: it stands in the header.
///
/// Sorted by the UTF-8 bytes of the keys, which is how Rust orders `String`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, String>);

impl Context {
    /// Takes pairs from a caller. Refuses keys that begin with `aws-crypto-`, empty keys, and sets whose
    /// block is longer than 65,535 bytes.
    pub fn new(pairs: BTreeMap<String, String>) -> Result<Self, MessageError> {
        if pairs.keys().any(|key| key.starts_with(RESERVED_PREFIX)) {
            return Err(MessageError::Context("keys that begin with aws-crypto- are reserved"));
        }
        if pairs.keys().any(String::is_empty) {
            return Err(MessageError::Context("a key is empty"));
        }
        let context = Self(pairs);
        context.block().map(|_| context)
    }

    /// Takes pairs of the format itself, whose keys may begin with `aws-crypto-`.
    pub(crate) fn of_format(pairs: BTreeMap<String, String>) -> Result<Self, MessageError> {
        let context = Self(pairs);
        context.block().map(|_| context)
    }

    /// The pairs in canonical order.
    pub fn pairs(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The canonical block: nothing for no pairs, else `count(2)` and for each pair
    /// `length(2) key length(2) value`.
    pub fn block(&self) -> Result<Vec<u8>, MessageError> {
        let mut out = Vec::with_capacity(self.block_bytes());
        self.write_block(&mut out).map(|()| out)
    }

    /// How long the canonical block is, in bytes.
    pub(super) fn block_bytes(&self) -> usize {
        let pairs = self.0.iter().map(|(key, value)| 4 + key.len() + value.len());
        if self.0.is_empty() { 0 } else { 2 + pairs.sum::<usize>() }
    }

    /// Appends the canonical block; after an error `out` holds a part of it.
    pub(super) fn write_block(&self, out: &mut Vec<u8>) -> Result<(), MessageError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let too_long = || MessageError::Context("longer than 65,535 bytes");
        let count = u16::try_from(self.0.len()).map_err(|_| too_long())?;
        out.extend_from_slice(&count.to_be_bytes());
        for text in self.0.iter().flat_map(|(key, value)| [key, value]) {
            put_field(out, text.as_bytes(), "an encryption context text")?;
        }
        if self.block_bytes() > CONTEXT_BYTES_MAX { Err(too_long()) } else { Ok(()) }
    }

    /// Gives the block in every order of its pairs to `accept`, until that finds something. A block says where each text
    /// ends, so every order binds the same pairs. With more than six pairs nothing is tried.
    pub(crate) fn find_order<T>(
        &self,
        accept: &mut impl FnMut(Vec<u8>) -> Option<T>,
    ) -> Result<Option<T>, MessageError> {
        if !(2..=ORDERED_PAIRS_MAX).contains(&self.0.len()) {
            return Ok(None);
        }
        let count = self.0.len() as u16;
        let mut pairs = Vec::new();
        for (key, value) in &self.0 {
            let mut pair = Vec::new();
            put_field(&mut pair, key.as_bytes(), "an encryption context text")?;
            put_field(&mut pair, value.as_bytes(), "an encryption context text")?;
            pairs.push(pair);
        }
        Ok(each_order(&mut pairs, 0, &mut |pairs| {
            accept([&count.to_be_bytes()[..], &pairs.concat()].concat())
        }))
    }

    /// Parses a block from a header: empty, or a count and exactly that many pairs. Unsorted pairs and a
    /// count of 0 are accepted, as older writers made them.
    pub(crate) fn parse(block: &[u8]) -> Result<Self, MessageError> {
        let mut pairs = BTreeMap::new();
        if block.is_empty() {
            return Ok(Self(pairs));
        }
        let short = |_| MessageError::Context("the block ends inside a pair");
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec()).map_err(|_| MessageError::Context("a text is not UTF-8"))
        };
        let mut cursor = Cursor::new(block);
        for _ in 0..cursor.u16().map_err(short)? {
            let key = text(cursor.field().map_err(short)?)?;
            let value = text(cursor.field().map_err(short)?)?;
            if pairs.insert(key, value).is_some() {
                return Err(MessageError::Context("a key stands twice"));
            }
        }
        if !cursor.rest().is_empty() {
            return Err(MessageError::Context("bytes after the last pair"));
        }
        Ok(Self(pairs))
    }

    /// The first pair of `self` that `stored` lacks or has with another value.
    #[cfg(test)]
    pub(crate) fn missing_from<'a>(&'a self, stored: &Self) -> Option<&'a str> {
        let missing = self.0.iter().find(|(key, value)| stored.0.get(*key) != Some(value));
        missing.map(|(key, _)| key.as_str())
    }

    /// The first key that both have, with different values.
    pub fn contradiction<'a>(&'a self, other: &Self) -> Option<&'a str> {
        let differs = |(key, value): &(&String, &String)| other.0.get(*key).is_some_and(|v| v != *value);
        self.0.iter().find(differs).map(|(key, _)| key.as_str())
    }

    /// The pairs of both; where both have a key, the value of `self`.
    pub fn union(&self, other: &Self) -> Self {
        let mut pairs = other.0.clone();
        pairs.extend(self.0.clone());
        Self(pairs)
    }

    /// The pairs whose keys `other` does not have.
    pub fn without_keys_of(&self, other: &Self) -> Self {
        self.filtered(|key| !other.0.contains_key(key))
    }

    /// Those pairs whose keys are listed, and the others.
    pub fn split(&self, keys: &BTreeSet<String>) -> (Self, Self) {
        (self.filtered(|key| keys.contains(key)), self.filtered(|key| !keys.contains(key)))
    }

    fn filtered(&self, keep: impl Fn(&str) -> bool) -> Self {
        let kept = self.0.iter().filter(|(key, _)| keep(key));
        Self(kept.map(|(key, value)| (key.clone(), value.clone())).collect())
    }

    /// Adds the public half of a signing key.
    pub(crate) fn with_public_key(mut self, key: &SigningKey) -> Result<Self, MessageError> {
        self.0.insert(PUBLIC_KEY.to_owned(), key.public_text()?);
        self.block().map(|_| self)
    }

    /// Without the public half of a signing key: the pairs that a caller gave.
    pub(crate) fn without_public_key(mut self) -> Self {
        self.0.remove(PUBLIC_KEY);
        self
    }

    /// The public key of a signing suite, as Base64.
    pub(crate) fn public_key(&self) -> Option<&str> {
        self.0.get(PUBLIC_KEY).map(String::as_str)
    }
}

/// Gives every order of `parts` behind the first `fixed` to `accept`, until that finds something.
fn each_order<T>(
    parts: &mut [Vec<u8>],
    fixed: usize,
    accept: &mut dyn FnMut(&[Vec<u8>]) -> Option<T>,
) -> Option<T> {
    if fixed >= parts.len() {
        return accept(parts);
    }
    for next in fixed..parts.len() {
        parts.swap(fixed, next);
        let found = each_order(parts, fixed + 1, accept);
        if found.is_some() {
            return found;
        }
        parts.swap(fixed, next);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_order_is_tried_once() {
        let mut seen = BTreeSet::new();
        let of = |pairs: &[(&str, &str)]| context(pairs);
        let four = of(&[("a", "1"), ("b", "2"), ("c", "3"), ("d", "4")]);
        let none: Option<()> = four
            .find_order(&mut |block| {
                assert_eq!(Context::parse(&block).unwrap(), four);
                assert!(seen.insert(block));
                None
            })
            .unwrap();
        assert_eq!((none, seen.len()), (None, 24));
        assert!(seen.contains(&four.block().unwrap()));
        let seven = of(&["a", "b", "c", "d", "e", "f", "g"].map(|key| (key, "")));
        for not_tried in [Context::default(), of(&[("a", "1")]), seven] {
            assert_eq!(not_tried.find_order(&mut |_| Some(())).unwrap(), None);
        }
    }

    fn context(pairs: &[(&str, &str)]) -> Context {
        Context(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn block_is_sorted_by_bytes_not_by_utf16() {
        let block = context(&[("\u{10302}", "y"), ("\u{ff5e}", "z")]).block().unwrap();
        assert_eq!(&block[..7], b"\x00\x02\x00\x03\xef\xbd\x9e");
    }

    #[test]
    fn blocks_beyond_two_bytes_of_length_are_refused() {
        let long = "x".repeat(32_770);
        let of = |rest: usize| context(&[("a", long.as_str()), ("b", &long[..rest])]);
        let fits = of(65_535 - 2 - 8 - 2 - 32_770);
        assert_eq!(fits.block().unwrap().len(), fits.block_bytes());
        assert_eq!(fits.block_bytes(), CONTEXT_BYTES_MAX);
        let too_long = of(65_536 - 2 - 8 - 2 - 32_770);
        assert_eq!(too_long.block(), Err(MessageError::Context("longer than 65,535 bytes")));
    }

    #[test]
    fn empty_context_is_no_bytes_and_a_count_of_zero_is_read() {
        assert_eq!(Context::default().block().unwrap(), b"");
        assert_eq!(Context::parse(&[0, 0]).unwrap(), Context::default());
    }

    #[test]
    fn block_with_duplicate_rest_or_short_pair_is_refused() {
        for (block, why) in [
            (&b"\x00\x02\x00\x01a\x00\x00\x00\x01a\x00\x00"[..], "a key stands twice"),
            (b"\x00\x01\x00\x01a\x00\x00!", "bytes after the last pair"),
            (b"\x00\x01\x00\x05a\x00\x00", "the block ends inside a pair"),
            (b"\x00\x01\x00\x01\xff\x00\x00", "a text is not UTF-8"),
        ] {
            assert_eq!(Context::parse(block), Err(MessageError::Context(why)));
        }
    }

    #[test]
    fn callers_cannot_use_reserved_keys() {
        let pairs = [("aws-crypto-public-key".to_owned(), String::new())];
        assert!(matches!(Context::new(pairs.into()), Err(MessageError::Context(_))));
    }
}
