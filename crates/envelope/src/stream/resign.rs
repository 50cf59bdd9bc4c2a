//! A signed message anew, under another data key and another signature: what `rewrap --resign` does. The private half of
//! the old signing key was never stored, so whoever rewraps signs, and readers trust them from then on.
//!
//! A signature covers the message in order, so it is opened into a pipe and sealed out of it; so is a message without
//! frames, which only opens as a whole. The pipe's end counts only
//! when the old signature was good: until then the new message has no last frame, no signature and no name.

use super::open::{OpenOptions, in_order, open_body, read_start};
use super::reseal::Resealed;
use super::seal::{SealOptions, seal_with};
use crate::error::{Doing as _, EnvelopeError};
use crate::input::Input;
use crate::materials::{MaterialsManager, RequiredContext};
use crate::message::{FrameLength, Header, Suite};
use crate::output::{Output, WRITING, widen_pipe};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// Seals a signed message in a regular file anew: `old` opens it, `new` gives data key and signing key. Encryption context
/// and frame length stay (a message without frames gets the usual ones); so does the suite where the policy lets it be
/// written, else it becomes the policy's own that signs. The limits hold for both messages. The output appears when all of the
/// old message was verified, its signature included.
pub fn resign(
    mut input: Input,
    output: Output,
    old: &dyn MaterialsManager,
    new: &dyn MaterialsManager,
    options: OpenOptions<'_>,
) -> Result<Resealed, EnvelopeError> {
    let (header, behind) = read_start(&mut input, options.limits)?;
    if matches!(input, Input::Stream(_)) {
        return Err(EnvelopeError::NeedsFile("rewrapping"));
    }
    let stays = header.suite().signs() && options.policy.check_writing(header.suite()).is_ok();
    let suite = if stays { header.suite() } else { options.policy.suite(true) };
    through_pipe(OldMessage { input, header, behind }, output, old, new, suite, options)
}

/// A message whose header was read and not verified yet.
pub(super) struct OldMessage {
    /// Where it comes from.
    pub(super) input: Input,
    /// Its header.
    pub(super) header: Header,
    /// What was read along behind the header.
    pub(super) behind: Vec<u8>,
}

/// Opens a message into a pipe and seals it out of it, in that suite. What is opened has to be whole and authentic.
pub(super) fn through_pipe(
    message: OldMessage,
    output: Output,
    old: &dyn MaterialsManager,
    new: &dyn MaterialsManager,
    suite: Suite,
    options: OpenOptions<'_>,
) -> Result<Resealed, EnvelopeError> {
    let OldMessage { input, header, behind } = message;
    let materials = options.materials(old, &header)?;
    let cipher = options.verified(&materials, &header)?;
    let required = materials.required.pairs().keys().cloned().collect();
    let context = header.context().union(&materials.required).without_public_key();
    drop(materials);
    let frame_length = header.frame_length().unwrap_or(FrameLength::DEFAULT);
    let (policy, threads) = (options.policy, options.threads);
    let encrypted_data_keys_max = options.limits.encrypted_data_keys_max;
    let seal = SealOptions {
        frame_length,
        suite,
        policy,
        encrypted_data_keys_max,
        threads,
        ..SealOptions::new(&context)
    };
    let new = RequiredContext::new(new, required);

    let body = in_order(input, behind, header.header_bytes() as u64)?;
    let (plaintext, written) = io::pipe().doing("make a pipe")?;
    let (verdict, awaited) = channel();
    let pipe = File::from(OwnedFd::from(plaintext));
    widen_pipe(&pipe);
    let plaintext = Verified { pipe, awaited, ended: false };
    let written = Output::Stream(File::from(OwnedFd::from(written)));
    let (opened, sealed) = thread::scope(|scope| {
        let (cipher, header) = (&cipher, &header);
        let opening = scope.spawn(move || {
            let opened = open_body(cipher, body, &written, header, options);
            // Before the pipe ends, so that its end finds the verdict.
            let _ = verdict.send(opened.is_ok());
            opened
        });
        let sealed = seal_with(Input::Stream(Box::new(plaintext)), output, &new, seal);
        (opening.join().unwrap_or(Err(EnvelopeError::WorkerLost)), sealed)
    });
    let sealed = match (opened, sealed) {
        (Ok(_), sealed) => sealed?,
        // The pipe broke because the other end had given up, and that end knows why.
        (Err(EnvelopeError::Io { action: WRITING, .. }), Err(why)) => return Err(why),
        (Err(why), _) => return Err(why),
    };
    Ok(Resealed { plaintext_bytes: sealed.plaintext_bytes, old: header, message_id: sealed.message_id })
}

/// The pipe's end that is read. Its end is one only if all was verified.
struct Verified {
    pipe: File,
    awaited: Receiver<bool>,
    ended: bool,
}

impl Read for Verified {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let read = self.pipe.read(room)?;
        if read > 0 || room.is_empty() || self.ended {
            return Ok(read);
        }
        self.ended = self.awaited.recv().unwrap_or(false);
        if self.ended { Ok(0) } else { Err(io::Error::other("the old message is not whole and authentic")) }
    }
}
