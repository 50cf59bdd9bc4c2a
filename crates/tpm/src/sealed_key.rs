//! The file of a sealed key: what the TPM needs to give it back, and by what the TPM is known again.

use crate::TpmError;
use crate::kdf::hash;
use crate::public_area::Name;
use crate::reader::{Reader, put_sized};

/// What the text begins with.
const MARK: &str = "SRTPM1-";

/// No policy: whoever may use this TPM on this machine, and has this file, gets the key. A policy over PCRs would be another
/// number here, with its fields behind the blobs.
const NO_POLICY: u8 = 0;

/// Bytes of the check at the end.
const CHECK: usize = 8;

/// The longest file that is read; a TPM's blobs for 32 bytes are of 200.
const TEXT_BYTES_MAX: usize = 8_192;

/// A sealed key. Not secret to whoever does not have the TPM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedKey {
    /// The name of the storage key: another one's is another TPM's, or a cleared one's, or that of somebody in between.
    pub(crate) storage_key: Name,
    pub(crate) private: Vec<u8>,
    pub(crate) public: Vec<u8>,
}

impl SealedKey {
    /// One line: `SRTPM1-` and the hex of `u8 policy · storage key's name 34 · u16 length · private · u16 length · public ·
    /// check 8`, big-endian. The check is the front of SHA-256 over what stands before it.
    pub fn to_text(&self) -> Result<String, TpmError> {
        let mut bytes = vec![NO_POLICY];
        bytes.extend_from_slice(&self.storage_key);
        put_sized(&mut bytes, &self.private)?;
        put_sized(&mut bytes, &self.public)?;
        let check = check_of(&bytes);
        bytes.extend_from_slice(&check);
        Ok(format!("{MARK}{}\n", const_hex::encode(&bytes)))
    }

    /// Reads it; any wrong character is found.
    pub fn parse(text: &[u8]) -> Result<Self, TpmError> {
        let refuse = TpmError::NotASealedKey;
        if text.len() > TEXT_BYTES_MAX {
            return Err(refuse("it is too long"));
        }
        let text = std::str::from_utf8(text).map_err(|_| refuse("not text"))?.trim();
        let text = text.strip_prefix(MARK).ok_or(refuse("it does not begin with SRTPM1-"))?;
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(refuse("a character is wrong"));
        }
        let bytes = const_hex::decode(text).map_err(|_| refuse("a character is wrong"))?;
        // `decode` would take a prefix of `0x` away.
        if bytes.len() * 2 != text.len() {
            return Err(refuse("a character is wrong"));
        }
        let end = bytes.len().checked_sub(CHECK).ok_or(refuse("it is cut short"))?;
        let (body, check) = bytes.split_at(end);
        if check_of(body) != check {
            return Err(refuse("a character is wrong"));
        }
        Self::read(body).map_err(|error| match error {
            TpmError::Malformed(_) => refuse("it is cut short"),
            other => other,
        })
    }

    fn read(body: &[u8]) -> Result<Self, TpmError> {
        let mut reader = Reader::new(body);
        if reader.u8()? != NO_POLICY {
            return Err(TpmError::NotASealedKey("it has a policy that this release does not know"));
        }
        let storage_key = reader.array()?;
        let (private, public) = (reader.sized()?.to_vec(), reader.sized()?.to_vec());
        reader.finish()?;
        Ok(Self { storage_key, private, public })
    }
}

fn check_of(bytes: &[u8]) -> [u8; CHECK] {
    let digest = hash(&[bytes]);
    let mut check = [0; CHECK];
    check.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
    check
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> SealedKey {
        SealedKey { storage_key: [3; 34], private: vec![1; 126], public: vec![2; 46] }
    }

    #[test]
    fn text_round_trips_and_any_wrong_character_is_found() {
        let text = sample().to_text().unwrap();
        assert_eq!(SealedKey::parse(text.as_bytes()).unwrap(), sample());
        for at in 0..text.trim().len() {
            let mut bad = text.as_bytes().to_vec();
            bad[at] = if bad[at] == b'0' { b'1' } else { b'0' };
            assert!(SealedKey::parse(&bad).is_err(), "character {at}");
            assert!(SealedKey::parse(&text.as_bytes()[..at]).is_err(), "cut to {at}");
        }
        assert!(SealedKey::parse(&vec![b'a'; TEXT_BYTES_MAX + 1]).is_err());
    }

    #[test]
    fn policy_of_a_later_release_is_named() {
        let body = [&[1][..], &[0; 38]].concat();
        let text = format!("{MARK}{}", const_hex::encode([&body[..], &check_of(&body)].concat()));
        let said = SealedKey::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(said.contains("policy"), "{said}");
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let text = format!("{MARK}{}\n", const_hex::encode([&body[..], &check_of(&body)].concat()));
            if let Ok(key) = SealedKey::parse(text.as_bytes()) {
                prop_assert_eq!(key.to_text().unwrap(), text);
            }
        }
    }
}
