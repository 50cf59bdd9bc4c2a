//! Enrolled roots: what the keyring says of each, and what opens one.

use crate::cursor::{Reader, put_bytes};
use crate::{MalformedFrame, RootKey};
use std::fmt;
use zeroize::Zeroizing;

/// The most roots of a keyring.
pub const ROOTS_MAX: usize = 16;

/// The longest name of a root, in bytes.
pub const ROOT_NAME_BYTES_MAX: usize = 64;

/// In the answer to a removal, what stands before the word of a secret that was offered and is of the root that goes, and of
/// none that stays. No root's name has it.
pub const OFFER_GONE: char = ':';

/// The shortest passphrase that is enrolled, in bytes.
pub const PASSPHRASE_BYTES_MIN: usize = 12;

/// The longest passphrase, in bytes.
pub const PASSPHRASE_BYTES_MAX: usize = 1_024;

/// The most fields of one root's own.
const FIELDS_MAX: u32 = 16;

/// A record that is bound as data directories of format 1.0 bind it.
const FORM_FIRST: u8 = 1;
/// A record that is bound to everything that the keyring says of its root.
const FORM_WHOLE: u8 = 2;

/// What holds a root key (`reference/vault.md` section 4). This release enrols and opens kinds 1 to 5; the others are
/// known so that a keyring with them can be read, and are refused when they would have to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RootKind {
    /// 32 bytes in a file or a credential of the service manager.
    KeyFile = 1,
    /// A PKCS#11 token that derives.
    TokenDerive = 2,
    /// A PKCS#11 token that encrypts.
    TokenSeal = 3,
    /// A passphrase, through Argon2id.
    Passphrase = 4,
    /// 32 bytes that a TPM 2.0 sealed.
    Tpm = 5,
    /// Another KMS.
    OtherKms = 6,
    /// The recovery key, whose seed is split into shares.
    Recovery = 7,
}

impl RootKind {
    const ALL: [Self; 7] = [
        Self::KeyFile,
        Self::TokenDerive,
        Self::TokenSeal,
        Self::Passphrase,
        Self::Tpm,
        Self::OtherKms,
        Self::Recovery,
    ];

    /// Its name in bindings, in the status and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KeyFile => "key-file",
            Self::TokenDerive => "token-derive",
            Self::TokenSeal => "token-seal",
            Self::Passphrase => "passphrase",
            Self::Tpm => "tpm",
            Self::OtherKms => "other-kms",
            Self::Recovery => "recovery",
        }
    }

    fn from_byte(byte: u8) -> Result<Self, MalformedFrame> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte).ok_or(MalformedFrame("kind of a root"))
    }
}

/// One enrolled root and the keyring key wrapped by it. Not secret. The record is bound to all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootRecord {
    /// What holds the root key.
    pub kind: RootKind,
    /// Stands in the record as the wrapping id.
    pub id: [u8; 16],
    /// What the operator calls it.
    pub name: String,
    /// When it was enrolled, milliseconds since 1970; 0 for a root of format 1.0.
    pub enrolled_ms: u64,
    /// What the kind needs besides, in the order in which it was written: salt and costs of a passphrase; the token, the key
    /// in it and how it is used.
    pub fields: Vec<(String, String)>,
    /// Whether the record is bound as format 1.0 binds it: a key file, without id, name and time.
    pub first_form: bool,
    /// The keyring key's wrapped record.
    pub record: Vec<u8>,
}

impl RootRecord {
    /// The only root of a keyring of format 1.0: a key file. `None` if the record is too short to be one.
    pub fn of_first_form(record: Vec<u8>) -> Option<Self> {
        /// Where the wrapping id stands in a wrapped record.
        const WRAPPING_ID: std::ops::Range<usize> = 4..20;
        let id = record.get(WRAPPING_ID)?.try_into().ok()?;
        Some(Self {
            kind: RootKind::KeyFile,
            id,
            name: "key-file".to_owned(),
            enrolled_ms: 0,
            fields: Vec::new(),
            first_form: true,
            record,
        })
    }

    /// A field of its own.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// `u8 form · u8 kind · id 16 · u64 enrolled · bytes name · u32 count · (bytes name · bytes value)... · bytes
    /// record`.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let form = if self.first_form { FORM_FIRST } else { FORM_WHOLE };
        out.extend_from_slice(&[form, self.kind as u8]);
        out.extend_from_slice(&self.id);
        out.extend_from_slice(&self.enrolled_ms.to_le_bytes());
        put_bytes(out, self.name.as_bytes());
        out.extend_from_slice(&u32::try_from(self.fields.len()).unwrap_or(u32::MAX).to_le_bytes());
        for text in self.fields.iter().flat_map(|(name, value)| [name, value]) {
            put_bytes(out, text.as_bytes());
        }
        put_bytes(out, &self.record);
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let first_form = match reader.u8()? {
            FORM_FIRST => true,
            FORM_WHOLE => false,
            _ => return Err(MalformedFrame("form of a root")),
        };
        let kind = RootKind::from_byte(reader.u8()?)?;
        let id = reader.array()?;
        let enrolled_ms = reader.u64()?;
        let name = reader.text()?.to_owned();
        let count = reader.u32()?;
        if count > FIELDS_MAX || name.len() > ROOT_NAME_BYTES_MAX {
            return Err(MalformedFrame("name or fields of a root"));
        }
        let mut fields = Vec::new();
        for _ in 0..count {
            let name = reader.text()?.to_owned();
            fields.push((name, reader.text()?.to_owned()));
        }
        Ok(Self { kind, id, name, enrolled_ms, fields, first_form, record: reader.bytes()?.to_vec() })
    }
}

/// A passphrase: at most [`PASSPHRASE_BYTES_MAX`] bytes. Zeroed on drop, not printable.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes the bytes over; `None` if they are too many or none.
    pub fn new(bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        (1..=PASSPHRASE_BYTES_MAX).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The passphrase itself.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(redacted)")
    }
}

/// What opens a root.
#[derive(Clone, Debug)]
pub enum RootSecret {
    /// The key of a key file or a credential.
    Key(RootKey),
    /// A passphrase.
    Passphrase(Passphrase),
    /// The key that a TPM unsealed.
    Tpm(RootKey),
    /// Nothing that could be told: the key in the PKCS#11 token that the vault has a line to.
    Pkcs11,
}

impl RootSecret {
    /// A word for what it is, for the answer to a removal.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Passphrase(_) => "passphrase",
            Self::Tpm(_) => "tpm",
            Self::Pkcs11 => "pkcs11",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passphrase_is_bounded_and_not_printed() {
        assert!(Passphrase::new(Zeroizing::new(Vec::new())).is_none());
        assert!(Passphrase::new(Zeroizing::new(vec![b'x'; PASSPHRASE_BYTES_MAX + 1])).is_none());
        let longest = Passphrase::new(Zeroizing::new(vec![b'x'; PASSPHRASE_BYTES_MAX])).unwrap();
        assert_eq!(format!("{:?}", RootSecret::Passphrase(longest)), "Passphrase(Passphrase(redacted))");
    }

    #[test]
    fn root_of_the_first_form_takes_its_id_from_the_record() {
        let mut record = vec![7; 120];
        record[4..20].copy_from_slice(&[9; 16]);
        let root = RootRecord::of_first_form(record).unwrap();
        assert_eq!((root.id, root.kind, root.first_form), ([9; 16], RootKind::KeyFile, true));
        assert!(RootRecord::of_first_form(vec![7; 19]).is_none());
    }

    #[test]
    fn kinds_have_their_numbers() {
        for (index, kind) in RootKind::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(kind as u8), index + 1);
            assert_eq!(RootKind::from_byte(kind as u8), Ok(kind));
        }
        assert!(RootKind::from_byte(0).is_err() && RootKind::from_byte(8).is_err());
    }
}
