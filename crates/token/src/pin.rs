//! The PIN: from an inherited descriptor into one buffer, which is wiped at the end of the process.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{Digest, SHA256, digest};
use cryptoki::types::RawAuthPin;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering};
use strongroom_token_protocol::TokenError;
use zeroize::Zeroizing;

/// The longest PIN, in bytes.
const PIN_BYTES_MAX: usize = 256;

/// Wrong words after which every word is refused, until the process is started again: a real token would lock the PIN.
const WRONG_WORDS_MAX: u32 = 10;

/// No PIN could be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinError {
    #[error("the PIN cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("the PIN is empty, or longer than {PIN_BYTES_MAX} bytes")]
    Length,
}

/// Reads the descriptor to its end. One line end after the PIN does not belong to it.
pub(crate) fn read_pin(source: OwnedFd) -> Result<Zeroizing<Vec<u8>>, PinError> {
    let mut source = File::from(source);
    // It never grows: what it held would stay behind.
    let mut bytes = Zeroizing::new([0; PIN_BYTES_MAX + 3]);
    let mut filled = 0;
    while filled < bytes.len() {
        match source.read(&mut bytes[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    let text = &bytes[..filled];
    let pin = text.strip_suffix(b"\n").unwrap_or(text);
    let pin = pin.strip_suffix(b"\r").unwrap_or(pin);
    if pin.is_empty() || pin.len() > PIN_BYTES_MAX {
        return Err(PinError::Length);
    }
    Ok(Zeroizing::new(pin.to_vec()))
}

/// The PIN: for the library, and to compare words with.
pub(crate) struct Pin {
    /// The buffer that was read, wiped when it is dropped.
    library: RawAuthPin,
    /// Words are compared by their hashes, so that the time says nothing of their lengths.
    hash: Digest,
    wrong_words: AtomicU32,
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(redacted)")
    }
}

impl Pin {
    /// Takes the PIN over.
    pub(crate) fn new(mut pin: Zeroizing<Vec<u8>>) -> Self {
        let hash = digest(&SHA256, &pin);
        let library = RawAuthPin::new(Box::new(std::mem::take(&mut *pin)));
        Self { library, hash, wrong_words: AtomicU32::new(0) }
    }

    /// The form in which the library takes it.
    pub(crate) fn for_library(&self) -> &RawAuthPin {
        &self.library
    }

    /// Whether a word is the PIN.
    pub(crate) fn check(&self, word: &[u8]) -> Result<(), TokenError> {
        if self.wrong_words.load(Ordering::SeqCst) >= WRONG_WORDS_MAX {
            return Err(TokenError::PinLocked);
        }
        verify_slices_are_equal(digest(&SHA256, word).as_ref(), self.hash.as_ref()).map_err(|_| {
            self.wrong_words.fetch_add(1, Ordering::SeqCst);
            TokenError::PinIncorrect
        })?;
        self.wrong_words.store(0, Ordering::SeqCst);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    fn read(sent: &[u8]) -> Result<Vec<u8>, PinError> {
        let (mut here, there) = UnixStream::pair().unwrap();
        here.write_all(sent).unwrap();
        drop(here);
        read_pin(there.into()).map(|pin| pin.to_vec())
    }

    #[test]
    fn line_end_does_not_belong_to_the_pin() {
        for sent in [&b"12 34"[..], b"12 34\n", b"12 34\r\n"] {
            assert_eq!(read(sent).unwrap(), b"12 34");
        }
        assert_eq!(read(b"1234\n\n").unwrap(), b"1234\n");
    }

    #[test]
    fn empty_and_overlong_pins_are_refused() {
        assert_eq!(read(&[b'1'; PIN_BYTES_MAX]).unwrap().len(), PIN_BYTES_MAX);
        for sent in [&b""[..], b"\n", &[b'1'; PIN_BYTES_MAX + 1], &[b'1'; 4_096]] {
            assert!(matches!(read(sent), Err(PinError::Length)));
        }
    }

    #[test]
    fn pin_is_not_printed() {
        let pin = pin();
        assert!(!format!("{pin:?} {:?}", pin.for_library()).contains("fedcba"));
    }

    fn pin() -> Pin {
        Pin::new(Zeroizing::new(b"fedcba9876".to_vec()))
    }

    #[test]
    fn word_that_is_not_the_pin_is_refused_and_too_many_lock() {
        let pin = pin();
        for word in [&b""[..], b"fedcba987", b"fedcba98766", b"Fedcba9876"] {
            assert_eq!(pin.check(word), Err(TokenError::PinIncorrect));
        }
        assert_eq!(pin.check(b"fedcba9876"), Ok(()));
        for _ in 0..WRONG_WORDS_MAX {
            assert_eq!(
                pin.check(b"wrong"),
                Err(TokenError::PinIncorrect),
                "a right word starts the count anew"
            );
        }
        assert_eq!(pin.check(b"wrong"), Err(TokenError::PinLocked));
        assert_eq!(pin.check(b"fedcba9876"), Err(TokenError::PinLocked), "nor is the right one told");
    }
}
