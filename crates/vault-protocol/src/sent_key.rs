//! A backing key as it travels in with a command: wrapped, with what it is bound to, in bytes that are made once.
//!
//! `u32 length · record · u32 length · facts`; the facts are `material id 32 · key id 16 · ARN · spec · usage · origin`.
//! The vault compares record and facts with those of a key that it has unwrapped before, and reads them only if it has not.

use crate::cursor::{Reader, put_bytes};
use crate::{KeyBinding, MalformedFrame};

/// The origin of keys that are born in a token.
pub const TOKEN_ORIGIN: &str = "AWS_CLOUDHSM";

/// How the facts of such a key end: the origin stands last.
const TOKEN_ORIGIN_AT_THE_END: &[u8] = b"\x0c\0\0\0AWS_CLOUDHSM";

/// Where the key id stands in the facts.
const KEY_ID_AT: usize = 32;

/// A backing key as the front sends it, with every command that uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackingKey(Box<[u8]>);

impl BackingKey {
    /// `material_id` is the key material's id, whose first sixteen bytes stand in ciphertext blobs; `record` is the
    /// wrapped record (`reference/vault.md` section 6).
    pub fn new(binding: &KeyBinding, material_id: &[u8; 32], record: &[u8]) -> Self {
        let mut facts = Vec::with_capacity(material_id.len() + binding.encoded_bytes());
        facts.extend_from_slice(material_id);
        binding.encode(&mut facts);
        let mut bytes = Vec::with_capacity(record.len() + facts.len() + 2 * size_of::<u32>());
        put_bytes(&mut bytes, record);
        put_bytes(&mut bytes, &facts);
        Self(bytes.into())
    }

    /// The same as a command takes it.
    pub fn sent(&self) -> SentKey<'_> {
        // Made by `new`, so it reads back; if it did not, the vault would refuse an empty key.
        SentKey::decode(&mut Reader::new(&self.0)).unwrap_or(SentKey { record: &[], facts: &[] })
    }
}

/// A backing key as the vault reads it out of a frame: not looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentKey<'a> {
    /// The wrapped record.
    pub record: &'a [u8],
    /// What the record is bound to, besides its cluster, as it was sent.
    pub facts: &'a [u8],
}

impl<'a> SentKey<'a> {
    pub(crate) fn bytes_max(&self) -> usize {
        self.record.len() + self.facts.len()
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.record);
        put_bytes(out, self.facts);
    }

    pub(crate) fn decode(reader: &mut Reader<'a>) -> Result<Self, MalformedFrame> {
        Ok(Self { record: reader.bytes()?, facts: reader.bytes()? })
    }

    /// What the record is bound to, and the key material's id.
    pub fn binding(&self) -> Result<(KeyBinding, [u8; 32]), MalformedFrame> {
        let mut reader = Reader::new(self.facts);
        let material_id = reader.array()?;
        let binding = KeyBinding::decode(&mut reader)?;
        reader.finish()?;
        Ok((binding, material_id))
    }

    /// Whether the facts say that the key is in the token of a custom key store. As true as the facts are: the record opens
    /// only with its own.
    pub fn is_in_token(&self) -> bool {
        self.facts.ends_with(TOKEN_ORIGIN_AT_THE_END)
    }

    /// The sixteen bytes each of key id and material id that stand in ciphertext blobs, as [`Self::binding`] gives them.
    pub fn blob_ids(&self) -> Option<([u8; 16], [u8; 16])> {
        let key_id = self.facts.get(KEY_ID_AT..)?.first_chunk()?;
        Some((*key_id, *self.facts.first_chunk()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn binding() -> KeyBinding {
        KeyBinding {
            arn: "arn:aws:kms:us-east-1:111122223333:key/x".into(),
            key_id: [7; 16],
            spec: "SYMMETRIC_DEFAULT".into(),
            usage: "ENCRYPT_DECRYPT".into(),
            origin: "AWS_KMS".into(),
        }
    }

    #[test]
    fn key_is_read_as_it_was_made() {
        let mut material_id = [9; 32];
        material_id[16] = 8;
        let key = BackingKey::new(&binding(), &material_id, b"record");
        let sent = key.sent();
        assert_eq!(sent.record, b"record");
        assert_eq!(sent.binding(), Ok((binding(), material_id)));
        assert_eq!(sent.blob_ids(), Some(([7; 16], [9; 16])));
        assert_eq!(sent.facts.len(), 32 + binding().encoded_bytes());
        let mut frame = Vec::new();
        sent.encode(&mut frame);
        assert_eq!(frame, *key.0);
    }

    #[test]
    fn key_of_a_token_is_known_by_the_end_of_its_facts() {
        let in_token = KeyBinding { origin: TOKEN_ORIGIN.into(), ..binding() };
        assert!(BackingKey::new(&in_token, &[9; 32], b"record").sent().is_in_token());
        let longer = KeyBinding { origin: format!("X{TOKEN_ORIGIN}"), ..binding() };
        let elsewhere = KeyBinding { usage: TOKEN_ORIGIN.into(), ..binding() };
        for other in [binding(), longer, elsewhere] {
            assert!(!BackingKey::new(&other, &[9; 32], b"record").sent().is_in_token(), "{other:?}");
        }
    }

    #[test]
    fn facts_cut_short_or_too_long_are_malformed() {
        let key = BackingKey::new(&binding(), &[9; 32], b"record");
        let SentKey { record, facts } = key.sent();
        for end in 0..facts.len() {
            let cut = SentKey { record, facts: &facts[..end] };
            assert!(cut.binding().is_err(), "{end}");
            assert_eq!(cut.blob_ids().is_some(), end >= 48, "{end}");
        }
        let longer = [facts, b"x"].concat();
        assert!(SentKey { record, facts: &longer }.binding().is_err());
    }
}
