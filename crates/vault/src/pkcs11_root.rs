//! A root whose key is in a PKCS#11 token and never leaves it (`reference/vault.md` section 1, `docs/token.md`).
//!
//! Kind 2: the token derives the two blocks of one record, and the record is that of a software root, byte for byte. Kind 3: the
//! token encrypts by AES-GCM.

use crate::binding::hex;
use crate::root::{Root, RootError};
use strongroom_crypto::{
    CryptoError, HsmRecord, NONCE_BYTES, Random, RecordHeader, RemoteRecord, hsm_aad, join_hsm_record,
};
use strongroom_token_protocol::{KeyKind, KeyLabel, Sealed, TokenClient, TokenError, Variant};
use strongroom_types::SecretBytes;
use strongroom_vault_protocol::{RootKind, RootRecord, VaultError};

/// As with every root: its key never changes.
const ROOT_VERSION: u32 = 1;

type Fields = Vec<(String, String)>;

/// What the token does with the root key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rung {
    Derive,
    Seal,
}

/// The root.
pub(crate) struct Pkcs11Root {
    client: TokenClient,
    id: [u8; 16],
    rung: Rung,
    /// Whether the token says that it made the key, and that it can never leave.
    guarded: bool,
}

impl Pkcs11Root {
    /// Has the token make a root key on the first rung of the ladder that holds. Also the kind of root, and what its record
    /// says of the token.
    pub(crate) fn make(
        client: &TokenClient,
        random: &mut dyn Random,
    ) -> Result<(Self, RootKind, Fields), RootError> {
        let mut id = [0; 16];
        random.fill(&mut id)?;
        let label = KeyLabel::Root(id);
        let found = client.probe(label)?;
        let (rung, kind, variant) = match found.variant {
            Variant::Derive => (Rung::Derive, RootKind::TokenDerive, "derive"),
            Variant::Gcm => (Rung::Seal, RootKind::TokenSeal, "gcm"),
            Variant::GcmTokenIv => (Rung::Seal, RootKind::TokenSeal, "gcm-token-iv"),
            Variant::GcmAppendedIv => (Rung::Seal, RootKind::TokenSeal, "gcm-appended-iv"),
        };
        let fields = [
            ("module-sha256", hex(&found.module_sha256)),
            ("token-label", found.token_label),
            ("token-serial", found.token_serial),
            ("object-label", label.to_string()),
            ("variant", variant.to_owned()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Ok((Self { client: client.clone(), id, rung, guarded: true }, kind, fields))
    }

    /// The root of a record, if the token holds its key. Of a key that came back from a backup of the token some say that it was
    /// not made inside: it opens what is there, and nothing new is wrapped to it.
    pub(crate) fn of(client: &TokenClient, record: &RootRecord) -> Result<Option<Self>, RootError> {
        let (rung, kind) = match record.kind {
            RootKind::TokenDerive => (Rung::Derive, KeyKind::Secret),
            RootKind::TokenSeal => (Rung::Seal, KeyKind::Aes),
            _ => return Ok(None),
        };
        match client.find_key(KeyLabel::Root(record.id)) {
            Ok(facts) if facts.kind == kind => {
                let client = client.clone();
                Ok(Some(Self { client, id: record.id, rung, guarded: facts.guarded }))
            }
            Ok(_) | Err(TokenError::KeyNotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn label(&self) -> KeyLabel {
        KeyLabel::Root(self.id)
    }

    fn header(&self) -> RecordHeader {
        RecordHeader { wrapping_id: self.id, wrapping_version: ROOT_VERSION }
    }
}

impl Root for Pkcs11Root {
    fn id(&self) -> [u8; 16] {
        self.id
    }

    fn wrap(&self, random: &mut dyn Random, bound: &[u8], secret: &[u8]) -> Result<Vec<u8>, RootError> {
        if !self.guarded {
            return Err(RootError::NotGuarded(self.label().to_string()));
        }
        match self.rung {
            Rung::Derive => {
                let mut nonce = [0; NONCE_BYTES];
                random.fill(&mut nonce)?;
                let record = RemoteRecord::to_seal(self.header(), &nonce, bound);
                let blocks = self.client.hmac(self.label(), &record.info())?;
                Ok(record.seal(blocks.expose(), secret)?)
            }
            Rung::Seal => {
                let aad = hsm_aad(self.header(), bound);
                let Sealed { iv, ciphertext } = self.client.encrypt(self.label(), &aad, secret)?;
                Ok(join_hsm_record(self.header(), bound, secret, &iv, &ciphertext)?)
            }
        }
    }

    fn unwrap(&self, bound: &[u8], record: &[u8]) -> Result<SecretBytes, RootError> {
        match self.rung {
            Rung::Derive => {
                let opening = RemoteRecord::to_open(self.header(), record, bound)?;
                let blocks = self.client.hmac(self.label(), &opening.info())?;
                Ok(opening.open(blocks.expose(), record)?)
            }
            Rung::Seal => {
                let parts = HsmRecord::read(self.header(), record)?;
                let sealed = Sealed { iv: parts.iv.to_vec(), ciphertext: parts.ciphertext.to_vec() };
                let opened = self.client.decrypt(self.label(), &sealed, &hsm_aad(self.header(), bound));
                let secret = opened.map_err(|error| match error {
                    TokenError::Tampered => RootError::Crypto(CryptoError::NotOpened),
                    other => RootError::Pkcs11(other),
                })?;
                parts.verify(bound, secret.expose())?;
                Ok(secret)
            }
        }
    }

    /// The key goes from the token again.
    fn discard(&self) {
        // What is left behind then is of no use to anybody: nothing is wrapped by it.
        let _ = self.client.destroy_key(self.label());
    }
}

/// The key that a token holds for a root goes, if it is a token's.
pub(crate) fn destroy(client: &TokenClient, record: &RootRecord) -> Result<(), TokenError> {
    match record.kind {
        RootKind::TokenDerive | RootKind::TokenSeal => client.destroy_key(KeyLabel::Root(record.id)),
        _ => Ok(()),
    }
}

/// What a token's failure means to whoever asked over a lane.
pub(crate) fn meaning(error: &TokenError) -> VaultError {
    match error {
        TokenError::PinIncorrect | TokenError::PinLocked => VaultError::Pkcs11PinRefused,
        TokenError::Unavailable | TokenError::TimedOut | TokenError::Busy | TokenError::NotPresent => {
            VaultError::Pkcs11Away
        }
        TokenError::KeyNotFound
        | TokenError::KeyExists
        | TokenError::Tampered
        | TokenError::BadRequest
        | TokenError::NoMechanism(_)
        | TokenError::Failed(_) => VaultError::Pkcs11Failed,
    }
}
