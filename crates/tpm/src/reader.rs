//! Reading a TPM's big-endian structures, every length checked.

use crate::TpmError;

/// What is left to read.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], TpmError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(TpmError::Malformed("it is cut short"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], TpmError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(TpmError::Malformed("it is cut short"))?;
        self.0 = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, TpmError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, TpmError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, TpmError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A TPM2B: `u16 length` and that many bytes.
    pub(crate) fn sized(&mut self) -> Result<&'a [u8], TpmError> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// Nothing may be left.
    pub(crate) fn finish(self) -> Result<(), TpmError> {
        if self.0.is_empty() { Ok(()) } else { Err(TpmError::Malformed("something is left over")) }
    }
}

/// Appends a TPM2B.
pub(crate) fn put_sized(out: &mut Vec<u8>, bytes: &[u8]) -> Result<(), TpmError> {
    let length = u16::try_from(bytes.len()).map_err(|_| TpmError::Malformed("a field is too long"))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        let mut reader = Reader::new(&[0, 3, 1, 2]);
        assert!(reader.sized().is_err());
        let mut reader = Reader::new(&[0, 1, 7, 9]);
        assert_eq!(reader.sized().unwrap(), [7]);
        assert!(reader.finish().is_err());
        assert_eq!(reader.u8().unwrap(), 9);
        assert!(reader.u32().is_err());
        reader.finish().unwrap();
        assert!(put_sized(&mut Vec::new(), &[0; 65_536]).is_err());
    }
}
