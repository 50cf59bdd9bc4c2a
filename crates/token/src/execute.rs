//! From a command to its answer: one arm for each.

use crate::fault::{describe, may_be_tampered};
use crate::session::TokenSession;
use crate::{gcm, keys, ladder};
use strongroom_token_protocol::{
    DATA_BYTES_MAX, Enrolment, KeyFacts, KeyKind, KeyLabel, Reply, Request, TokenError,
};
use strongroom_types::SecretBytes;

/// Carries a command out.
pub(crate) fn execute(session: &mut TokenSession, request: &Request<'_>) -> Result<Reply, TokenError> {
    if !matches!(request, Request::Status) {
        session.token().check()?;
    }
    match *request {
        Request::Status => Ok(Reply::Status(session.token().status())),
        Request::Health => health(session),
        Request::CheckPin(word) => session.token().check_pin(word).map(|()| Reply::Done),
        Request::Probe(key) => probe(session, key).map(Reply::Enrolment),
        Request::GenerateKey(key) => generate(session, key).map(Reply::Key),
        Request::FindKey(key) => find(session, key).map(Reply::Key),
        Request::DestroyKey(key) => destroy(session, key),
        Request::Hmac { key, info } => {
            bounded(info)?;
            session.with_key(key, |session, key| keys::derive(session, key, info)).map(Reply::Blocks)
        }
        Request::Encrypt { key, aad, plaintext } => {
            bounded(plaintext)?;
            let sealed = session.with_key(key, |session, key| gcm::encrypt(session, key, aad, plaintext))?;
            Ok(Reply::Sealed(sealed.1))
        }
        Request::Decrypt { key, iv, aad, ciphertext } => decrypt(session, key, iv, aad, ciphertext),
        Request::Random(bytes) => random(session, bytes).map(Reply::Secret),
    }
}

fn bounded(bytes: &[u8]) -> Result<(), TokenError> {
    if (1..=DATA_BYTES_MAX).contains(&bytes.len()) { Ok(()) } else { Err(TokenError::BadRequest) }
}

fn health(session: &mut TokenSession) -> Result<Reply, TokenError> {
    if session.is_healthy() { Ok(Reply::Done) } else { Err(session.token().lost()) }
}

fn probe(session: &mut TokenSession, key: KeyLabel) -> Result<Enrolment, TokenError> {
    must_not_exist(session, key)?;
    let rung = ladder::climb(session, &key.to_string()).map_err(|error| blame(session, error))?;
    let token = session.token();
    Ok(Enrolment {
        variant: rung.variant,
        key,
        module_sha256: token.module().sha256(),
        token_label: token.label().to_owned(),
        token_serial: token.serial().to_owned(),
    })
}

fn generate(session: &mut TokenSession, key: KeyLabel) -> Result<KeyFacts, TokenError> {
    must_not_exist(session, key)?;
    match ladder::make(session, KeyKind::Secret, &key.to_string())? {
        Ok(_) => Ok(KeyFacts { kind: KeyKind::Secret, guarded: true }),
        Err(error) => {
            let failure = TokenError::Failed(describe(&error));
            Err(blame(session, failure))
        }
    }
}

fn must_not_exist(session: &mut TokenSession, key: KeyLabel) -> Result<(), TokenError> {
    if session.look_up(key)?.is_empty() { Ok(()) } else { Err(TokenError::KeyExists) }
}

/// A token that is gone makes no key and opens no ciphertext either: that is not their fault.
fn blame(session: &mut TokenSession, error: TokenError) -> TokenError {
    if session.is_healthy() { error } else { session.token().lost() }
}

fn find(session: &mut TokenSession, key: KeyLabel) -> Result<KeyFacts, TokenError> {
    session.with_key(key, |session, key| {
        Ok(KeyFacts { kind: keys::kind(session, key)?, guarded: keys::is_guarded(session, key)? })
    })
}

fn destroy(session: &mut TokenSession, key: KeyLabel) -> Result<Reply, TokenError> {
    session.with_key(key, |session, key| session.destroy_object(key))?;
    session.token().count_destroyed();
    Ok(Reply::Done)
}

fn random(session: &mut TokenSession, bytes: u16) -> Result<SecretBytes, TokenError> {
    if !(1..=DATA_BYTES_MAX).contains(&usize::from(bytes)) {
        return Err(TokenError::BadRequest);
    }
    session.attempt(|session| session.generate_random_vec(u32::from(bytes))).map(SecretBytes::new)
}

fn decrypt(
    session: &mut TokenSession,
    key: KeyLabel,
    iv: &[u8],
    aad: &[u8],
    ciphertext: &[u8],
) -> Result<Reply, TokenError> {
    if !gcm::is_iv(iv) || ciphertext.is_empty() {
        return Err(TokenError::BadRequest);
    }
    let opened =
        session.with_key(key, |session, key| match gcm::decrypt(session, key, iv, aad, ciphertext) {
            Err(error) if may_be_tampered(&error) => Ok(None),
            outcome => outcome.map(Some),
        })?;
    match opened {
        Some(secret) => Ok(Reply::Secret(secret)),
        None => Err(blame(session, TokenError::Tampered)),
    }
}
