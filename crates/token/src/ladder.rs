//! The ladder of mechanisms: what a token can do for us is tried out, not believed.
//!
//! First HMAC-SHA256 as a key derivation inside the token, then AES-GCM, else refused. Each rung makes the key, uses it, and asks
//! the token whether the key was made inside and can never leave it. A key that does not hold is destroyed.

use crate::fault::{Fault, describe, fault};
use crate::session::TokenSession;
use crate::{gcm, keys};
use cryptoki::error::{Error, Result as Answer};
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use strongroom_token_protocol::{KeyKind, TokenError, Variant};

const SAMPLE_BYTES: usize = 32;

/// A key on a rung that holds.
#[derive(Debug)]
pub(crate) struct Rung {
    pub(crate) variant: Variant,
    pub(crate) key: ObjectHandle,
}

/// Makes a key on the first rung that holds.
pub(crate) fn climb(session: &mut TokenSession, label: &str) -> Result<Rung, TokenError> {
    let mut tried = Vec::new();
    for kind in [KeyKind::Secret, KeyKind::Aes] {
        let rung = match kind {
            KeyKind::Secret => "SHA256_HMAC by C_Sign",
            KeyKind::Aes => "AES_GCM by C_Encrypt",
        };
        if !session.token().offers(kind) {
            tried.push(format!("{rung}: not offered"));
            continue;
        }
        match make(session, kind, label)? {
            Ok(rung) => return Ok(rung),
            Err(error) => tried.push(format!("{rung}: {}", describe(&error))),
        }
    }
    let mechanisms = session.token().mechanism_names().join(" ");
    Err(TokenError::NoMechanism(format!("{}; it lists {mechanisms}", tried.join("; "))))
}

/// Makes a key of one kind and tries it. The inner error: this rung does not hold. `Failed` when the token made a key
/// that could leave it: then no other rung is tried.
pub(crate) fn make(
    session: &mut TokenSession,
    kind: KeyKind,
    label: &str,
) -> Result<Answer<Rung>, TokenError> {
    let opened = session.open()?;
    let outcome = keys::generate(opened, kind, label).and_then(|key| {
        let tried = round_trip(opened, kind, key);
        let tried = tried.and_then(|variant| Ok((variant, keys::is_guarded(opened, key)?)));
        if !matches!(tried, Ok((_, true))) {
            // If that fails too, the next try finds a key of that label and says so.
            let _ = opened.destroy_object(key);
        }
        tried.map(|(variant, guarded)| (Rung { variant, key }, guarded))
    });
    match outcome {
        Ok((rung, true)) => Ok(Ok(rung)),
        Ok((_, false)) => Err(TokenError::Failed(
            "it made a key that is not sensitive, local and never extractable".to_owned(),
        )),
        Err(error) if fault(&error) == Fault::Gone => Err(session.token().lost()),
        Err(error) => Ok(Err(error)),
    }
}

fn round_trip(session: &Session, kind: KeyKind, key: ObjectHandle) -> Answer<Variant> {
    match kind {
        KeyKind::Secret => derivation(session, key),
        KeyKind::Aes => encryption(session, key),
    }
}

/// The same message gives the same bytes, another message others.
fn derivation(session: &Session, key: ObjectHandle) -> Answer<Variant> {
    let [first, again, other] = [&b"one"[..], b"one", b"two"].map(|message| keys::mac(session, key, message));
    let (first, again, other) = (first?, again?, other?);
    if *first == *again && *first != *other { Ok(Variant::Derive) } else { Err(Error::InvalidValue) }
}

/// What was encrypted decrypts, and not once a bit of it, or of what it is bound to, is another.
fn encryption(session: &Session, key: ObjectHandle) -> Answer<Variant> {
    let mut sample = [0; SAMPLE_BYTES];
    aws_lc_rs::rand::fill(&mut sample).map_err(|_| Error::InvalidValue)?;
    let (variant, sealed) = gcm::encrypt(session, key, b"aad", &sample)?;
    let opened = gcm::decrypt(session, key, &sealed.iv, b"aad", &sealed.ciphertext)?;
    let mut altered = sealed.ciphertext.clone();
    if let Some(byte) = altered.first_mut() {
        *byte ^= 1;
    }
    let bad = gcm::decrypt(session, key, &sealed.iv, b"aad", &altered).is_ok()
        || gcm::decrypt(session, key, &sealed.iv, b"other", &sealed.ciphertext).is_ok();
    if opened.expose() == sample && !bad { Ok(variant) } else { Err(Error::InvalidValue) }
}
