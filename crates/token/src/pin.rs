//! The PIN: from an inherited descriptor into locked memory, which is wiped at the end of the process. It is kept because
//! every session that is opened may have to log in again; the library is given a copy that lives for one login.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use cryptoki::types::RawAuthPin;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, Ordering};
use strongroom_locked_memory::LockedBytes;
use strongroom_token_protocol::TokenError;

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
pub(crate) fn read_pin(source: OwnedFd) -> Result<LockedBytes, PinError> {
    let mut source = File::from(source);
    let mut filled = Ok(0);
    let bytes = LockedBytes::filled(PIN_BYTES_MAX + 3, |room| {
        filled = read_into(&mut source, room);
        Some(())
    });
    let filled = filled?;
    let text = bytes.as_deref().and_then(|bytes| bytes.get(..filled)).unwrap_or_default();
    let pin = text.strip_suffix(b"\n").unwrap_or(text);
    let pin = pin.strip_suffix(b"\r").unwrap_or(pin);
    if pin.is_empty() || pin.len() > PIN_BYTES_MAX {
        return Err(PinError::Length);
    }
    Ok(LockedBytes::copy_of(pin))
}

/// Reads until the source ends or the room is full; how many bytes there are.
fn read_into(source: &mut File, room: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < room.len() {
        match source.read(&mut room[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    Ok(filled)
}

/// The PIN: for the library, and to compare words with.
pub(crate) struct Pin {
    bytes: LockedBytes,
    wrong_words: AtomicU32,
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(redacted)")
    }
}

impl Pin {
    /// Takes the PIN over.
    pub(crate) fn new(bytes: LockedBytes) -> Self {
        Self { bytes, wrong_words: AtomicU32::new(0) }
    }

    /// Whether it lies where nothing is swapped: the limit of locked memory may be too low.
    pub(crate) fn is_locked(&self) -> bool {
        self.bytes.is_locked()
    }

    /// For one login, in the form in which the library takes it: wiped when it is dropped.
    pub(crate) fn for_login(&self) -> RawAuthPin {
        RawAuthPin::new(Box::new(self.bytes.to_vec()))
    }

    /// Whether a word is the PIN. The hashes are compared, so that the time says nothing of their lengths; none is kept, for a
    /// hash of something so short is as good as itself.
    pub(crate) fn check(&self, word: &[u8]) -> Result<(), TokenError> {
        if self.wrong_words.load(Ordering::SeqCst) >= WRONG_WORDS_MAX {
            return Err(TokenError::PinLocked);
        }
        let (given, right) = (digest(&SHA256, word), digest(&SHA256, &self.bytes));
        verify_slices_are_equal(given.as_ref(), right.as_ref()).map_err(|_| {
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
        assert_eq!(read(&[b'1'; PIN_BYTES_MAX]).unwrap(), [b'1'; PIN_BYTES_MAX]);
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
        assert!(!format!("{pin:?} {:?}", pin.for_login()).contains("fedcba"));
    }

    #[test]
    fn pin_lies_in_locked_memory_however_long_it_is() {
        for text in [&b"1234"[..], &[b'7'; PIN_BYTES_MAX]] {
            let pin = Pin::new(LockedBytes::copy_of(text));
            assert!(pin.is_locked(), "the limit of locked memory is too low for this test");
        }
        assert!(
            !Pin::new(LockedBytes::copy_of(&vec![b'7'; 1 << 20])).is_locked(),
            "the control: this is too long"
        );
    }

    fn pin() -> Pin {
        Pin::new(LockedBytes::copy_of(b"fedcba9876"))
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
