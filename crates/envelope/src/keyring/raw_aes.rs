//! Data keys wrapped with AES-GCM under a key that the caller has (reference section 3, "EDK").
//!
//! Info: `name || 00000080 || 0000000c || IV(12)`; blob: `ciphertext || tag(16)`; additional data: the canonical block
//! of the encryption context.

use super::{DataKeySource, KeyRequest, KeyringError, check_namespace, first_opened};
use crate::message::{DataKey, EncryptedDataKey, MessageError};
use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroizing;

/// Tag length in bits and IV length in bytes, as the info names them.
const LENGTHS: [u8; 8] = [0, 0, 0, 128, 0, 0, 0, 12];
const IV_BYTES: usize = 12;

/// Wraps and unwraps with one AES key.
pub struct RawAesKeyring {
    namespace: String,
    name: String,
    key: LessSafeKey,
    any_order: bool,
}

impl RawAesKeyring {
    /// A key of 16, 24 or 32 bytes under the names that messages call it by. `aws-kms` is no namespace.
    pub fn new(namespace: &str, name: &str, key: &[u8]) -> Result<Self, KeyringError> {
        check_namespace(namespace)?;
        let algorithm = match key.len() {
            16 => &AES_128_GCM,
            24 => &AES_192_GCM,
            32 => &AES_256_GCM,
            _ => return Err(KeyringError::RawKey("an AES key has 16, 24 or 32 bytes".into())),
        };
        let key = UnboundKey::new(algorithm, key).map_err(|_| MessageError::Crypto("take a raw AES key"))?;
        let key = LessSafeKey::new(key);
        Ok(Self { namespace: namespace.into(), name: name.into(), key, any_order: false })
    }

    /// Opens entries too whose writer bound the pairs of the context in another order than the format's: the AWS Encryption
    /// SDK for JavaScript took its locale's unless it was told `utf8Sorting: true`. As nobody knows which locale that was,
    /// every order of up to six pairs is tried. All of them bind the same pairs.
    #[must_use]
    pub fn accepting_any_order(self) -> Self {
        Self { any_order: true, ..self }
    }

    fn shown(&self) -> String {
        format!("{}:{}", self.namespace, self.name)
    }

    /// The IV of an entry of this key, else why it is of another.
    fn matches(&self, entry: &EncryptedDataKey) -> Result<[u8; IV_BYTES], String> {
        let other = || format!("one data key is wrapped by {:?}, not by {}", entry.provider, self.shown());
        if entry.provider != self.namespace {
            return Err(other());
        }
        let iv = entry.info.strip_prefix(self.name.as_bytes()).and_then(|rest| rest.strip_prefix(&LENGTHS));
        iv.and_then(|iv| iv.try_into().ok()).ok_or_else(other)
    }

    fn unwrap(
        &self,
        iv: [u8; IV_BYTES],
        blob: &[u8],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        let mut key = self.unwrap_under(iv, blob, request.context.block()?);
        if key.is_none() && self.any_order {
            key = request.context.find_order(&mut |block| self.unwrap_under(iv, blob, block))?;
        }
        let key = key.ok_or_else(|| KeyringError::RawAes(self.shown()))?;
        key.check_length(request.suite)?;
        Ok(key)
    }

    fn unwrap_under(&self, iv: [u8; IV_BYTES], blob: &[u8], context: Vec<u8>) -> Option<DataKey> {
        let mut sealed = Zeroizing::new(blob.to_vec());
        let nonce = Nonce::assume_unique_for_key(iv);
        let opened = self.key.open_in_place(nonce, Aad::from(context), &mut sealed).ok()?;
        DataKey::from_vec(opened.to_vec())
    }

    fn wrap_one(
        &self,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<EncryptedDataKey, KeyringError> {
        let refused = |_| MessageError::Crypto("wrap the data key");
        let mut iv = [0; IV_BYTES];
        aws_lc_rs::rand::fill(&mut iv).map_err(refused)?;
        let mut blob = data_key.bytes().to_vec();
        let (nonce, aad) = (Nonce::assume_unique_for_key(iv), Aad::from(request.context.block()?));
        let tag = self.key.seal_in_place_separate_tag(nonce, aad, &mut blob).map_err(refused)?;
        blob.extend_from_slice(tag.as_ref());
        let info = [self.name.as_bytes(), &LENGTHS, &iv].concat();
        Ok(EncryptedDataKey { provider: self.namespace.clone(), info, blob })
    }
}

impl DataKeySource for RawAesKeyring {
    fn wrap(
        &self,
        data_key: &DataKey,
        request: KeyRequest<'_>,
    ) -> Result<Vec<EncryptedDataKey>, KeyringError> {
        Ok(vec![self.wrap_one(data_key, request)?])
    }

    fn decrypt(
        &self,
        encrypted: &[EncryptedDataKey],
        request: KeyRequest<'_>,
    ) -> Result<DataKey, KeyringError> {
        let open = |iv, entry: &EncryptedDataKey| self.unwrap(iv, &entry.blob, request);
        first_opened(encrypted, |entry| self.matches(entry), open)
    }
}
