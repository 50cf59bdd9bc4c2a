//! What is asked of the library about keys: making, finding, examining and using them. One call in, one answer out;
//! `session` decides what a failure means.

use cryptoki::error::{Error, Result};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use cryptoki::types::Ulong;
use strongroom_token_protocol::{BLOCKS_BYTES, Blocks, KeyKind};
use zeroize::Zeroizing;

/// Bytes of every key.
const KEY_BYTES: u64 = 32;

/// Bytes of an HMAC-SHA256.
pub(crate) const MAC_BYTES: usize = 32;

/// Makes a key in the token that never leaves it.
pub(crate) fn generate(session: &Session, kind: KeyKind, label: &str) -> Result<ObjectHandle> {
    let mut template = vec![
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::ValueLen(Ulong::from(KEY_BYTES)),
        Attribute::Label(label.as_bytes().to_vec()),
    ];
    let mechanism = match kind {
        KeyKind::Secret => {
            template.extend([Attribute::KeyType(KeyType::GENERIC_SECRET), Attribute::Sign(true)]);
            Mechanism::GenericSecretKeyGen
        }
        KeyKind::Aes => {
            let uses = [Attribute::Encrypt(true), Attribute::Decrypt(true)];
            template.push(Attribute::KeyType(KeyType::AES));
            template.extend(uses);
            Mechanism::AesKeyGen
        }
    };
    session.generate_key(&mechanism, &template)
}

/// The secret keys of that label: none also when the login is lost or the token is gone.
pub(crate) fn find(session: &Session, label: &str) -> Result<Vec<ObjectHandle>> {
    session.find_objects(&[
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::Token(true),
        Attribute::Label(label.as_bytes().to_vec()),
    ])
}

/// What the key is made for; `InvalidValue` when it is another kind of key.
pub(crate) fn kind(session: &Session, key: ObjectHandle) -> Result<KeyKind> {
    match session.get_attributes(key, &[AttributeType::KeyType])?.as_slice() {
        [Attribute::KeyType(found)] if *found == KeyType::GENERIC_SECRET => Ok(KeyKind::Secret),
        [Attribute::KeyType(found)] if *found == KeyType::AES => Ok(KeyKind::Aes),
        _ => Err(Error::InvalidValue),
    }
}

/// Whether the token says that the key was made inside and has never been able to leave it.
pub(crate) fn is_guarded(session: &Session, key: ObjectHandle) -> Result<bool> {
    let asked = [
        AttributeType::Sensitive,
        AttributeType::AlwaysSensitive,
        AttributeType::Extractable,
        AttributeType::NeverExtractable,
        AttributeType::Local,
    ];
    let found = session.get_attributes(key, &asked)?;
    let wanted = [
        Attribute::Sensitive(true),
        Attribute::AlwaysSensitive(true),
        Attribute::Extractable(false),
        Attribute::NeverExtractable(true),
        Attribute::Local(true),
    ];
    // An attribute that the token does not give is missing from the list.
    Ok(wanted.iter().all(|attribute| found.contains(attribute)))
}

/// HMAC-SHA256; `InvalidValue` when the token gives another length.
pub(crate) fn mac(session: &Session, key: ObjectHandle, message: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
    let mac = Zeroizing::new(session.sign(&Mechanism::Sha256Hmac, key, message)?);
    if mac.len() == MAC_BYTES { Ok(mac) } else { Err(Error::InvalidValue) }
}

/// T(1) and T(2) of SP 800-108 in counter mode: `T(i) = HMAC(key, u32 i · info)`, big-endian.
pub(crate) fn derive(session: &Session, key: ObjectHandle, info: &[u8]) -> Result<Blocks> {
    let mut blocks = Zeroizing::new([0u8; BLOCKS_BYTES]);
    let mut message = Vec::with_capacity(4 + info.len());
    for (counter, block) in (1u32..).zip(blocks.chunks_exact_mut(MAC_BYTES)) {
        message.clear();
        message.extend_from_slice(&counter.to_be_bytes());
        message.extend_from_slice(info);
        block.copy_from_slice(&mac(session, key, &message)?);
    }
    Ok(Blocks::new(blocks))
}
