//! The key of a key file or a credential: in one place from the moment it is read until it is dropped.
//!
//! A move of an array copies it and leaves the old bytes behind, on stacks and wherever it was kept. These bytes are never
//! moved: what is handed on is a pointer to them.

use zeroize::Zeroizing;

/// Bytes of a root key.
pub const ROOT_KEY_BYTES: usize = 32;

/// A root key. Its bytes stay where they were written, are zeroed on drop and not printable.
pub struct RootKey(Box<Zeroizing<[u8; ROOT_KEY_BYTES]>>);

impl RootKey {
    /// A key that `fill` writes over zeroes, where it stays. Fails as `fill` does.
    pub fn filled<E>(fill: impl FnOnce(&mut [u8; ROOT_KEY_BYTES]) -> Result<(), E>) -> Result<Self, E> {
        let mut key = Self(Box::default());
        fill(&mut key.0)?;
        Ok(key)
    }

    /// A copy of a key; the bytes given are the caller's to wipe.
    pub fn copy_of(bytes: &[u8; ROOT_KEY_BYTES]) -> Self {
        let mut key = Self(Box::default());
        key.0.copy_from_slice(bytes);
        key
    }

    /// The key itself, to be read where it lies.
    pub fn expose(&self) -> &[u8; ROOT_KEY_BYTES] {
        &self.0
    }
}

impl Clone for RootKey {
    /// From one place to the other; the derived one would go by way of the stack.
    fn clone(&self) -> Self {
        Self::copy_of(self.expose())
    }
}

impl std::fmt::Debug for RootKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RootKey(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CustodyAct, RootSecret, ToVault};

    #[test]
    fn bytes_stay_where_they_are_when_a_key_is_handed_on() {
        let key = RootKey::copy_of(&[7; ROOT_KEY_BYTES]);
        let at = key.expose().as_ptr();
        let message = ToVault::Act(CustodyAct::Present(RootSecret::Key(key)));
        let mut kept = Some(Box::new(message));
        let Some(ToVault::Act(CustodyAct::Present(RootSecret::Key(key)))) = kept.take().map(|kept| *kept)
        else {
            panic!("another message")
        };
        assert_eq!((key.expose().as_ptr(), key.expose()), (at, &[7; ROOT_KEY_BYTES]));
        assert_eq!(size_of::<RootKey>(), size_of::<usize>(), "a pointer and nothing else");
        assert_ne!(key.clone().expose().as_ptr(), at);
        assert_eq!(key.clone().expose(), key.expose());
    }

    #[test]
    fn key_is_written_in_place_or_there_is_none() {
        let key = RootKey::filled(|bytes| {
            assert_eq!(*bytes, [0; ROOT_KEY_BYTES]);
            bytes.fill(9);
            Ok::<(), ()>(())
        });
        assert_eq!(key.unwrap().expose(), &[9; ROOT_KEY_BYTES]);
        assert!(RootKey::filled(|_| Err("no")).is_err());
    }

    #[test]
    fn key_is_not_printed() {
        let secret = RootSecret::Key(RootKey::copy_of(&[0xa5; ROOT_KEY_BYTES]));
        assert_eq!(format!("{secret:?}"), "Key(RootKey(redacted))");
    }
}
