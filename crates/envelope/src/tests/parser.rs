//! Properties of the header parser and of sizes.

use super::{FixedKey, open_bytes, seal_bytes};
use crate::message::{
    Context, DataKey, EncryptedDataKey, FrameLength, Header, HeaderLimits, MessageError, MessageId,
    MessageKeys, NewHeader, Suite,
};
use proptest::prelude::*;

fn limits() -> HeaderLimits {
    HeaderLimits::default()
}

fn entry() -> impl Strategy<Value = EncryptedDataKey> {
    let bytes = || proptest::collection::vec(any::<u8>(), 0..60);
    (".{0,20}", bytes(), bytes()).prop_map(|(provider, info, blob)| EncryptedDataKey { provider, info, blob })
}

fn unsigned() -> Vec<Suite> {
    Suite::ALL.into_iter().filter(|suite| !suite.signs()).collect()
}

proptest! {
    #[test]
    fn parser_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Header::parse(&bytes, limits());
        for suite in Suite::ALL {
            let start = if suite.commits() { &[2][..] } else { &[1, 0x80] };
            let _ = Header::parse(&[start, &suite.id().to_be_bytes(), &bytes].concat(), limits());
        }
    }

    #[test]
    fn written_headers_are_read_back(
        suite in proptest::sample::select(unsigned()), frame in 1u32..=FrameLength::MAX,
        pairs in proptest::collection::btree_map("[^a].{0,10}", ".{0,10}", 0..5),
        entries in proptest::collection::vec(entry(), 1..4),
    ) {
        let message_id = MessageId::random(suite).unwrap();
        let data_key = DataKey::from_vec(vec![3; suite.data_key_bytes()]).unwrap();
        let keys = || MessageKeys::derive(&data_key, suite, &message_id).unwrap();
        let (context, nothing) = (Context::new(pairs).unwrap(), Context::default());
        let frame_length = FrameLength::new(frame).unwrap();
        let new =
            NewHeader { context: &context, required: &nothing, encrypted_data_keys: &entries, frame_length };
        let sealed = new.seal(keys()).unwrap();
        let header = Header::parse(&sealed.bytes, limits()).unwrap();
        prop_assert_eq!(header.context(), &context);
        prop_assert_eq!(header.encrypted_data_keys(), &entries[..]);
        prop_assert_eq!(header.header_bytes(), sealed.bytes.len());
        prop_assert_eq!(header.message_id(), &message_id);
        prop_assert!(keys().verify(&header, &nothing).is_ok());
        for cut in 0..sealed.bytes.len() {
            let parsed = Header::parse(&sealed.bytes[..cut], limits());
            prop_assert_eq!(parsed.unwrap_err(), MessageError::TruncatedHeader);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn every_size_and_frame_length_opens_again(bytes in 0usize..3_000, frame in 1u32..700) {
        let key = FixedKey::new([1; 32]);
        let plaintext: Vec<u8> = (0..bytes).map(|i| (i % 251) as u8).collect();
        let message = seal_bytes(&plaintext, &key, frame);
        prop_assert_eq!(open_bytes(&message, &key).unwrap(), plaintext);
        prop_assert_eq!(key.calls.get(), 4);
    }
}

#[test]
fn limits_are_kept() {
    let key = FixedKey::new([1; 32]);
    let message = seal_bytes(b"x", &key, 10);
    let none = HeaderLimits { encrypted_data_keys_max: 0, ..limits() };
    let error = MessageError::TooManyEncryptedDataKeys { count: 1, max: 0 };
    assert_eq!(Header::parse(&message, none).unwrap_err(), error);
    let short = HeaderLimits { header_bytes_max: 50, ..limits() };
    assert_eq!(Header::parse(&message[..50], short).unwrap_err(), MessageError::HeaderTooLong(50));
}

#[test]
fn a_frame_length_of_4_gib_is_refused_before_any_allocation() {
    let key = FixedKey::new([1; 32]);
    let message = seal_bytes(b"x", &key, 10);
    let header = Header::parse(&message, limits()).unwrap();
    let mut hostile = message.clone();
    let at = header.header_bytes() - 16 - 32 - 4;
    hostile[at..at + 4].copy_from_slice(&u32::MAX.to_be_bytes());
    let error = open_bytes(&hostile, &key).unwrap_err().to_string();
    assert!(error.contains("more than the limit of 134217728"), "{error}");
}
