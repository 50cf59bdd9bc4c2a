//! The small reader and writer that frame bodies are made with. Little-endian.

use crate::MalformedFrame;

/// Reads fields off the front of a body; nothing may be left over at the end.
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], MalformedFrame> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(MalformedFrame("cut short"))?;
        self.0 = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], MalformedFrame> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, MalformedFrame> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    pub(crate) fn u16(&mut self) -> Result<u16, MalformedFrame> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    pub(crate) fn u32(&mut self) -> Result<u32, MalformedFrame> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    pub(crate) fn u64(&mut self) -> Result<u64, MalformedFrame> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// `u32 length`, then at most `limit` bytes.
    pub(crate) fn bytes(&mut self, limit: usize) -> Result<&'a [u8], MalformedFrame> {
        let length = usize::try_from(self.u32()?).map_err(|_| MalformedFrame("length"))?;
        if length > limit {
            return Err(MalformedFrame("length"));
        }
        self.take(length)
    }

    /// Bytes that are UTF-8.
    pub(crate) fn text(&mut self, limit: usize) -> Result<String, MalformedFrame> {
        let text = std::str::from_utf8(self.bytes(limit)?).map_err(|_| MalformedFrame("text"))?;
        Ok(text.to_owned())
    }

    /// A byte that is 0 or 1.
    pub(crate) fn flag(&mut self) -> Result<bool, MalformedFrame> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(MalformedFrame("flag")),
        }
    }

    /// `u16 count`, at most `limit`, then so many items.
    pub(crate) fn list<T>(
        &mut self,
        limit: usize,
        item: impl Fn(&mut Self) -> Result<T, MalformedFrame>,
    ) -> Result<Vec<T>, MalformedFrame> {
        let count = usize::from(self.u16()?);
        if count > limit {
            return Err(MalformedFrame("count"));
        }
        (0..count).map(|_| item(self)).collect()
    }

    pub(crate) fn finish(self) -> Result<(), MalformedFrame> {
        if self.0.is_empty() { Ok(()) } else { Err(MalformedFrame("bytes left over")) }
    }
}

/// Appends a byte string: `u32 length`, then the bytes. The frame's own length check bounds it.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(bytes);
}

/// Appends `u16 count`, then the items; those beyond `limit` are left out.
pub(crate) fn put_list<T>(out: &mut Vec<u8>, items: &[T], limit: usize, put: impl Fn(&mut Vec<u8>, &T)) {
    let kept = items.get(..limit).unwrap_or(items);
    out.extend_from_slice(&u16::try_from(kept.len()).unwrap_or(u16::MAX).to_le_bytes());
    for item in kept {
        put(out, item);
    }
}

/// The longest start of `text` that has at most `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
