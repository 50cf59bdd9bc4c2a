//! The values that commands take and give back.

use crate::MalformedFrame;
use crate::cursor::{Reader, put_bytes};
use strongroom_types::SecretBytes;

/// What a backing key's wrapped record is bound to, besides its cluster and material id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyBinding {
    /// The KMS key's ARN.
    pub arn: String,
    /// The sixteen bytes of the key id that stand in ciphertext blobs.
    pub key_id: [u8; 16],
    /// The key spec as the KMS API spells it: `SYMMETRIC_DEFAULT`.
    pub spec: String,
    /// The key usage as the KMS API spells it: `ENCRYPT_DECRYPT`.
    pub usage: String,
    /// The origin as the KMS API spells it: `AWS_KMS`.
    pub origin: String,
}

impl KeyBinding {
    /// How many bytes [`Self::encode`] appends.
    pub(crate) fn encoded_bytes(&self) -> usize {
        let texts = [&self.arn, &self.spec, &self.usage, &self.origin];
        self.key_id.len() + texts.into_iter().map(|text| size_of::<u32>() + text.len()).sum::<usize>()
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.key_id);
        for text in [&self.arn, &self.spec, &self.usage, &self.origin] {
            put_bytes(out, text.as_bytes());
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let key_id = reader.array()?;
        let mut text = || reader.text().map(str::to_owned);
        Ok(Self { key_id, arn: text()?, spec: text()?, usage: text()?, origin: text()? })
    }
}

/// A backing key that was just made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBackingKey {
    /// The key material's id.
    pub material_id: [u8; 32],
    /// The wrapped record.
    pub record: Vec<u8>,
}

/// A data key in both its forms.
#[derive(Clone, Debug)]
pub struct DataKey {
    /// The data key itself.
    pub plaintext: SecretBytes,
    /// The data key encrypted under the KMS key.
    pub blob: Vec<u8>,
}

/// What an access key's wrapped secret is bound to, besides its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyBinding {
    /// The account, twelve digits.
    pub account: String,
    /// The access key id.
    pub access_key_id: String,
}

impl AccessKeyBinding {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.account.as_bytes());
        put_bytes(out, self.access_key_id.as_bytes());
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let account = reader.text()?.to_owned();
        Ok(Self { account, access_key_id: reader.text()?.to_owned() })
    }
}

/// An access key that was just made.
#[derive(Clone, Debug)]
pub struct NewAccessKey {
    /// The secret access key: 40 ASCII characters.
    pub secret: SecretBytes,
    /// The wrapped record that holds it.
    pub record: Vec<u8>,
}

/// What a SigV4 signing key is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningScope {
    /// `YYYYMMDD`, UTC.
    pub date: String,
    /// The Region.
    pub region: String,
    /// The service: `kms`, `iam` or `sts`.
    pub service: String,
}

impl SigningScope {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        for text in [&self.date, &self.region, &self.service] {
            put_bytes(out, text.as_bytes());
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let mut text = || reader.text().map(str::to_owned);
        Ok(Self { date: text()?, region: text()?, service: text()? })
    }
}

/// The memory that long-lived secrets lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryKind {
    /// `memfd_secret`: outside the kernel's direct map, unreadable by other processes, root included.
    MemfdSecret,
    /// Locked, kept out of core files.
    Locked,
}

/// How the PKCS#11 token is, as the vault sees it from its line to the token worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Pkcs11State {
    /// No token is configured.
    NotConfigured = 0,
    /// It gave the known answer within the last seconds.
    Present = 1,
    /// It or its worker does not answer.
    Away = 2,
    /// It refused the PIN.
    PinRefused = 3,
    /// It has locked the PIN.
    PinLocked = 4,
}

impl Pkcs11State {
    const ALL: [Self; 5] =
        [Self::NotConfigured, Self::Present, Self::Away, Self::PinRefused, Self::PinLocked];

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let state = reader.u8()?;
        let known = Self::ALL.into_iter().find(|known| *known as u8 == state);
        known.ok_or(MalformedFrame("state of a token"))
    }

    /// Its name in the status; `None` when there is no token.
    pub const fn as_str(self) -> Option<&'static str> {
        match self {
            Self::NotConfigured => None,
            Self::Present => Some("present"),
            Self::Away => Some("away"),
            Self::PinRefused => Some("PIN refused"),
            Self::PinLocked => Some("PIN locked"),
        }
    }
}

/// What a token says about the user's PIN (PKCS #11, flags of `CK_TOKEN_INFO`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenPin {
    /// A wrong PIN was tried since the last login.
    pub count_low: bool,
    /// One more wrong PIN locks it.
    pub final_try: bool,
    /// It is locked.
    pub locked: bool,
    /// It has to be changed.
    pub to_be_changed: bool,
}

impl TokenPin {
    /// What is wrong with it, in words for an operator, the worst first; nothing when all is well.
    pub fn said(self) -> Vec<&'static str> {
        let said = [
            (self.locked, "it is locked"),
            (self.final_try, "one more wrong PIN locks it"),
            (self.count_low, "a wrong one was tried"),
            (self.to_be_changed, "it has to be changed"),
        ];
        said.into_iter().filter_map(|(is_so, words)| is_so.then_some(words)).collect()
    }

    pub(crate) fn encode(self, out: &mut Vec<u8>) {
        let Self { count_low, final_try, locked, to_be_changed } = self;
        out.extend([count_low, final_try, locked, to_be_changed].map(u8::from));
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        Ok(Self {
            count_low: reader.flag()?,
            final_try: reader.flag()?,
            locked: reader.flag()?,
            to_be_changed: reader.flag()?,
        })
    }
}

/// How the vault is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// Whether a keyring is open.
    pub opened: bool,
    /// Whether the random source has passed its checks.
    pub random_ok: bool,
    /// Where long-lived secrets lie.
    pub memory: MemoryKind,
    /// How many unwrapped keys are cached.
    pub cached_keys: u32,
    /// How the PKCS#11 token is.
    pub pkcs11: Pkcs11State,
    /// What that token said last about its PIN.
    pub pkcs11_pin: TokenPin,
}

impl Health {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        let memory = match self.memory {
            MemoryKind::MemfdSecret => 1,
            MemoryKind::Locked => 2,
        };
        out.extend_from_slice(&[u8::from(self.opened), u8::from(self.random_ok), memory]);
        out.extend_from_slice(&self.cached_keys.to_le_bytes());
        out.push(self.pkcs11 as u8);
        self.pkcs11_pin.encode(out);
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        let (opened, random_ok) = (reader.flag()?, reader.flag()?);
        let memory = match reader.u8()? {
            1 => MemoryKind::MemfdSecret,
            2 => MemoryKind::Locked,
            _ => return Err(MalformedFrame("memory kind")),
        };
        let cached_keys = reader.u32()?;
        let pkcs11 = Pkcs11State::decode(reader)?;
        let pkcs11_pin = TokenPin::decode(reader)?;
        Ok(Self { opened, random_ok, memory, cached_keys, pkcs11, pkcs11_pin })
    }
}
