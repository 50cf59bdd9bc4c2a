//! One frame: its bytes, its additional authenticated data, sealing and opening it out of place.

use super::error::MessageError;
use super::geometry::FrameLength;
use super::message_id::MessageId;
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};

/// Length of an AES-GCM tag, in bytes.
pub(crate) const TAG_BYTES: usize = 16;
/// Bytes that a regular frame has besides its plaintext: number, IV, tag.
pub(crate) const FRAME_OVERHEAD: usize = 4 + 12 + TAG_BYTES;
/// Bytes that the final frame has besides its plaintext: marker, number, IV, length, tag.
pub(crate) const FINAL_OVERHEAD: usize = FRAME_OVERHEAD + 8;
/// What stands in the place of the number at the start of the final frame.
pub(crate) const FINAL_MARKER: [u8; 4] = [0xff; 4];

const REGULAR_TEXT: &[u8] = b"AWSKMSEncryptionClient Frame";
const FINAL_TEXT: &[u8] = b"AWSKMSEncryptionClient Final Frame";
const AAD_BYTES_MAX: usize = MessageId::BYTES_MAX + FINAL_TEXT.len() + 4 + 8;

/// Seals and opens the frames of one message. Shared by threads; holds the derived key, which the
/// cryptographic library wipes when it frees it.
pub struct FrameCipher {
    key: LessSafeKey,
    message_id: MessageId,
    frame_length: FrameLength,
    /// The first eight bytes of the IVs that are written.
    iv_prefix: IvPrefix,
}

/// The first eight bytes of the IVs that are written; the frame's number follows. Zero in a message that is written
/// in one go. A run that goes on with a message writes under a random one, so that a frame that was sealed before
/// and is sealed again, maybe with other plaintext, has another IV (envelope-formats.md section 10).
pub(crate) type IvPrefix = [u8; 8];

/// `message id || text || number(4) || plaintext length(8)`, on the stack.
struct FrameAad {
    bytes: [u8; AAD_BYTES_MAX],
    used: usize,
}

impl FrameAad {
    fn new(message_id: &MessageId, last: bool, number: u32, plaintext_bytes: usize) -> Self {
        let mut aad = Self { bytes: [0; AAD_BYTES_MAX], used: 0 };
        aad.put(message_id);
        aad.put(if last { FINAL_TEXT } else { REGULAR_TEXT });
        aad.put(&number.to_be_bytes());
        aad.put(&(plaintext_bytes as u64).to_be_bytes());
        aad
    }

    fn put(&mut self, part: &[u8]) {
        self.bytes[self.used..][..part.len()].copy_from_slice(part);
        self.used += part.len();
    }
}

impl AsRef<[u8]> for FrameAad {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.used]
    }
}

/// The IV that is written: the prefix and the frame's number.
fn written_iv(prefix: IvPrefix, number: u32) -> [u8; 12] {
    let mut iv = [0; 12];
    iv[..8].copy_from_slice(&prefix);
    iv[8..].copy_from_slice(&number.to_be_bytes());
    iv
}

/// The tag of a header under its message's key: nothing is encrypted, `aad` is authenticated. Bodies never use the IV
/// zero; another one has to be random.
pub(super) fn header_tag(
    key: &LessSafeKey,
    iv: [u8; 12],
    aad: &[u8],
) -> Result<[u8; TAG_BYTES], MessageError> {
    let tag = key
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(iv), Aad::from(aad), &mut [])
        .map_err(|_| MessageError::Crypto("seal the header"))?;
    Ok(array(tag.as_ref()))
}

impl FrameCipher {
    pub(super) fn new(key: LessSafeKey, message_id: MessageId, frame_length: FrameLength) -> Self {
        Self { key, message_id, frame_length, iv_prefix: [0; 8] }
    }

    /// The same cipher, writing IVs with another prefix.
    pub(crate) fn with_iv_prefix(self, iv_prefix: IvPrefix) -> Self {
        Self { iv_prefix, ..self }
    }

    /// The frame length of the message.
    pub fn frame_length(&self) -> FrameLength {
        self.frame_length
    }

    pub(super) fn key(&self) -> &LessSafeKey {
        &self.key
    }

    /// How many bytes `plaintext_bytes` become in frames, the final one included if `last`.
    pub fn sealed_bytes(&self, plaintext_bytes: usize, last: bool) -> usize {
        self.frame_length.sealed_bytes(plaintext_bytes, last)
    }

    /// Seals whole frames beginning with number `first` into `out`; `last` says that the plaintext ends
    /// here. `out` is exactly [`Self::sealed_bytes`] long.
    pub fn seal(&self, first: u64, plaintext: &[u8], last: bool, out: &mut [u8]) -> Result<(), MessageError> {
        let mut rest = out;
        let mut number = first;
        let mut left = plaintext;
        loop {
            let (frame, after) = left.split_at(left.len().min(self.frame_length.bytes()));
            let is_final = last && after.is_empty();
            if frame.is_empty() && !is_final {
                return Ok(());
            }
            let used = frame.len() + if is_final { FINAL_OVERHEAD } else { FRAME_OVERHEAD };
            let short = MessageError::Crypto("seal into a buffer of the wrong size");
            let (slot, behind) = rest.split_at_mut_checked(used).ok_or(short)?;
            let sequence = u32::try_from(number).map_err(|_| MessageError::TooManyFrames(number))?;
            self.seal_frame(sequence, frame, is_final, slot)?;
            if is_final {
                return Ok(());
            }
            (rest, left, number) = (behind, after, number + 1);
        }
    }

    fn seal_frame(
        &self,
        number: u32,
        plaintext: &[u8],
        last: bool,
        slot: &mut [u8],
    ) -> Result<(), MessageError> {
        let head = if last { 24 } else { 16 };
        let iv = written_iv(self.iv_prefix, number);
        let (front, sealed) = slot.split_at_mut(head);
        let number_and_iv = if last {
            front[..4].copy_from_slice(&FINAL_MARKER);
            front[20..].copy_from_slice(&(plaintext.len() as u32).to_be_bytes());
            &mut front[4..20]
        } else {
            front
        };
        number_and_iv[..4].copy_from_slice(&number.to_be_bytes());
        number_and_iv[4..].copy_from_slice(&iv);
        let (ciphertext, tag) = sealed.split_at_mut(plaintext.len());
        let aad = FrameAad::new(&self.message_id, last, number, plaintext.len());
        let nonce = Nonce::assume_unique_for_key(iv);
        self.key
            .seal_out_of_place_scatter(nonce, Aad::from(aad), plaintext, ciphertext, &[], tag)
            .map_err(|_| MessageError::Crypto("seal a frame"))
    }

    /// How many bytes of plaintext whole frames of `sealed_bytes` hold.
    pub fn plaintext_bytes(&self, sealed_bytes: usize, last: bool) -> usize {
        let sealed = sealed_bytes.saturating_sub(if last { FINAL_OVERHEAD } else { 0 });
        let slot = self.frame_length.bytes() + FRAME_OVERHEAD;
        sealed / slot * self.frame_length.bytes() + if last { sealed % slot } else { 0 }
    }

    /// Opens whole frames beginning with number `first` into `out`; if `last`, the final frame ends `sealed`.
    /// `out` is exactly [`Self::plaintext_bytes`] long, and holds nothing to be used after an error.
    pub fn open(&self, first: u64, sealed: &[u8], last: bool, out: &mut [u8]) -> Result<(), MessageError> {
        let slot = self.frame_length.bytes() + FRAME_OVERHEAD;
        let regular = sealed.len().saturating_sub(if last { FINAL_OVERHEAD } else { 0 }) / slot;
        let (mut rest, mut out, mut number) = (sealed, out, first);
        for _ in 0..regular {
            let (frame, after) = rest.split_at_checked(slot).ok_or(MessageError::TruncatedFrame(number))?;
            let (plaintext, behind) = split_out(out, self.frame_length.bytes())?;
            self.open_frame(number, frame, false, plaintext)?;
            (rest, out, number) = (after, behind, number + 1);
        }
        if !last {
            return if rest.is_empty() { Ok(()) } else { Err(MessageError::TruncatedFrame(number)) };
        }
        let bytes = rest.len().checked_sub(FINAL_OVERHEAD).ok_or(MessageError::TruncatedFrame(number))?;
        let (plaintext, _) = split_out(out, bytes)?;
        self.open_frame(number, rest, true, plaintext)
    }

    fn open_frame(&self, number: u64, frame: &[u8], last: bool, out: &mut [u8]) -> Result<(), MessageError> {
        let truncated = MessageError::TruncatedFrame(number);
        let (front, sealed) = frame.split_at_checked(if last { 24 } else { 16 }).ok_or(truncated)?;
        if last && !front.starts_with(&FINAL_MARKER) {
            return Err(MessageError::FrameSequence {
                expected: number,
                found: u32::from_be_bytes(array(&front[..4])),
            });
        }
        let number_and_iv = if last { &front[4..20] } else { front };
        let (stored, iv) = number_and_iv.split_at(4);
        let stored = u32::from_be_bytes(array(stored));
        if u64::from(stored) != number || (!last && stored == u32::MAX) {
            return Err(MessageError::FrameSequence { expected: number, found: stored });
        }
        if last && u32::from_be_bytes(array(&front[20..])) as usize != out.len() {
            return Err(MessageError::TruncatedFrame(number));
        }
        let (ciphertext, tag) = sealed.split_at(out.len());
        let aad = FrameAad::new(&self.message_id, last, stored, out.len());
        let nonce = Nonce::assume_unique_for_key(array(iv));
        self.key
            .open_separate_gather(nonce, Aad::from(aad), ciphertext, tag, out)
            .map_err(|_| MessageError::FrameTag(number))
    }
}

/// Cuts the room for one frame's plaintext off the output.
fn split_out(out: &mut [u8], bytes: usize) -> Result<(&mut [u8], &mut [u8]), MessageError> {
    out.split_at_mut_checked(bytes).ok_or(MessageError::Crypto("open into a buffer of the wrong size"))
}

/// Copies a slice whose length was fixed by the split that made it.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(bytes);
    out
}
