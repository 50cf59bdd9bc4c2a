//! A message anew, under another data key: opened and sealed in one pass, a frame's plaintext never leaves the
//! buffer of the thread that has it. What `rewrap` does by default (envelope-formats.md section 8), and the only
//! thing that helps when a data key is no longer secret.

use super::new_message::new_message;
use super::open::{locate, read_start};
use super::range::what_is_wrong;
use super::resign::{OldMessage, through_pipe};
use super::{OpenOptions, SealOptions, bounded_threads, claims, frames_per_claim};
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::materials::{MaterialsManager, RequiredContext};
use crate::message::{FrameCipher, Geometry, Header, MessageId};
use crate::output::Output;
use std::fs::File;
use std::os::unix::fs::FileExt as _;

/// A message that was sealed anew.
#[derive(Clone, Debug)]
pub struct Resealed {
    /// Length of the document, in bytes.
    pub plaintext_bytes: u64,
    /// The old message's header, which was authentic.
    pub old: Header,
    /// The new message's id.
    pub message_id: MessageId,
}

/// Frames of a message and where they lie.
#[derive(Clone, Copy)]
struct Place<'a> {
    frames: &'a FrameCipher,
    geometry: Geometry,
}

/// Seals a message in a regular file anew: `old` opens it, `new` gives the new data key. Encryption context and frame
/// length stay (a message without frames gets the usual ones); so does the suite where the policy lets it be written, else
/// it becomes the policy's own. The limits hold for both messages. The output appears when all of the old message was
/// verified.
pub fn reseal(
    mut input: Input,
    output: Output,
    old: &dyn MaterialsManager,
    new: &dyn MaterialsManager,
    options: OpenOptions<'_>,
) -> Result<Resealed, EnvelopeError> {
    let (header, behind) = read_start(&mut input, options.limits)?;
    let Input::File { file, bytes } = input else { return Err(EnvelopeError::NeedsFile("rewrapping")) };
    if header.suite().signs() {
        return Err(EnvelopeError::RewrapOfSigned);
    }
    let may_stay = options.policy.check_writing(header.suite()).is_ok();
    let suite = if may_stay { header.suite() } else { options.policy.suite(false) };
    if header.frame_length().is_none() {
        let message = OldMessage { input: Input::File { file, bytes }, header, behind };
        return through_pipe(message, output, old, new, suite, options);
    }
    let (old_frames, required) = options.frames(old, &header)?;
    let header_bytes = header.header_bytes() as u64;
    let Some(geometry) = locate(&file, header_bytes, bytes, &old_frames)? else {
        return Err(what_is_wrong(file, &header, &old_frames, options));
    };
    let (plaintext_bytes, frame_length) = (geometry.plaintext_bytes(), old_frames.frame_length());
    let context = header.context().union(&required);
    let (policy, encrypted_data_keys_max) = (options.policy, options.limits.encrypted_data_keys_max);
    let seal =
        SealOptions { frame_length, suite, policy, encrypted_data_keys_max, ..SealOptions::new(&context) };
    let new = RequiredContext::new(new, required.pairs().keys().cloned().collect());
    let (message_id, sealed) = new_message(&new, plaintext_bytes, seal)?;
    let new_geometry = Geometry::for_plaintext(sealed.bytes.len() as u64, frame_length, plaintext_bytes)?;
    output.reserve(new_geometry.message_bytes())?;
    output.write_all(&sealed.bytes)?;
    let old_place = Place { frames: &old_frames, geometry };
    let new_place = Place { frames: &sealed.frames, geometry: new_geometry };
    reseal_frames(&file, &output, old_place, new_place, options)?;
    drop((old_frames, sealed));
    output.commit()?;
    Ok(Resealed { plaintext_bytes, old: header, message_id })
}

/// Claims are runs of the new message's frames. The old message may have one frame more, empty, at its end.
fn reseal_frames(
    input: &File,
    output: &Output,
    old: Place<'_>,
    new: Place<'_>,
    options: OpenOptions<'_>,
) -> Result<(), EnvelopeError> {
    let per_claim = frames_per_claim(new.frames.frame_length()) as u64;
    let threads = bounded_threads(options.threads, new.frames.frame_length(), 2);
    claims::run(threads, new.geometry.frames().div_ceil(per_claim), |claim, buffers| {
        let first = claim * per_claim + 1;
        let last = new.geometry.frames() < first + per_claim;
        let start = old.geometry.frame_offset(first);
        let end =
            if last { old.geometry.message_bytes() } else { old.geometry.frame_offset(first + per_claim) };
        let sealed = buffers.input.room((end - start) as usize);
        input.read_exact_at(sealed, start).doing("read the input")?;
        let plaintext = buffers.output.room(old.frames.plaintext_bytes(sealed.len(), last));
        old.frames.open(first, sealed, last, plaintext)?;
        let anew = buffers.input.room(new.frames.sealed_bytes(plaintext.len(), last));
        new.frames.seal(first, plaintext, last, anew)?;
        output.write_all_at(anew, new.geometry.frame_offset(first))?;
        (options.progress)(plaintext.len() as u64);
        Ok(())
    })
}
