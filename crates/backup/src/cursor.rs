//! The small reader of fields, and reading a stream into a buffer. Big-endian, as all of the backup file.

use crate::ContentError;
use std::io::{self, Read};

/// Takes fields off the front; nothing may be left over at the end.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], ContentError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(ContentError::Malformed)?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ContentError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, ContentError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, ContentError> {
        Ok(u64::from_be_bytes(self.array()?))
    }

    /// `u16 length`, then the bytes.
    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], ContentError> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// Bytes that are UTF-8.
    pub(crate) fn text(&mut self) -> Result<&'a str, ContentError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| ContentError::Malformed)
    }

    /// All that is left, at most so many bytes.
    pub(crate) fn rest(&mut self, bytes_max: usize) -> Result<&'a [u8], ContentError> {
        let rest = std::mem::take(&mut self.0);
        if rest.len() > bytes_max { Err(ContentError::TooLong) } else { Ok(rest) }
    }

    pub(crate) fn finish(self) -> Result<(), ContentError> {
        if self.0.is_empty() { Ok(()) } else { Err(ContentError::Malformed) }
    }
}

/// Appends `u16 length`, then the bytes.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), ContentError> {
    let length = u16::try_from(bytes.len()).map_err(|_| ContentError::TooLong)?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

/// Reads until the buffer is full or the input ends, and says how many bytes came.
pub(crate) fn fill(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, and is interrupted before each.
    struct Slow(Vec<u8>, bool);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            match self.0.pop() {
                Some(byte) => {
                    buffer[0] = byte;
                    Ok(1)
                }
                None => Ok(0),
            }
        }
    }

    #[test]
    fn buffer_is_filled_from_short_and_interrupted_reads() {
        let mut buffer = [0; 4];
        assert_eq!(fill(&mut Slow(vec![3, 2, 1], false), &mut buffer).unwrap(), 3);
        assert_eq!(buffer, [1, 2, 3, 0]);
        assert_eq!(fill(&mut Slow(vec![9; 9], false), &mut buffer).unwrap(), 4);
    }

    #[test]
    fn field_that_is_not_there_is_refused_and_so_is_one_too_many() {
        let mut fields = Fields::new(&[0, 2, b'a', b'b', 7]);
        assert_eq!(fields.text(), Ok("ab"));
        assert_eq!(fields.u16(), Err(ContentError::Malformed));
        assert_eq!(fields.finish(), Err(ContentError::Malformed));
        assert_eq!(Fields::new(&[0, 3, 1, 2]).bytes(), Err(ContentError::Malformed));
        assert_eq!(Fields::new(&[0, 1, 0xff]).text(), Err(ContentError::Malformed));
        assert_eq!(Fields::new(&[1, 2, 3]).rest(2), Err(ContentError::TooLong));
    }
}
