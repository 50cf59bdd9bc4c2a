//! What can go wrong with a call to the token, and the codes that say so on the line.

use strongroom_frames::Malformed;

/// The longest text of an error, in bytes; what is longer is cut.
pub const TEXT_BYTES_MAX: usize = 4_096;

/// Why a call to the token gave no result. Says nothing about secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// There is no worker, or it went away during the call.
    #[error("the token worker is not available")]
    Unavailable,
    /// No answer came before the deadline; the call may still take effect. The line is given up.
    #[error("the token did not answer in time")]
    TimedOut,
    /// Too many calls are in flight.
    #[error("too many calls to the token are in flight")]
    Busy,
    /// The token is not there, or does not give the known answer. Nothing heals until the worker is started again.
    #[error("the token is not present")]
    NotPresent,
    /// The token refused the PIN. It is not tried again: real tokens lock.
    #[error("the token refused the PIN; it is not tried again until the worker is started with another")]
    PinIncorrect,
    /// The token has locked the PIN.
    #[error("the token has locked the PIN")]
    PinLocked,
    /// The token works and holds no such key.
    #[error("the token holds no such key")]
    KeyNotFound,
    /// A key of that label is there already.
    #[error("the token holds a key of that label already")]
    KeyExists,
    /// The token works, and a ciphertext did not open.
    #[error("the ciphertext does not open under the token's key")]
    Tampered,
    /// The request is well formed and asks for something that does not exist: a length, a kind of key.
    #[error("the token worker refused the request")]
    BadRequest,
    /// The token has no mechanism of the ladder; the text lists those it has.
    #[error("the token has no mechanism that can hold a root key: {0}")]
    NoMechanism(String),
    /// The token failed otherwise; the text is the name of its return value and of the function.
    #[error("the token failed: {0}")]
    Failed(String),
}

impl TokenError {
    /// The outcome code in a reply's flags; `None` for what only the client can see.
    pub const fn code(&self) -> Option<u16> {
        match self {
            Self::Busy => Some(1),
            Self::NotPresent => Some(2),
            Self::PinIncorrect => Some(3),
            Self::PinLocked => Some(4),
            Self::KeyNotFound => Some(5),
            Self::KeyExists => Some(6),
            Self::Tampered => Some(7),
            Self::BadRequest => Some(8),
            Self::NoMechanism(_) => Some(9),
            Self::Failed(_) => Some(10),
            Self::Unavailable | Self::TimedOut => None,
        }
    }

    /// The text that travels in the reply's body.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::NoMechanism(text) | Self::Failed(text) => text,
            _ => "",
        }
    }

    /// The error that a reply's flags and text stand for. Only two errors have a text.
    pub(crate) fn from_code(code: u16, text: &str) -> Result<Self, MalformedFrame> {
        let plain = match code {
            9 => return Ok(Self::NoMechanism(text.to_owned())),
            10 => return Ok(Self::Failed(text.to_owned())),
            1 => Self::Busy,
            2 => Self::NotPresent,
            3 => Self::PinIncorrect,
            4 => Self::PinLocked,
            5 => Self::KeyNotFound,
            6 => Self::KeyExists,
            7 => Self::Tampered,
            8 => Self::BadRequest,
            _ => return Err(MalformedFrame("outcome code")),
        };
        if text.is_empty() { Ok(plain) } else { Err(MalformedFrame("body of an error")) }
    }
}

/// Bytes that are not a frame of this protocol. The line they came from is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed token frame: {0}")]
pub struct MalformedFrame(pub(crate) &'static str);

impl Malformed for MalformedFrame {
    fn malformed(what: &'static str) -> Self {
        Self(what)
    }
}
