//! Cutting frames out of a stream of bytes, and writing them; the length is looked at before anything is kept.

use crate::{Malformed, Reader};

/// Bytes of the length field.
pub const LENGTH_BYTES: usize = 4;

/// Bytes of version, command, flags and request id.
pub const HEADER_BYTES: usize = 12;

/// The most bytes that may follow the length field.
pub const FRAME_BYTES_MAX: usize = 65_536;

const VERSION: u8 = 1;

/// What stands between length and body, but for the version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The number of the command.
    pub command: u8,
    /// 0 in a request; in a reply the outcome.
    pub flags: u16,
    /// Pairs the reply with the request.
    pub id: u64,
}

/// What follows a frame's length field, and what comes after the frame.
pub type SplitFrame<'a> = (&'a [u8], &'a [u8]);

/// Cuts the first whole frame off `bytes`; `None` while the frame is not whole yet.
pub fn split_frame<E: Malformed>(bytes: &[u8]) -> Result<Option<SplitFrame<'_>>, E> {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
    let length = u32::from_le_bytes(*length) as usize;
    if !(HEADER_BYTES..=FRAME_BYTES_MAX).contains(&length) {
        return Err(E::malformed("length"));
    }
    Ok(rest.split_at_checked(length))
}

/// The content of the first frame, of bytes that ought to hold a whole one.
pub fn first_frame<E: Malformed>(bytes: &[u8]) -> Result<&[u8], E> {
    match split_frame::<E>(bytes)? {
        Some((content, _)) => Ok(content),
        None => Err(E::malformed("cut short")),
    }
}

/// Reads the header of what [`split_frame`] cut off; the rest is the body.
pub fn split_header<E: Malformed>(content: &[u8]) -> Result<(Header, &[u8]), E> {
    let (head, body) =
        content.split_at_checked(HEADER_BYTES).ok_or_else(|| E::malformed("header cut short"))?;
    let mut reader = Reader::<E>::new(head);
    if reader.u8()? != VERSION {
        return Err(E::malformed("version"));
    }
    Ok((Header { command: reader.u8()?, flags: reader.u16()?, id: reader.u64()? }, body))
}

/// Appends a frame. Fails, leaving `out` as it was, when the frame would be too long.
pub fn encode_frame<E: Malformed>(
    out: &mut Vec<u8>,
    header: Header,
    body: impl FnOnce(&mut Vec<u8>),
) -> Result<(), E> {
    let start = out.len();
    out.extend_from_slice(&[0; LENGTH_BYTES]);
    out.extend_from_slice(&[VERSION, header.command]);
    out.extend_from_slice(&header.flags.to_le_bytes());
    out.extend_from_slice(&header.id.to_le_bytes());
    body(out);
    let length = out.len() - start - LENGTH_BYTES;
    if length > FRAME_BYTES_MAX {
        out.truncate(start);
        return Err(E::malformed("too long"));
    }
    let field = &mut out[start..start + LENGTH_BYTES];
    field.copy_from_slice(&(length as u32).to_le_bytes());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fault;

    const HEADER: Header = Header { command: 4, flags: 5, id: 0x0102_0304_0506_0708 };

    fn frame(body: &[u8]) -> Result<Vec<u8>, Fault> {
        let mut out = Vec::new();
        encode_frame::<Fault>(&mut out, HEADER, |out| out.extend_from_slice(body))?;
        Ok(out)
    }

    #[test]
    fn layout_is_fixed_and_read_again() {
        let bytes = frame(b"ab").unwrap();
        assert_eq!(bytes, [14, 0, 0, 0, 1, 4, 5, 0, 8, 7, 6, 5, 4, 3, 2, 1, b'a', b'b']);
        let content = first_frame::<Fault>(&bytes).unwrap();
        assert_eq!(split_header::<Fault>(content), Ok((HEADER, &b"ab"[..])));
        let two = [&bytes[..], &[9]].concat();
        assert_eq!(split_frame::<Fault>(&two), Ok(Some((&bytes[LENGTH_BYTES..], &[9][..]))));
    }

    #[test]
    fn frame_that_is_not_whole_yet_is_waited_for() {
        let bytes = frame(b"ab").unwrap();
        for cut in 0..bytes.len() {
            assert_eq!(split_frame::<Fault>(&bytes[..cut]), Ok(None), "cut to {cut}");
            assert_eq!(first_frame::<Fault>(&bytes[..cut]), Err(Fault("cut short")), "cut to {cut}");
        }
    }

    #[test]
    fn length_out_of_bounds_and_another_version_are_refused() {
        for (length, taken) in [(11, false), (12, true), (65_536, true), (65_537, false), (u32::MAX, false)] {
            assert_eq!(split_frame::<Fault>(&length.to_le_bytes()).is_ok(), taken, "{length}");
        }
        let mut content = frame(b"").unwrap().split_off(LENGTH_BYTES);
        content[0] = 2;
        assert_eq!(split_header::<Fault>(&content), Err(Fault("version")));
        assert_eq!(split_header::<Fault>(&content[..HEADER_BYTES - 1]), Err(Fault("header cut short")));
    }

    #[test]
    fn frame_that_would_be_too_long_leaves_nothing_behind() {
        let body_max = FRAME_BYTES_MAX - HEADER_BYTES;
        assert!(frame(&vec![0; body_max]).is_ok());
        let mut out = vec![7];
        let long = vec![0; body_max + 1];
        let refused = encode_frame::<Fault>(&mut out, HEADER, |out| out.extend_from_slice(&long));
        assert_eq!(refused, Err(Fault("too long")));
        assert_eq!(out, [7]);
    }
}
