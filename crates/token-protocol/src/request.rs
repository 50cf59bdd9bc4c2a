//! The commands that the vault sends.

use crate::cursor::{Reader, put_bytes};
use crate::{KeyLabel, MalformedFrame};
use std::fmt;

/// The longest byte string in a command.
pub const DATA_BYTES_MAX: usize = 4_096;

/// The longest IV: some tokens take 16 bytes.
const IV_BYTES_MAX: usize = 16;

/// The longest word that is compared with the PIN.
const WORD_BYTES_MAX: usize = 256;

/// Bytes of a frame beside its byte strings, at most.
const FIXED_BYTES: usize = 64;

/// The command byte of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Command {
    /// Compute the known answer in the token.
    Health = 1,
    /// Climb the ladder of mechanisms and leave a root key on the rung that holds.
    Probe = 2,
    /// Make a generic secret in the token.
    GenerateKey = 3,
    /// Look for a key.
    FindKey = 4,
    /// Derive two blocks.
    Hmac = 5,
    /// Encrypt by AES-GCM.
    Encrypt = 6,
    /// Decrypt by AES-GCM.
    Decrypt = 7,
    /// Destroy a key.
    DestroyKey = 8,
    /// How the token is.
    Status = 9,
    /// Compare a word with the PIN that the worker logged in with.
    CheckPin = 10,
    /// Random bytes.
    Random = 11,
}

impl Command {
    /// All commands, in the order of their bytes.
    pub const ALL: [Self; 11] = [
        Self::Health,
        Self::Probe,
        Self::GenerateKey,
        Self::FindKey,
        Self::Hmac,
        Self::Encrypt,
        Self::Decrypt,
        Self::DestroyKey,
        Self::Status,
        Self::CheckPin,
        Self::Random,
    ];

    pub(crate) fn from_byte(byte: u8) -> Result<Self, MalformedFrame> {
        Self::ALL.into_iter().find(|c| *c as u8 == byte).ok_or(MalformedFrame("unknown command"))
    }
}

/// One command with its arguments. Prints as its command only.
#[derive(Clone, Copy)]
pub enum Request<'a> {
    /// Compute the known answer in the token and compare it.
    Health,
    /// Make a key of this label on the first rung of the ladder that holds.
    Probe(KeyLabel),
    /// Make a generic secret of 32 bytes in the token; it never leaves it.
    GenerateKey(KeyLabel),
    /// Say what the key is.
    FindKey(KeyLabel),
    /// `T(i) = HMAC-SHA256(key, u32 i · info)`, i = 1, 2, big-endian.
    Hmac {
        /// A generic secret.
        key: KeyLabel,
        /// `label · 00 · context · u32 512`, 1 to 4,096 bytes.
        info: &'a [u8],
    },
    /// Encrypt `plaintext` with a tag of 16 bytes.
    Encrypt {
        /// An AES key.
        key: KeyLabel,
        /// Authenticated, not encrypted; at most 4,096 bytes.
        aad: &'a [u8],
        /// 1 to 4,096 bytes.
        plaintext: &'a [u8],
    },
    /// Decrypt what [`Request::Encrypt`] gave.
    Decrypt {
        /// The AES key.
        key: KeyLabel,
        /// 12 or 16 bytes.
        iv: &'a [u8],
        /// As it was encrypted with.
        aad: &'a [u8],
        /// Ciphertext and tag.
        ciphertext: &'a [u8],
    },
    /// Destroy the key; `KeyNotFound` when it is not there.
    DestroyKey(KeyLabel),
    /// How the token is.
    Status,
    /// Compare this word with the PIN: `PinIncorrect` when it is another, `PinLocked` after too many wrong ones. The token
    /// is not asked, so its own counter does not move.
    CheckPin(&'a [u8]),
    /// So many bytes of the token's random source, 1 to 4,096.
    Random(u16),
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({:?})", self.command())
    }
}

impl<'a> Request<'a> {
    /// The command byte.
    pub const fn command(&self) -> Command {
        match self {
            Self::Health => Command::Health,
            Self::Probe(_) => Command::Probe,
            Self::GenerateKey(_) => Command::GenerateKey,
            Self::FindKey(_) => Command::FindKey,
            Self::Hmac { .. } => Command::Hmac,
            Self::Encrypt { .. } => Command::Encrypt,
            Self::Decrypt { .. } => Command::Decrypt,
            Self::DestroyKey(_) => Command::DestroyKey,
            Self::Status => Command::Status,
            Self::CheckPin(_) => Command::CheckPin,
            Self::Random(_) => Command::Random,
        }
    }

    /// Bytes that its frame has at most, so that a buffer never grows while it holds a secret.
    pub(crate) const fn frame_bytes_max(&self) -> usize {
        FIXED_BYTES
            + match self {
                Self::Hmac { info: bytes, .. } | Self::CheckPin(bytes) => bytes.len(),
                Self::Encrypt { aad, plaintext, .. } => aad.len() + plaintext.len(),
                Self::Decrypt { iv, aad, ciphertext, .. } => iv.len() + aad.len() + ciphertext.len(),
                _ => 0,
            }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Health | Self::Status => {}
            Self::Probe(key) | Self::GenerateKey(key) | Self::FindKey(key) | Self::DestroyKey(key) => {
                key.put(out);
            }
            Self::CheckPin(word) => put_bytes(out, word),
            Self::Random(bytes) => out.extend_from_slice(&bytes.to_le_bytes()),
            Self::Hmac { key, info } => {
                key.put(out);
                put_bytes(out, info);
            }
            Self::Encrypt { key, aad, plaintext } => {
                key.put(out);
                put_bytes(out, aad);
                put_bytes(out, plaintext);
            }
            Self::Decrypt { key, iv, aad, ciphertext } => {
                key.put(out);
                for bytes in [iv, aad, ciphertext] {
                    put_bytes(out, bytes);
                }
            }
        }
    }

    pub(crate) fn decode(command: Command, body: &'a [u8]) -> Result<Self, MalformedFrame> {
        let mut reader = Reader::new(body);
        let request = match command {
            Command::Health => Self::Health,
            Command::Status => Self::Status,
            Command::CheckPin => Self::CheckPin(reader.bytes_up_to(WORD_BYTES_MAX)?),
            Command::Random => Self::Random(reader.u16()?),
            Command::Probe => Self::Probe(KeyLabel::read(&mut reader)?),
            Command::GenerateKey => Self::GenerateKey(KeyLabel::read(&mut reader)?),
            Command::FindKey => Self::FindKey(KeyLabel::read(&mut reader)?),
            Command::DestroyKey => Self::DestroyKey(KeyLabel::read(&mut reader)?),
            Command::Hmac => {
                Self::Hmac { key: KeyLabel::read(&mut reader)?, info: reader.bytes_up_to(DATA_BYTES_MAX)? }
            }
            Command::Encrypt => Self::Encrypt {
                key: KeyLabel::read(&mut reader)?,
                aad: reader.bytes_up_to(DATA_BYTES_MAX)?,
                plaintext: reader.bytes_up_to(DATA_BYTES_MAX)?,
            },
            Command::Decrypt => Self::Decrypt {
                key: KeyLabel::read(&mut reader)?,
                iv: reader.bytes_up_to(IV_BYTES_MAX)?,
                aad: reader.bytes_up_to(DATA_BYTES_MAX)?,
                ciphertext: reader.bytes_up_to(DATA_BYTES_MAX)?,
            },
        };
        reader.finish()?;
        Ok(request)
    }
}
