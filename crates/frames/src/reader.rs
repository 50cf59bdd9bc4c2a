//! Reading the fields of a body: every length is looked at before it is used.

use crate::Malformed;
use std::marker::PhantomData;

/// Reads fields off the front of a body; nothing may be left over at the end. `E` says what is wrong.
pub struct Reader<'a, E> {
    left: &'a [u8],
    error: PhantomData<fn() -> E>,
}

impl<'a, E: Malformed> Reader<'a, E> {
    /// A reader at the front of these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { left: bytes, error: PhantomData }
    }

    /// So many bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], E> {
        let (head, rest) = self.left.split_at_checked(count).ok_or_else(|| E::malformed("cut short"))?;
        self.left = rest;
        Ok(head)
    }

    /// As many bytes as the array has.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], E> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A number of one byte.
    pub fn u8(&mut self) -> Result<u8, E> {
        Ok(u8::from_le_bytes(self.array()?))
    }

    /// A number of two bytes.
    pub fn u16(&mut self) -> Result<u16, E> {
        Ok(u16::from_le_bytes(self.array()?))
    }

    /// A number of four bytes.
    pub fn u32(&mut self) -> Result<u32, E> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    /// A number of eight bytes.
    pub fn u64(&mut self) -> Result<u64, E> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// `u32 length`, then the bytes.
    pub fn bytes(&mut self) -> Result<&'a [u8], E> {
        self.bytes_up_to(usize::MAX)
    }

    /// `u32 length`, then at most `limit` bytes.
    pub fn bytes_up_to(&mut self, limit: usize) -> Result<&'a [u8], E> {
        let length = usize::try_from(self.u32()?).map_err(|_| E::malformed("length"))?;
        if length > limit {
            return Err(E::malformed("length"));
        }
        self.take(length)
    }

    /// Bytes that are UTF-8.
    pub fn text(&mut self) -> Result<&'a str, E> {
        self.text_up_to(usize::MAX)
    }

    /// At most `limit` bytes that are UTF-8.
    pub fn text_up_to(&mut self, limit: usize) -> Result<&'a str, E> {
        std::str::from_utf8(self.bytes_up_to(limit)?).map_err(|_| E::malformed("text"))
    }

    /// A byte that is 0 or 1.
    pub fn flag(&mut self) -> Result<bool, E> {
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(E::malformed("flag")),
        }
    }

    /// `u16 count`, at most `limit`, then so many items.
    pub fn list<T>(&mut self, limit: usize, item: impl Fn(&mut Self) -> Result<T, E>) -> Result<Vec<T>, E> {
        let count = usize::from(self.u16()?);
        if count > limit {
            return Err(E::malformed("count"));
        }
        (0..count).map(|_| item(self)).collect()
    }

    /// The end of the body.
    pub fn finish(self) -> Result<(), E> {
        if self.left.is_empty() { Ok(()) } else { Err(E::malformed("bytes left over")) }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Fault, put_bytes, put_list};

    type Reader<'a> = super::Reader<'a, Fault>;

    #[test]
    fn fields_are_read_in_their_order_and_nothing_is_left_over() {
        let mut body = vec![1, 2, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1];
        put_bytes(&mut body, b"ab");
        put_list(&mut body, &[5u8, 6, 7], 2, |out, item| out.push(*item));
        let mut reader = Reader::new(&body);
        assert_eq!((reader.u8(), reader.u16(), reader.u32()), (Ok(1), Ok(2), Ok(3)));
        assert_eq!((reader.u64(), reader.flag(), reader.text()), (Ok(4), Ok(true), Ok("ab")));
        assert_eq!(reader.list(2, |reader| reader.u8()), Ok(vec![5, 6]), "the third was beyond the limit");
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn limits_are_the_last_that_is_taken() {
        let mut body = Vec::new();
        put_bytes(&mut body, b"abc");
        assert_eq!(Reader::new(&body).bytes_up_to(3), Ok(&b"abc"[..]));
        assert_eq!(Reader::new(&body).bytes_up_to(2), Err(Fault("length")));
        assert_eq!(Reader::new(&body).text_up_to(3), Ok("abc"));
        assert_eq!(Reader::new(&body).text_up_to(2), Err(Fault("length")));
        assert_eq!(Reader::new(&[2, 0, 8, 9]).list(1, |reader| reader.u8()), Err(Fault("count")));
    }

    #[test]
    fn what_is_no_field_is_refused() {
        assert_eq!(Reader::new(&[1]).u16(), Err(Fault("cut short")));
        assert_eq!(Reader::new(&[255, 255, 255, 255, 1]).bytes(), Err(Fault("cut short")));
        assert_eq!(Reader::new(&[1, 0, 0, 0, 255]).text(), Err(Fault("text")));
        assert_eq!(Reader::new(&[2]).flag(), Err(Fault("flag")));
        assert_eq!(Reader::new(&[2, 0, 8]).list(2, |reader| reader.u8()), Err(Fault("cut short")));
        assert_eq!(Reader::new(&[0]).finish(), Err(Fault("bytes left over")));
    }
}
