//! Signed notes (C2SP signed-note): a text, and lines that say who signed it.

use aws_lc_rs::digest::{Context, SHA256};
use aws_lc_rs::signature::{ED25519, ML_DSA_65, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use std::str::FromStr;

/// The longest note that is read, in bytes: C2SP's sixteen signatures, were they all of the longest kind.
pub const NOTE_BYTES_MAX: usize = 128 << 10;

/// What begins a signature line.
const DASH: &str = "\u{2014} ";

/// Bytes of a key id.
const ID_BYTES: usize = 4;

/// The type of a signature that C2SP has assigned no byte to: 0xff and a longer identifier, as it recommends.
const ML_DSA_65_TYPE: &[u8] = b"\xffstrongroom/ml-dsa-65";

/// Bytes of an ML-DSA-65 signature (FIPS 204, table 2).
const ML_DSA_65_SIGNATURE_BYTES: usize = 3_309;

/// What is wrong with a note or a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is not a note.
    #[error("not a signed note: {0}")]
    Note(&'static str),
    /// It is not a verifier key.
    #[error("not a public key for notes: {0}")]
    Key(&'static str),
}

/// What a key's signatures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NoteAlgorithm {
    /// Ed25519 over the text: type 0x01.
    Ed25519,
    /// ML-DSA-65 with an empty context over the text: type 0xff and `strongroom/ml-dsa-65`.
    MlDsa65,
    /// A witness's Ed25519 over a time and the text (C2SP tlog-cosignature): type 0x04.
    Cosignature,
}

impl NoteAlgorithm {
    const ALL: [Self; 3] = [Self::Ed25519, Self::MlDsa65, Self::Cosignature];

    const fn type_bytes(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => &[1],
            Self::MlDsa65 => ML_DSA_65_TYPE,
            Self::Cosignature => &[4],
        }
    }

    const fn key_bytes(self) -> usize {
        match self {
            Self::Ed25519 | Self::Cosignature => 32,
            Self::MlDsa65 => 1_952,
        }
    }
}

/// Who may sign: a name and a public key. Its text is `name+id+base64`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    id: [u8; ID_BYTES],
    algorithm: NoteAlgorithm,
    key: Vec<u8>,
}

impl VerifierKey {
    /// A key of this name. Fails if the name is none or the key's length is not the algorithm's.
    pub fn new(name: &str, algorithm: NoteAlgorithm, key: &[u8]) -> Result<Self, NoteError> {
        if !is_name(name) {
            return Err(NoteError::Key("its name is empty or has spaces or plus signs"));
        }
        if key.len() != algorithm.key_bytes() {
            return Err(NoteError::Key("its length is not its algorithm's"));
        }
        let mut context = Context::new(&SHA256);
        for part in [name.as_bytes(), b"\n", algorithm.type_bytes(), key] {
            context.update(part);
        }
        let mut id = [0; ID_BYTES];
        id.iter_mut().zip(context.finish().as_ref()).for_each(|(to, from)| *to = *from);
        Ok(Self { name: name.to_owned(), id, algorithm, key: key.to_vec() })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs with.
    pub fn algorithm(&self) -> NoteAlgorithm {
        self.algorithm
    }

    /// The signature as a line of a note.
    pub fn signature(&self, signature: &[u8]) -> NoteSignature {
        NoteSignature { name: self.name.clone(), id: self.id, bytes: signature.to_vec() }
    }

    /// Whether the line names this key.
    pub fn made(&self, signature: &NoteSignature) -> bool {
        signature.name == self.name && signature.id == self.id
    }

    fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        match self.algorithm {
            NoteAlgorithm::Ed25519 => {
                UnparsedPublicKey::new(&ED25519, &self.key).verify(text.as_bytes(), signature).is_ok()
            }
            NoteAlgorithm::MlDsa65 => {
                UnparsedPublicKey::new(&ML_DSA_65, &self.key).verify(text.as_bytes(), signature).is_ok()
            }
            NoteAlgorithm::Cosignature => {
                let Some((time, signature)) = signature.split_first_chunk::<8>() else { return false };
                let signed = cosigned(u64::from_be_bytes(*time), text);
                UnparsedPublicKey::new(&ED25519, &self.key).verify(signed.as_bytes(), signature).is_ok()
            }
        }
    }
}

/// What a witness signs: when, and the text of the checkpoint.
pub fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed = [self.algorithm.type_bytes(), &self.key].concat();
        write!(f, "{}+{}+{}", self.name, const_hex::encode(self.id), STANDARD.encode(typed))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.name, const_hex::encode(self.id))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key("it is not name+id+key"));
        };
        let typed = STANDARD.decode(key).map_err(|_| NoteError::Key("its key is not Base64"))?;
        let found = NoteAlgorithm::ALL
            .into_iter()
            .find_map(|algorithm| Some((algorithm, typed.strip_prefix(algorithm.type_bytes())?)));
        let (algorithm, key) = found.ok_or(NoteError::Key("its algorithm is not known"))?;
        let read = Self::new(name, algorithm, key)?;
        if const_hex::encode(read.id) == id {
            Ok(read)
        } else {
            Err(NoteError::Key("its id is another key's"))
        }
    }
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    id: [u8; ID_BYTES],
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// Whether it has the length of an ML-DSA-65 signature; who made it is not looked at.
    pub(crate) fn is_post_quantum(&self) -> bool {
        self.bytes.len() == ML_DSA_65_SIGNATURE_BYTES
    }

    /// Whose it says it is: the key's name and id.
    pub(crate) fn signer(&self) -> String {
        format!("{}+{}", self.name, const_hex::encode(self.id))
    }

    /// When a witness signed, in seconds; of a signature that is no cosignature it means nothing.
    pub fn time(&self) -> Option<u64> {
        self.bytes.first_chunk().map(|time| u64::from_be_bytes(*time))
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.as_slice(), &self.bytes].concat();
        writeln!(f, "{DASH}{} {}", self.name, STANDARD.encode(bytes))
    }
}

impl FromStr for NoteSignature {
    type Err = NoteError;

    /// Reads a line without its newline.
    fn from_str(line: &str) -> Result<Self, NoteError> {
        let rest = line.strip_prefix(DASH).ok_or(NoteError::Note("a signature line has no dash"))?;
        let (name, bytes) =
            rest.split_once(' ').ok_or(NoteError::Note("a signature line has no key name"))?;
        if !is_name(name) {
            return Err(NoteError::Note("a key name is empty or has spaces or plus signs"));
        }
        let bytes = STANDARD.decode(bytes).map_err(|_| NoteError::Note("a signature is not Base64"))?;
        let (id, bytes) = bytes.split_first_chunk().ok_or(NoteError::Note("a signature is too short"))?;
        Ok(Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    }
}

/// A text and its signatures, none of them verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    /// The text with its last newline.
    pub text: String,
    /// The signatures in their order.
    pub signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Whether this key has signed.
    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        self.signatures.iter().any(|signature| self.is_signature_of(key, signature))
    }

    /// Whether a line is this key's signature of the text.
    pub(crate) fn is_signature_of(&self, key: &VerifierKey, line: &NoteSignature) -> bool {
        key.made(line) && key.verifies(&self.text, &line.bytes)
    }

    /// Whether a line names this key.
    pub fn names(&self, key: &VerifierKey) -> bool {
        self.signatures.iter().any(|signature| key.made(signature))
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

impl FromStr for SignedNote {
    type Err = NoteError;

    fn from_str(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Note("it is too long"));
        }
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(NoteError::Note("it has control characters"));
        }
        let at = note.rfind("\n\n").ok_or(NoteError::Note("it has no blank line before its signatures"))?;
        let (text, signatures) = (note.get(..=at), note.get(at + 2..));
        let (Some(text), Some(signatures)) = (text, signatures) else {
            return Err(NoteError::Note("it has no blank line before its signatures"));
        };
        let lines = signatures.strip_suffix('\n').ok_or(NoteError::Note("its last line has no end"))?;
        let signatures = lines.split('\n').map(str::parse).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { text: text.to_owned(), signatures })
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c == '+')
}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
