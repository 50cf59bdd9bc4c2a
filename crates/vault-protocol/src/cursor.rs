//! What the bodies of frames, and the records made like them, are read and written with.

use crate::MalformedFrame;
pub(crate) use strongroom_frames::put_bytes;

/// Reads fields off the front of a body; nothing may be left over at the end.
pub(crate) type Reader<'a> = strongroom_frames::Reader<'a, MalformedFrame>;
