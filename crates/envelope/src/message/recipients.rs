//! A header with other recipients before the same body.
//!
//! A frame is bound to the message id, its number and its length, and so is the block of a message without frames; never
//! to the list of encrypted data keys. So the list may be replaced if the header's tag is made anew (envelope-formats.md
//! section 8). In version 1 the tag has an IV that is stored: a fresh random one is as good as the first. In version 2 it
//! is always zero: whoever holds the old and the new header can compute the key that authenticates this message, without
//! any other key. The caller has to know that.

use super::cursor::Cursor;
use super::encrypted_data_key::EncryptedDataKey;
use super::error::MessageError;
use super::frame::{TAG_BYTES, header_tag};
use super::keys::BodyCipher;

const VERSION_1: u8 = 1;
const IV_BYTES: usize = 12;

/// The header `body` with `recipients` in the place of its own, and its tag. `body` is a header body that was
/// verified, as received, and `cipher` that of its message; `required` is the block of the pairs that are
/// authenticated but not stored, mostly empty.
pub(crate) fn with_recipients(
    body: &[u8],
    cipher: &BodyCipher,
    recipients: &[EncryptedDataKey],
    required: &[u8],
) -> Result<Vec<u8>, MessageError> {
    let (front, behind) = around_recipients(body)?;
    let mut out = front.to_vec();
    if recipients.is_empty() {
        return Err(MessageError::NoEncryptedDataKeys);
    }
    let count = u16::try_from(recipients.len())
        .map_err(|_| MessageError::FieldTooLong("the list of encrypted data keys"))?;
    out.extend_from_slice(&count.to_be_bytes());
    for key in recipients {
        key.write(&mut out)?;
    }
    out.extend_from_slice(behind);
    let stored_iv = body.first() == Some(&VERSION_1);
    let iv = if stored_iv { fresh_iv()? } else { [0; IV_BYTES] };
    let tag: [u8; TAG_BYTES] = header_tag(cipher.key(), iv, &[&out[..], required].concat())?;
    if stored_iv {
        out.extend_from_slice(&iv);
    }
    out.extend_from_slice(&tag);
    Ok(out)
}

/// What stands before the list of encrypted data keys, and what behind it.
fn around_recipients(body: &[u8]) -> Result<(&[u8], &[u8]), MessageError> {
    let mut cursor = Cursor::new(body);
    // Version, in version 1 the type, suite, message id.
    let before_context = if cursor.u8()? == VERSION_1 { 1 + 2 + 16 } else { 2 + 32 };
    cursor.take(before_context)?;
    cursor.field()?;
    let front = body.get(..cursor.position()).unwrap_or_default();
    for index in 0..usize::from(cursor.u16()?) {
        EncryptedDataKey::parse(&mut cursor, index)?;
    }
    Ok((front, cursor.rest()))
}

/// Random, and not zero, which is the IV of headers that were never rewrapped.
fn fresh_iv() -> Result<[u8; IV_BYTES], MessageError> {
    let mut iv = [0; IV_BYTES];
    while iv == [0; IV_BYTES] {
        aws_lc_rs::rand::fill(&mut iv).map_err(|_| MessageError::Crypto("make a random IV"))?;
    }
    Ok(iv)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(info: &str) -> EncryptedDataKey {
        EncryptedDataKey { provider: "p".into(), info: info.into(), blob: vec![1; 9] }
    }

    #[test]
    fn the_list_is_found_in_both_versions() {
        let mut list = vec![0, 2];
        for info in ["a", "longer"] {
            key(info).write(&mut list).unwrap();
        }
        let context = b"\x00\x09\x00\x01\x00\x01a\x00\x02bc";
        for front in [
            [&[1, 0x80, 1, 0x78][..], &[7; 16], context].concat(),
            [&[2, 4, 0x78][..], &[7; 32], context].concat(),
        ] {
            let body = [&front[..], &list, b"\x02\x00\x00\x10\x00rest"].concat();
            let (found, behind) = around_recipients(&body).unwrap();
            assert_eq!((found, behind), (&front[..], &b"\x02\x00\x00\x10\x00rest"[..]));
        }
    }
}
