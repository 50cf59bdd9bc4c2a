//! A reader over bytes from strangers: every length is checked against what is left before it is used.

use super::error::MessageError;

/// A position in a byte slice. Each `take` fails with [`MessageError::TruncatedHeader`] when the slice ends.
pub(crate) struct Cursor<'a> {
    all: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(all: &'a [u8]) -> Self {
        Self { all, at: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.all.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn take(&mut self, bytes: usize) -> Result<&'a [u8], MessageError> {
        let (taken, _) = self.rest().split_at_checked(bytes).ok_or(MessageError::TruncatedHeader)?;
        self.at += bytes;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], MessageError> {
        let mut out = [0; N];
        out.copy_from_slice(self.take(N)?);
        Ok(out)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, MessageError> {
        Ok(u8::from_be_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, MessageError> {
        Ok(u16::from_be_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, MessageError> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    /// A field that begins with its length in two bytes.
    pub(crate) fn field(&mut self) -> Result<&'a [u8], MessageError> {
        let bytes = self.u16()?;
        self.take(usize::from(bytes))
    }
}

/// Appends `length(2) || bytes`; `what` names the field in the error.
pub(crate) fn put_field(out: &mut Vec<u8>, bytes: &[u8], what: &'static str) -> Result<(), MessageError> {
    let length = u16::try_from(bytes.len()).map_err(|_| MessageError::FieldTooLong(what))?;
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}
