//! Why a message is refused: one variant for each check, so that the text names the check that failed.

use super::suite::{CommitmentPolicy, Suite};

/// A message that is malformed, not supported or not authentic. Never holds plaintext or key bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    /// The first two bytes are those of a Base64 text of a message.
    #[error("the input looks like Base64: decode it first, messages are binary")]
    LooksLikeBase64,
    /// The first byte is neither 1 nor 2.
    #[error("version: {0:#04x} is not a message version; the input is not a sealed message")]
    Version(u8),
    /// Version 1 with a type byte other than 0x80.
    #[error("type: {0:#04x} is not a message type")]
    Type(u8),
    /// A suite id that the format does not know.
    #[error("suite: {0:04x} is not a suite of this format")]
    SuiteUnknown(u16),
    /// A suite in the message version it does not belong to.
    #[error("suite: {suite} does not belong to message version {version}")]
    SuiteVersion {
        /// The suite that was named.
        suite: Suite,
        /// The version byte of the message.
        version: u8,
    },
    /// A suite that the commitment policy does not let be read.
    #[error(
        "commitment policy: suite {suite} does not commit to its data key, and {policy} does not read it; \
         require-encrypt-allow-decrypt does"
    )]
    PolicyRead {
        /// The message's suite.
        suite: Suite,
        /// The policy in force.
        policy: CommitmentPolicy,
    },
    /// A suite that the commitment policy does not let be written.
    #[error("commitment policy: {policy} does not write suite {suite}; {} does", writing(.suite))]
    PolicyWrite {
        /// The suite asked for.
        suite: Suite,
        /// The policy in force.
        policy: CommitmentPolicy,
    },
    /// A data key of the wrong length for the suite.
    #[error("data key: {found} bytes, suite {suite} needs {}", .suite.data_key_bytes())]
    DataKeyLength {
        /// The suite.
        suite: Suite,
        /// The length there is, in bytes.
        found: usize,
    },
    /// The encryption context block does not parse.
    #[error("encryption context: {0}")]
    Context(&'static str),
    /// There is no encrypted data key.
    #[error("encrypted data keys: the count is 0, at least one is needed")]
    NoEncryptedDataKeys,
    /// More encrypted data keys than the reader accepts.
    #[error("encrypted data keys: {count} is more than the limit of {max}")]
    TooManyEncryptedDataKeys {
        /// How many the message has.
        count: u16,
        /// How many are accepted.
        max: u16,
    },
    /// A provider id that is not UTF-8.
    #[error("encrypted data keys: provider id of entry {0} is not UTF-8")]
    ProviderId(usize),
    /// A field that is longer than its length field can say (writing).
    #[error("{0} is longer than 65,535 bytes")]
    FieldTooLong(&'static str),
    /// The header is longer than the reader accepts.
    #[error("header: longer than the limit of {0} bytes")]
    HeaderTooLong(usize),
    /// The content type is neither framed nor non-framed.
    #[error("content type: {0:#04x} is not a content type")]
    ContentType(u8),
    /// The message is one block without frames, and frames were asked for.
    #[error("content type: the message has no frames")]
    NonFramed,
    /// A message without frames that is longer than the reader accepts.
    #[error(
        "content length: {length} bytes without frames are more than the limit of {max}; \
         nothing could be released before all of it was read"
    )]
    BlockTooLong {
        /// What the message says, in bytes.
        length: u64,
        /// What is accepted.
        max: u64,
    },
    /// The single block of a message without frames does not verify.
    #[error("content: not authentic")]
    BlockTag,
    /// The four reserved bytes of version 1 are not zero.
    #[error("reserved field: {0:08x} instead of zero")]
    Reserved(u32),
    /// An IV length other than twelve.
    #[error("IV length: {0} instead of 12")]
    IvLength(u8),
    /// A frame length of zero, or a non-framed message with one.
    #[error("frame length: {0} does not fit the content type")]
    FrameLength(u32),
    /// A frame length beyond what the reader accepts.
    #[error("frame length: {length} bytes is more than the limit of {max} bytes")]
    FrameLengthTooLarge {
        /// What the message says.
        length: u32,
        /// What is accepted.
        max: u32,
    },
    /// The stored commitment is not that of the data key.
    #[error("commitment: the message does not commit to this data key")]
    Commitment,
    /// The header's tag does not verify.
    #[error("header tag: the header is not authentic")]
    HeaderTag,
    /// A frame has another number than its place.
    #[error("frame {expected}: the sequence number there is {found}")]
    FrameSequence {
        /// The number the place asks for.
        expected: u64,
        /// The number that stands there.
        found: u32,
    },
    /// The final frame says that it is longer than a frame.
    #[error(
        "frame {number}: length {length} of the final frame is more than the frame length {frame_length}"
    )]
    FinalFrameTooLong {
        /// The frame's number.
        number: u64,
        /// The length that stands there.
        length: u32,
        /// The frame length of the header.
        frame_length: u32,
    },
    /// A frame's tag does not verify.
    #[error("frame {0}: not authentic")]
    FrameTag(u64),
    /// More frames than sequence numbers.
    #[error("frame {0}: a message has at most 4,294,967,295 frames")]
    TooManyFrames(u64),
    /// The input ends inside the header.
    #[error("truncated: the input ends inside the header")]
    TruncatedHeader,
    /// The input ends before or inside a frame.
    #[error("truncated: the input ends in frame {0}")]
    TruncatedFrame(u64),
    /// The input ends inside the single block of a message without frames.
    #[error("truncated: the input ends in the content")]
    TruncatedBlock,
    /// The input ends where the signature should be.
    #[error("truncated: the input ends in the signature")]
    TruncatedSignature,
    /// The signature does not verify.
    #[error("signature: the message is not the one that was signed")]
    Signature,
    /// There are bytes after the end of the message.
    #[error("trailing bytes: the input goes on after the end of the message")]
    TrailingBytes,
    /// The cryptographic library refused (lengths, never authenticity).
    #[error("the cryptographic library refused to {0}")]
    Crypto(&'static str),
}

/// The name of the policy that writes a suite.
fn writing(suite: &Suite) -> CommitmentPolicy {
    if suite.commits() {
        CommitmentPolicy::RequireEncryptRequireDecrypt
    } else {
        CommitmentPolicy::ForbidEncryptAllowDecrypt
    }
}
