//! What the bodies of frames, and the records made like them, are read and written with.

use crate::MalformedFrame;
pub(crate) use strongroom_frames::{put_bytes, put_list};

/// Reads fields off the front of a body; nothing may be left over at the end.
pub(crate) type Reader<'a> = strongroom_frames::Reader<'a, MalformedFrame>;

/// At most `limit` bytes of text.
pub(crate) fn read_text(reader: &mut Reader<'_>, limit: usize) -> Result<String, MalformedFrame> {
    reader.text_up_to(limit).map(str::to_owned)
}

/// The longest start of `text` that has at most `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    let mut end = limit.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
