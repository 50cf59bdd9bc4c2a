//! The known answer: a key in the token that serves nothing but to show that the token works.
//!
//! An empty search, a failed call and an altered ciphertext look the same whether the token is broken or not. So the
//! worker keeps a key of its own in the token, learns its answer to a fixed message when it starts, and asks again when it has
//! to know.

use crate::{gcm, keys};
use cryptoki::error::Result;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use strongroom_token_protocol::{KeyKind, Sealed};
use zeroize::Zeroizing;

/// The label of that key.
pub(crate) const HEALTH_LABEL: &str = "strongroom-health";

const MESSAGE: &[u8] = b"strongroom/token-health/v1";

/// What the key answers.
pub(crate) enum KnownAnswer {
    /// The HMAC of the message.
    Mac(Zeroizing<Vec<u8>>),
    /// A ciphertext that opens to the message: for tokens without HMAC.
    Sealed(Sealed),
}

/// Asks the key for the first time.
pub(crate) fn learn(session: &Session, key: ObjectHandle) -> Result<KnownAnswer> {
    match keys::kind(session, key)? {
        KeyKind::Secret => keys::mac(session, key, MESSAGE).map(KnownAnswer::Mac),
        KeyKind::Aes => {
            gcm::encrypt(session, key, MESSAGE, MESSAGE).map(|(_, sealed)| KnownAnswer::Sealed(sealed))
        }
    }
}

/// Whether some health key in the token gives an answer that was learnt: two workers that started at once may each have
/// made one.
pub(crate) fn is_given(session: &Session, answers: &[KnownAnswer]) -> Result<bool> {
    let found = keys::find(session, HEALTH_LABEL)?;
    Ok(found.into_iter().any(|key| answers.iter().any(|answer| holds(session, key, answer))))
}

fn holds(session: &Session, key: ObjectHandle, answer: &KnownAnswer) -> bool {
    match answer {
        KnownAnswer::Mac(known) => keys::mac(session, key, MESSAGE).is_ok_and(|mac| *mac == **known),
        KnownAnswer::Sealed(Sealed { iv, ciphertext }) => {
            gcm::decrypt(session, key, iv, MESSAGE, ciphertext).is_ok_and(|opened| opened.expose() == MESSAGE)
        }
    }
}
