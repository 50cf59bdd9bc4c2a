//! What the worker says about its token, for `vault status`.

use crate::MalformedFrame;
use crate::cursor::{Reader, cut, put_bytes, put_list, read_text};
use crate::values::NAME_BYTES_MAX;

/// Bytes of a mechanism's name.
const MECHANISM_BYTES_MAX: usize = 48;

/// Mechanisms that are listed at most.
const MECHANISMS_MAX: usize = 512;

/// Slots that are listed at most.
const SLOTS_MAX: usize = 64;

/// How the worker stands with its token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Login {
    /// It is logged in and serves.
    In = 1,
    /// The PIN was refused and is not tried again.
    PinIncorrect = 2,
    /// The token has locked the PIN.
    PinLocked = 3,
    /// The token is gone: the worker has to be started again.
    Gone = 4,
}

/// What the token says about the user's PIN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinFlags {
    /// A wrong PIN was tried since the last login.
    pub count_low: bool,
    /// One more wrong PIN locks it.
    pub final_try: bool,
    /// It is locked.
    pub locked: bool,
    /// It has to be changed.
    pub to_be_changed: bool,
}

/// One slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotFacts {
    /// The slot's number, which may be another after each start.
    pub id: u64,
    /// The label of the token in it; empty for one that is not initialised.
    pub label: String,
    /// The token's serial number.
    pub serial: String,
}

/// How the token is. Texts that are too long are cut, lists too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenStatus {
    /// How the worker stands with it.
    pub login: Login,
    /// The token's flags about the user's PIN; all false when it is gone.
    pub pin: PinFlags,
    /// Sessions of the worker: one for each of its threads.
    pub sessions: u8,
    /// What the library says it is.
    pub library: String,
    /// The token's label.
    pub label: String,
    /// The token's serial number.
    pub serial: String,
    /// Who made the token.
    pub manufacturer: String,
    /// The token's model.
    pub model: String,
    /// Names of the mechanisms, those that the standard names.
    pub mechanisms: Vec<String>,
    /// Every slot with a token.
    pub slots: Vec<SlotFacts>,
}

impl TokenStatus {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        let PinFlags { count_low, final_try, locked, to_be_changed } = self.pin;
        out.push(self.login as u8);
        out.extend([count_low, final_try, locked, to_be_changed].map(u8::from));
        out.push(self.sessions);
        for text in [&self.library, &self.label, &self.serial, &self.manufacturer, &self.model] {
            put_text(out, text);
        }
        put_list(out, &self.mechanisms, MECHANISMS_MAX, |out, name| {
            put_bytes(out, cut(name, MECHANISM_BYTES_MAX).as_bytes());
        });
        put_list(out, &self.slots, SLOTS_MAX, |out, slot| {
            out.extend_from_slice(&slot.id.to_le_bytes());
            put_text(out, &slot.label);
            put_text(out, &slot.serial);
        });
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        Ok(Self {
            login: read_login(reader)?,
            pin: PinFlags {
                count_low: reader.flag()?,
                final_try: reader.flag()?,
                locked: reader.flag()?,
                to_be_changed: reader.flag()?,
            },
            sessions: reader.u8()?,
            library: read_text(reader, NAME_BYTES_MAX)?,
            label: read_text(reader, NAME_BYTES_MAX)?,
            serial: read_text(reader, NAME_BYTES_MAX)?,
            manufacturer: read_text(reader, NAME_BYTES_MAX)?,
            model: read_text(reader, NAME_BYTES_MAX)?,
            mechanisms: reader.list(MECHANISMS_MAX, |reader| read_text(reader, MECHANISM_BYTES_MAX))?,
            slots: reader.list(SLOTS_MAX, |reader| {
                Ok(SlotFacts {
                    id: reader.u64()?,
                    label: read_text(reader, NAME_BYTES_MAX)?,
                    serial: read_text(reader, NAME_BYTES_MAX)?,
                })
            })?,
        })
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, cut(text, NAME_BYTES_MAX).as_bytes());
}

fn read_login(reader: &mut Reader<'_>) -> Result<Login, MalformedFrame> {
    match reader.u8()? {
        1 => Ok(Login::In),
        2 => Ok(Login::PinIncorrect),
        3 => Ok(Login::PinLocked),
        4 => Ok(Login::Gone),
        _ => Err(MalformedFrame("login")),
    }
}
