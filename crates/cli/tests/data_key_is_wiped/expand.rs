//! What becomes of a data key: the message's key (HKDF) and the cipher's round keys (FIPS 197, section 5.2).

use aws_lc_rs::hkdf::{HKDF_SHA512, KeyType, Salt};

struct Bytes32;

impl KeyType for Bytes32 {
    fn len(&self) -> usize {
        32
    }
}

/// The key of the frames: `Expand(Extract(message id, data key), 0478 || "DERIVEKEY")`.
pub(crate) fn message_key(data_key: &[u8], message_id: &[u8]) -> [u8; 32] {
    let prk = Salt::new(HKDF_SHA512, message_id).extract(data_key);
    let mut key = [0; 32];
    prk.expand(&[b"\x04\x78DERIVEKEY"], Bytes32).unwrap().fill(&mut key).unwrap();
    key
}

/// The first round keys that are not the key itself.
pub(crate) fn aes_256_round_keys_2_and_3(key: &[u8; 32]) -> [u8; 32] {
    let mut words: Vec<[u8; 4]> = key.chunks(4).map(|word| word.try_into().unwrap()).collect();
    for i in 8..16 {
        let mut word = words[i - 1];
        if i == 8 {
            word.rotate_left(1);
        }
        if i % 4 == 0 {
            word = word.map(substitute);
        }
        if i == 8 {
            word[0] ^= 1;
        }
        let before = words[i - 8];
        words.push([0, 1, 2, 3].map(|b| word[b] ^ before[b]));
    }
    words[8..].concat().try_into().unwrap()
}

/// The S-box: inverse in GF(2^8), then the affine map.
fn substitute(byte: u8) -> u8 {
    let inverse = (1..=255).find(|other| multiply(byte, *other) == 1).unwrap_or(0);
    (0..5).fold(0x63, |sum, turn| sum ^ inverse.rotate_left(turn))
}

fn multiply(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b != 0 {
        if b & 1 != 0 {
            product ^= a;
        }
        a = (a << 1) ^ if a & 0x80 != 0 { 0x1b } else { 0 };
        b >>= 1;
    }
    product
}
