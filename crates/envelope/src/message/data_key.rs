//! The plaintext data key: in locked memory, wiped, never printed.

use super::error::MessageError;
use super::suite::Suite;
use std::fmt;
use strongroom_locked_memory::LockedBytes;
use zeroize::Zeroizing;

/// The longest data key, in bytes.
pub const DATA_KEY_BYTES: usize = 32;

/// A plaintext data key of 16, 24 or 32 bytes. Wiped when it is dropped, never printed; in locked memory where there is
/// some, and never on the stack.
pub struct DataKey(LockedBytes);

impl DataKey {
    /// Takes the bytes of a data key over; `None`, and the bytes wiped, unless there are 16, 24 or 32.
    pub fn from_vec(bytes: Vec<u8>) -> Option<Self> {
        let bytes = Zeroizing::new(bytes);
        matches!(bytes.len(), 16 | 24 | 32).then(|| Self(LockedBytes::copy_of(&bytes)))
    }

    /// A fresh one for a suite, made here: what raw keyrings wrap.
    pub fn random(suite: Suite) -> Result<Self, MessageError> {
        LockedBytes::filled(suite.data_key_bytes(), |room| aws_lc_rs::rand::fill(room).ok())
            .map(Self)
            .ok_or(MessageError::Crypto("make random bytes"))
    }

    /// The key itself, for whoever wraps it.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Refuses a key of the wrong length for the suite.
    pub fn check_length(&self, suite: Suite) -> Result<(), MessageError> {
        let found = self.0.len();
        if found == suite.data_key_bytes() {
            Ok(())
        } else {
            Err(MessageError::DataKeyLength { suite, found })
        }
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DataKey(redacted)")
    }
}
