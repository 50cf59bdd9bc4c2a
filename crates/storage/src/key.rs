//! Keys, prefixes and values of records. The layout of keys is in docs/on-disk-format.md.

use std::fmt;
use std::sync::Arc;

/// The longest key, in bytes.
pub const KEY_BYTES_MAX: usize = 512;

/// Why bytes are not a key or a prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No bytes at all.
    #[error("a key must not be empty")]
    Empty,
    /// More than [`KEY_BYTES_MAX`] bytes.
    #[error("a key has at most {KEY_BYTES_MAX} bytes")]
    TooLong,
}

/// A record's key: 1 to 512 bytes, ordered bytewise.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(Arc<[u8]>);

impl Key {
    /// Takes bytes (or text) of a valid length.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let bytes = bytes.as_ref();
        if bytes.is_empty() {
            return Err(KeyError::Empty);
        }
        if bytes.len() > KEY_BYTES_MAX {
            return Err(KeyError::TooLong);
        }
        Ok(Self(Arc::from(bytes)))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Whether the key begins with this prefix.
    pub fn starts_with(&self, prefix: &Prefix) -> bool {
        self.0.starts_with(prefix.as_bytes())
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.0.escape_ascii())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

/// The beginning of keys: 0 to 512 bytes; the empty prefix covers every key.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(Arc<[u8]>);

impl Prefix {
    /// Takes bytes (or text) of a valid length.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let bytes = bytes.as_ref();
        if bytes.len() > KEY_BYTES_MAX {
            return Err(KeyError::TooLong);
        }
        Ok(Self(Arc::from(bytes)))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prefix({})", self.0.escape_ascii())
    }
}

/// A record's bytes. Printed by length only: records hold wrapped keys, which do not belong in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(Arc<[u8]>);

impl Value {
    /// Takes any bytes; the batch's limit is the only one.
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        Self(Arc::from(bytes.as_ref()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Value({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_length_limits() {
        assert_eq!(Key::new(b""), Err(KeyError::Empty));
        assert!(Key::new([7_u8; KEY_BYTES_MAX]).is_ok());
        assert_eq!(Key::new([7_u8; KEY_BYTES_MAX + 1]), Err(KeyError::TooLong));
    }

    #[test]
    fn value_debug_hides_bytes() {
        assert_eq!(format!("{:?}", Value::new(b"wrapped")), "Value(7 bytes)");
    }
}
