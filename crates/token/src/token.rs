//! The token as all threads see it: where it is, how we stand with it, and the one login that all sessions share.

use crate::fault::{Fault, describe, fault};
use crate::health::KnownAnswer;
use crate::module::{Module, ModuleError};
use crate::pin::Pin;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::{MechanismInfo, MechanismType};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use strongroom_token_protocol::{KeyKind, Login, PinFlags, TokenError, TokenStatus};

/// Told once, when we can go on no more.
pub(crate) type Tell = Box<dyn Fn(Login) + Send + Sync>;

/// Which token, and with how many sessions.
pub(crate) struct Wanted<'a> {
    pub(crate) label: &'a str,
    pub(crate) serial: Option<&'a str>,
    pub(crate) sessions: u8,
}

/// The token.
pub(crate) struct Token {
    module: Module,
    /// `None` when it was not there at the start.
    slot: Option<Slot>,
    label: String,
    serial: String,
    sessions: u8,
    pin: Pin,
    standing: Mutex<Login>,
    known_answers: OnceLock<Vec<KnownAnswer>>,
    destroyed: AtomicU64,
    tell: Tell,
}

/// The error of every call, unless we are logged in.
fn refusal(standing: Login) -> Result<(), TokenError> {
    match standing {
        Login::In => Ok(()),
        Login::PinIncorrect => Err(TokenError::PinIncorrect),
        Login::PinLocked => Err(TokenError::PinLocked),
        Login::Gone => Err(TokenError::NotPresent),
    }
}

impl Token {
    /// Looks for the token. One that is not there makes a `Token` as well, which says so.
    pub(crate) fn find(
        module: Module,
        wanted: &Wanted<'_>,
        pin: Pin,
        tell: Tell,
    ) -> Result<Arc<Self>, ModuleError> {
        let found = module.find_token(wanted.label, wanted.serial)?;
        let token = Arc::new(Self {
            module,
            slot: found.as_ref().map(|found| found.slot),
            label: wanted.label.to_owned(),
            serial: found.map_or_else(|| wanted.serial.unwrap_or_default().to_owned(), |found| found.serial),
            sessions: wanted.sessions,
            pin,
            standing: Mutex::new(Login::In),
            known_answers: OnceLock::new(),
            destroyed: AtomicU64::new(0),
            tell,
        });
        if token.slot.is_none() {
            let _ = token.lost();
        }
        Ok(token)
    }

    fn standing(&self) -> MutexGuard<'_, Login> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails at once when the PIN was refused or the token is gone.
    pub(crate) fn check(&self) -> Result<(), TokenError> {
        refusal(*self.standing())
    }

    /// The token is gone: from now on every call fails at once, until the process is started again.
    pub(crate) fn lost(&self) -> TokenError {
        self.give_up(self.standing(), Login::Gone)
    }

    /// Leaves the good standing for good, and tells. Whoever comes second changes nothing.
    fn give_up(&self, mut standing: MutexGuard<'_, Login>, why: Login) -> TokenError {
        let first = *standing == Login::In;
        if first {
            *standing = why;
        }
        let now = *standing;
        drop(standing);
        if first {
            (self.tell)(why);
        }
        refusal(now).err().unwrap_or(TokenError::NotPresent)
    }

    /// Opens a session. A token that gives none is gone, unless it says that there are too many.
    pub(crate) fn open_session(&self) -> Result<Session, TokenError> {
        let slot = self.slot.ok_or(TokenError::NotPresent)?;
        self.module.open_session(slot).map_err(|error| match error {
            Error::Pkcs11(RvError::SessionCount, _) => TokenError::Failed(describe(&error)),
            _ => self.lost(),
        })
    }

    /// Logs the process in, unless it is, or the PIN was refused before. One thread at a time: a wrong PIN is tried once.
    pub(crate) fn log_in(&self, session: &Session) -> Result<(), TokenError> {
        let standing = self.standing();
        refusal(*standing)?;
        let outcome = session.login_with_raw(UserType::User, &self.pin.for_login());
        let error = match outcome {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => return Ok(()),
            Err(error) => error,
        };
        match fault(&error) {
            Fault::PinIncorrect => Err(self.give_up(standing, Login::PinIncorrect)),
            Fault::PinLocked => Err(self.give_up(standing, Login::PinLocked)),
            Fault::Gone => Err(self.give_up(standing, Login::Gone)),
            Fault::Stale | Fault::Session | Fault::Other => Err(TokenError::Failed(describe(&error))),
        }
    }

    /// Whether the PIN lies in locked memory.
    pub(crate) fn pin_is_locked(&self) -> bool {
        self.pin.is_locked()
    }

    /// Whether a word is the PIN that we are logged in with.
    pub(crate) fn check_pin(&self, word: &[u8]) -> Result<(), TokenError> {
        self.pin.check(word)
    }

    /// Keeps what the health keys answered when the process was young; the first time counts.
    pub(crate) fn learn(&self, answers: Vec<KnownAnswer>) {
        let _ = self.known_answers.set(answers);
    }

    /// What the health keys have to answer; nothing before it was learnt.
    pub(crate) fn known_answers(&self) -> &[KnownAnswer] {
        self.known_answers.get().map(Vec::as_slice).unwrap_or_default()
    }

    /// Counts destroyed keys: the number of a handle may be used again, so every session forgets its handles.
    pub(crate) fn count_destroyed(&self) {
        self.destroyed.fetch_add(1, Ordering::SeqCst);
    }

    /// How many keys were destroyed.
    pub(crate) fn destroyed(&self) -> u64 {
        self.destroyed.load(Ordering::SeqCst)
    }

    /// The token's label.
    pub(crate) fn label(&self) -> &str {
        &self.label
    }

    /// The token's serial number.
    pub(crate) fn serial(&self) -> &str {
        &self.serial
    }

    /// The library.
    pub(crate) fn module(&self) -> &Module {
        &self.module
    }

    /// Whether the token lists what a rung of the ladder needs, for the functions it needs it for.
    pub(crate) fn offers(&self, kind: KeyKind) -> bool {
        let Some(slot) = self.slot else { return false };
        let offers = |mechanism: MechanismType, function: fn(&MechanismInfo) -> bool| {
            self.module.offers(slot, mechanism, function)
        };
        let both: fn(&MechanismInfo) -> bool = |info| info.encrypt() && info.decrypt();
        match kind {
            KeyKind::Secret => {
                offers(MechanismType::SHA256_HMAC, MechanismInfo::sign)
                    && offers(MechanismType::GENERIC_SECRET_KEY_GEN, MechanismInfo::generate)
            }
            KeyKind::Aes => {
                offers(MechanismType::AES_GCM, both)
                    && offers(MechanismType::AES_KEY_GEN, MechanismInfo::generate)
            }
        }
    }

    /// The names of the token's mechanisms.
    pub(crate) fn mechanism_names(&self) -> Vec<String> {
        self.slot.map(|slot| self.module.mechanism_names(slot)).unwrap_or_default()
    }

    /// How the token is. Needs no login.
    pub(crate) fn status(&self) -> TokenStatus {
        let info = self.slot.and_then(|slot| self.module.token_info(slot));
        let text =
            |get: fn(&TokenInfo) -> &str| info.as_ref().map(|info| get(info).to_owned()).unwrap_or_default();
        TokenStatus {
            login: *self.standing(),
            pin: info.as_ref().map(pin_flags).unwrap_or_default(),
            sessions: self.sessions,
            library: self.module.description(),
            label: self.label.clone(),
            serial: self.serial.clone(),
            manufacturer: text(TokenInfo::manufacturer_id),
            model: text(TokenInfo::model),
            mechanisms: self.mechanism_names(),
            slots: self.module.slots(),
        }
    }
}

fn pin_flags(info: &TokenInfo) -> PinFlags {
    PinFlags {
        count_low: info.user_pin_count_low(),
        final_try: info.user_pin_final_try(),
        locked: info.user_pin_locked(),
        to_be_changed: info.user_pin_to_be_changed(),
    }
}
