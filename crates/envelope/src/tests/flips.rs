//! Flip each bit of a sealed message, cut it at each length: refused, the check named, nothing written.

use super::{FixedKey, open_bytes, seal_bytes};
use crate::EnvelopeError;
use crate::keyring::{DataKeySource, RawAesKeyring};
use crate::message::{FrameLength, Header, HeaderLimits};

/// What a bit of the header belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Version,
    Suite,
    MessageId,
    ContextBytes,
    /// The count of pairs, and the lengths of their texts.
    ContextNumbers,
    ContextText,
    EntryCount,
    /// The lengths of an encrypted data key's three parts.
    EntryLength,
    Provider,
    Info,
    Blob,
    ContentType,
    FrameLength,
    Commitment,
    Tag,
}

impl Field {
    /// Whether a keyring reads it, to which it may be another key's or another context's.
    fn is_for_the_keyring(self) -> bool {
        matches!(self, Self::ContextText | Self::EntryLength | Self::Provider | Self::Info | Self::Blob)
    }

    /// What the error must say for these bytes of the field, one bit of them wrong; where `|` stands, one of several. `bound`
    /// says whether a keyring looks at the entry and the context.
    fn check(self, bound: bool, bytes: &[u8]) -> &'static str {
        let number = bytes.iter().fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
        match self {
            Self::Version => "version: ",
            Self::Suite if number == 0x0578 => "a suite that signs, and no public key to verify with",
            Self::Suite if number == 0x0078 => "suite: 0078 does not belong to message version 2",
            Self::Suite => "is not a suite of this format",
            Self::ContextBytes => "encryption context: |truncated: the input ends inside the header",
            Self::ContextNumbers => "encryption context: ",
            Self::ContextText if !bytes.is_ascii() => "encryption context: a text is not UTF-8",
            Self::EntryCount if number == 0 => "encrypted data keys: the count is 0",
            Self::EntryCount if number > 100 => "is more than the limit of 100",
            // The second entry begins with content type and frame length, which would be a length beyond the end.
            Self::EntryCount => "truncated: the input ends inside the header",
            // What follows is read from where something else stands.
            Self::EntryLength if bound => {
                "encrypted data keys: |truncated: |content type: |frame length: |commitment: |no matching key: \
                 |it does not open the data key"
            }
            Self::EntryLength => {
                "encrypted data keys: |truncated: |content type: |frame length: |commitment: "
            }
            Self::Provider if !bytes.is_ascii() => "encrypted data keys: provider id of entry 0 is not UTF-8",
            Self::Provider if bound => "no matching key: ",
            Self::Info if bound => "no matching key: |it does not open the data key",
            Self::ContextText | Self::Blob if bound => "it does not open the data key under this",
            Self::ContentType => "content type: ",
            Self::FrameLength if number == 0 || number > u64::from(FrameLength::MAX) => "frame length: ",
            Self::MessageId | Self::Commitment => "commitment: ",
            Self::ContextText | Self::Provider | Self::Info | Self::Blob | Self::FrameLength | Self::Tag => {
                "header tag: "
            }
        }
    }
}

/// The fields of a header of version 2 with one encrypted data key, in their order, and how many bytes each has.
fn layout(header: &Header) -> Vec<(Field, usize)> {
    let mut fields = vec![(Field::Version, 1), (Field::Suite, 2), (Field::MessageId, 32)];
    fields.extend([(Field::ContextBytes, 2), (Field::ContextNumbers, 2)]);
    for text in header.context().pairs().iter().flat_map(|(key, value)| [key, value]) {
        fields.extend([(Field::ContextNumbers, 2), (Field::ContextText, text.len())]);
    }
    let entry = &header.encrypted_data_keys()[0];
    fields.push((Field::EntryCount, 2));
    fields.extend([(Field::EntryLength, 2), (Field::Provider, entry.provider.len())]);
    fields.extend([(Field::EntryLength, 2), (Field::Info, entry.info.len())]);
    fields.extend([(Field::EntryLength, 2), (Field::Blob, entry.blob.len())]);
    fields.extend([
        (Field::ContentType, 1),
        (Field::FrameLength, 4),
        (Field::Commitment, 32),
        (Field::Tag, 16),
    ]);
    fields
}

/// Flips each bit of a header and looks which check refuses it.
fn each_bit_is_refused_by_the_check_of_its_field(source: &dyn DataKeySource, bound: bool) {
    let message = seal_bytes(&[9; 300], source, 128);
    let header = Header::parse(&message, HeaderLimits::default()).unwrap();
    let fields = layout(&header);
    assert_eq!(fields.iter().map(|(_, bytes)| bytes).sum::<usize>(), header.header_bytes());
    assert_eq!(open_bytes(&message, source).unwrap(), [9; 300]);
    let mut start = 0;
    for (field, bytes) in fields {
        for bit in start * 8..(start + bytes) * 8 {
            let mut flipped = message.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let error = open_bytes(&flipped, source).unwrap_err();
            let by_keyring = matches!(error, EnvelopeError::Keyring(_));
            let named = matches!(error, EnvelopeError::Message(_))
                || by_keyring && bound && field.is_for_the_keyring();
            let (said, expected) = (error.to_string(), field.check(bound, &flipped[start..start + bytes]));
            let as_expected = expected.split('|').any(|text| said.contains(text));
            assert!(named && as_expected, "{field:?}, bit {bit}: {said}");
        }
        start += bytes;
    }
}

#[test]
fn every_bit_of_the_header_is_authenticated() {
    each_bit_is_refused_by_the_check_of_its_field(&FixedKey::new([7; 32]), false);
}

#[test]
fn every_bit_of_the_header_is_authenticated_where_a_keyring_looks_at_it_first() {
    let keyring = RawAesKeyring::new("test", "aes", &[7; 32]).unwrap();
    each_bit_is_refused_by_the_check_of_its_field(&keyring, true);
}

#[test]
fn every_bit_of_the_body_is_authenticated() {
    let key = FixedKey::new([7; 32]);
    let message = seal_bytes(&[9; 70], &key, 32);
    let header_bytes = Header::parse(&message, HeaderLimits::default()).unwrap().header_bytes();
    for bit in header_bytes * 8..message.len() * 8 {
        let mut flipped = message.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = open_bytes(&flipped, &key).unwrap_err();
        assert!(matches!(error, EnvelopeError::Message(_)), "bit {bit}: {error}");
    }
}

#[test]
fn a_message_cut_at_any_length_is_truncated() {
    let key = FixedKey::new([7; 32]);
    let message = seal_bytes(&[9; 70], &key, 32);
    for bytes in 0..message.len() {
        let error = open_bytes(&message[..bytes], &key).unwrap_err().to_string();
        assert!(error.starts_with("truncated: "), "{bytes}: {error}");
    }
}
