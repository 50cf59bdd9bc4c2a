//! What commands are about: labels of keys, the rungs of the ladder, what enrolment found, and secrets that come out.

use crate::MalformedFrame;
use crate::cursor::{Reader, cut, put_bytes, read_text};
use std::fmt;
use zeroize::Zeroizing;

/// Bytes of the two blocks that one derivation gives.
pub const BLOCKS_BYTES: usize = 64;

/// Bytes of a token's label, and of the texts beside it.
pub(crate) const NAME_BYTES_MAX: usize = 64;

/// The version of an enrolment's bytes.
const ENROLMENT_VERSION: u8 = 1;

/// Names a key of ours in the token. No other object can be named, so the worker touches no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyLabel {
    /// A root key, by the root's id: `strongroom-root-<32 hex digits>`.
    Root([u8; 16]),
    /// A KMS key that was born in the token, by the KMS key's id: `strongroom-key-<32 hex digits>`.
    Key([u8; 16]),
}

impl fmt::Display for KeyLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, id) = match self {
            Self::Root(id) => ("root", id),
            Self::Key(id) => ("key", id),
        };
        write!(f, "strongroom-{name}-")?;
        id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl KeyLabel {
    pub(crate) fn put(self, out: &mut Vec<u8>) {
        let (kind, id) = match self {
            Self::Root(id) => (1, id),
            Self::Key(id) => (2, id),
        };
        out.push(kind);
        out.extend_from_slice(&id);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        match reader.u8()? {
            1 => Ok(Self::Root(reader.array()?)),
            2 => Ok(Self::Key(reader.array()?)),
            _ => Err(MalformedFrame("kind of label")),
        }
    }
}

/// How the token serves a root: the rung of the ladder, and who chooses the IV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Variant {
    /// HMAC-SHA256 as a key derivation inside the token.
    Derive = 1,
    /// AES-GCM, with the caller's IV.
    Gcm = 2,
    /// AES-GCM; the token writes its own IV into the caller's buffer.
    GcmTokenIv = 3,
    /// AES-GCM; the token appends its own IV of 16 bytes to the output.
    GcmAppendedIv = 4,
}

impl Variant {
    const ALL: [Self; 4] = [Self::Derive, Self::Gcm, Self::GcmTokenIv, Self::GcmAppendedIv];

    fn from_byte(byte: u8) -> Result<Self, MalformedFrame> {
        Self::ALL.into_iter().find(|v| *v as u8 == byte).ok_or(MalformedFrame("variant"))
    }

    /// The kind of root in a root's record: 2 for derivation, 3 for AES-GCM.
    pub const fn root_kind(self) -> u8 {
        match self {
            Self::Derive => 2,
            Self::Gcm | Self::GcmTokenIv | Self::GcmAppendedIv => 3,
        }
    }
}

/// What the ladder found: everything that a root's record keeps of its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolment {
    /// The rung that holds.
    pub variant: Variant,
    /// The key that was made.
    pub key: KeyLabel,
    /// SHA-256 of the module's file.
    pub module_sha256: [u8; 32],
    /// The token's label.
    pub token_label: String,
    /// The token's serial number.
    pub token_serial: String,
}

impl Enrolment {
    /// The record's bytes: `u8 version 1 · u8 variant · key 17 · SHA-256 32 · label · serial`, texts as `u32 length · bytes`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = vec![ENROLMENT_VERSION, self.variant as u8];
        self.key.put(&mut out);
        out.extend_from_slice(&self.module_sha256);
        put_bytes(&mut out, cut(&self.token_label, NAME_BYTES_MAX).as_bytes());
        put_bytes(&mut out, cut(&self.token_serial, NAME_BYTES_MAX).as_bytes());
        out
    }

    /// Reads the bytes of a record; none may be left over.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedFrame> {
        let mut reader = Reader::new(bytes);
        if reader.u8()? != ENROLMENT_VERSION {
            return Err(MalformedFrame("version of an enrolment"));
        }
        let enrolment = Self {
            variant: Variant::from_byte(reader.u8()?)?,
            key: KeyLabel::read(&mut reader)?,
            module_sha256: reader.array()?,
            token_label: read_text(&mut reader, NAME_BYTES_MAX)?,
            token_serial: read_text(&mut reader, NAME_BYTES_MAX)?,
        };
        reader.finish()?;
        Ok(enrolment)
    }
}

/// What a key in the token is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum KeyKind {
    /// A generic secret for HMAC.
    Secret = 1,
    /// An AES key.
    Aes = 2,
}

/// A key that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// What it is made for.
    pub kind: KeyKind,
    /// Whether the token says that it was made inside, has always been sensitive and never extractable.
    pub guarded: bool,
}

impl KeyFacts {
    pub(crate) fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.kind as u8, u8::from(self.guarded)]);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let kind = match reader.u8()? {
            1 => KeyKind::Secret,
            2 => KeyKind::Aes,
            _ => return Err(MalformedFrame("kind of key")),
        };
        Ok(Self { kind, guarded: reader.flag()? })
    }
}

/// T(1) and T(2) of one derivation: the key of one message and its commitment. Zeroed on drop, not printable.
#[derive(Clone)]
pub struct Blocks(Zeroizing<[u8; BLOCKS_BYTES]>);

impl Blocks {
    /// Takes the two blocks over.
    pub fn new(blocks: Zeroizing<[u8; BLOCKS_BYTES]>) -> Self {
        Self(blocks)
    }

    /// Both blocks. Every reader is a place to look at in review.
    pub fn expose(&self) -> &[u8; BLOCKS_BYTES] {
        &self.0
    }
}

impl fmt::Debug for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blocks(redacted)")
    }
}

/// A ciphertext that the token made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The IV, whoever chose it; never all zero.
    pub iv: Vec<u8>,
    /// Ciphertext and tag.
    pub ciphertext: Vec<u8>,
}
