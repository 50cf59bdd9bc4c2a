//! The PIN: from an inherited descriptor into one buffer, which is wiped at the end of the process.

use cryptoki::types::RawAuthPin;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use zeroize::Zeroizing;

/// The longest PIN, in bytes.
const PIN_BYTES_MAX: usize = 256;

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

/// The form in which the library takes it: the same buffer, wiped when it is dropped.
pub(crate) fn for_library(mut pin: Zeroizing<Vec<u8>>) -> RawAuthPin {
    RawAuthPin::new(Box::new(std::mem::take(&mut *pin)))
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
        let pin = for_library(Zeroizing::new(b"fedcba9876".to_vec()));
        assert!(!format!("{pin:?}").contains("fedcba"));
    }
}
