//! Key and commitment of a message in a committing suite: HKDF-SHA-512 (RFC 5869) with one extraction for both.
//!
//! The library's HKDF extracts anew for each expansion: sixteen blocks of SHA-512 for a message, where ten are enough, and
//! hashing is most of what a small message costs. So the three HMACs that this HKDF consists of stand here, over the
//! library's. An expansion of at most 64 bytes is one HMAC, of the info and the byte 1.

use super::data_key::DataKey;
use super::error::MessageError;
use super::message_id::MessageId;
use super::suite::Suite;
use aws_lc_rs::hmac::{HMAC_SHA512, Key, sign_to_buffer};
use zeroize::{Zeroizing, zeroize_stack};

/// What SHA-512 gives, in bytes.
const HASH_BYTES: usize = 64;
/// `Expand(prk, suite || "DERIVEKEY")`, with room for the suite and the number of the block.
const KEY_INFO: &[u8; 12] = b"..DERIVEKEY\x01";
/// `Expand(prk, "COMMITKEY")`, with the number of the block.
const COMMIT_INFO: &[u8] = b"COMMITKEY\x01";
/// More than the derivation goes down: the library moves its keys, and a move leaves a copy on the stack.
const STACK_BYTES: usize = 16 << 10;

/// Writes the message's key into `key` (at most 64 bytes) and gives the commit key; the stack below is wiped.
pub(super) fn derive(
    data_key: &DataKey,
    suite: Suite,
    message_id: &MessageId,
    key: &mut [u8],
) -> Result<[u8; 32], MessageError> {
    let derived = below(data_key, suite, message_id, key);
    zeroize_stack::<STACK_BYTES>();
    derived
}

/// Never inlined: its frame and those of all that it calls lie where the stack is wiped.
#[inline(never)]
fn below(
    data_key: &DataKey,
    suite: Suite,
    message_id: &MessageId,
    key: &mut [u8],
) -> Result<[u8; 32], MessageError> {
    let mut block = Zeroizing::new([0_u8; HASH_BYTES]);
    mac(&Key::new(HMAC_SHA512, message_id), data_key.bytes(), &mut block)?;
    let prk = Key::new(HMAC_SHA512, &block[..]);
    let mut info = *KEY_INFO;
    info[..2].copy_from_slice(&suite.id().to_be_bytes());
    mac(&prk, &info, &mut block)?;
    key.copy_from_slice(block.get(..key.len()).unwrap_or_default());
    mac(&prk, COMMIT_INFO, &mut block)?;
    let mut commit_key = [0; 32];
    commit_key.copy_from_slice(&block[..32]);
    Ok(commit_key)
}

fn mac(key: &Key, text: &[u8], out: &mut [u8; HASH_BYTES]) -> Result<(), MessageError> {
    let done = sign_to_buffer(key, text, out).map(|_| ());
    done.map_err(|_| MessageError::Crypto("derive a key"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::hkdf::{HKDF_SHA512, KeyType, Prk, Salt};

    struct Bytes32;

    impl KeyType for Bytes32 {
        fn len(&self) -> usize {
            32
        }
    }

    fn expanded(prk: &Prk, info: &[&[u8]]) -> [u8; 32] {
        let mut out = [0; 32];
        prk.expand(info, Bytes32).unwrap().fill(&mut out).unwrap();
        out
    }

    #[test]
    fn keys_are_those_of_the_library_s_hkdf() {
        for suite in [Suite::COMMITTING, Suite::COMMITTING_SIGNED] {
            for _ in 0..50 {
                let data_key = DataKey::random(suite).unwrap();
                let message_id = MessageId::random(suite).unwrap();
                let prk = Salt::new(HKDF_SHA512, &message_id).extract(data_key.bytes());
                let mut key = [0; 32];
                let commit_key = derive(&data_key, suite, &message_id, &mut key).unwrap();
                assert_eq!(key, expanded(&prk, &[&suite.id().to_be_bytes(), b"DERIVEKEY"]));
                assert_eq!(commit_key, expanded(&prk, &[b"COMMITKEY"]));
            }
        }
    }

    #[test]
    fn suite_and_message_id_and_data_key_each_give_other_keys() {
        let (one, two) = (DataKey::from_vec(vec![1; 32]).unwrap(), DataKey::from_vec(vec![2; 32]).unwrap());
        let derived = |data_key, suite, id: u8| {
            let mut key = [0; 32];
            let commit_key = derive(data_key, suite, &MessageId::from([id; 32]), &mut key).unwrap();
            (key, commit_key)
        };
        let first = derived(&one, Suite::COMMITTING, 3);
        assert_eq!(first, derived(&one, Suite::COMMITTING, 3));
        let signed = derived(&one, Suite::COMMITTING_SIGNED, 3);
        assert_ne!(first.0, signed.0);
        assert_eq!(first.1, signed.1, "the commit key does not name the suite");
        for other in [derived(&one, Suite::COMMITTING, 4), derived(&two, Suite::COMMITTING, 3)] {
            assert!(first.0 != other.0 && first.1 != other.1);
        }
    }
}
