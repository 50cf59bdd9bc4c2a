//! What can go wrong with a call to the vault, and the codes that say so on the line.

/// Why a call to the vault gave no result. Says nothing about secrets; every ciphertext fault is one error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is no vault, or it went away during the call.
    #[error("the vault is not available")]
    Unavailable,
    /// Too many calls are in flight.
    #[error("too many calls to the vault are in flight")]
    Busy,
    /// The vault has not been opened with a keyring: no root that opens it was presented, or it was sealed.
    #[error("the vault is sealed")]
    Sealed,
    /// A ciphertext did not open, whatever the reason.
    #[error("the ciphertext is invalid")]
    InvalidCiphertext,
    /// A wrapped record does not open under this vault's keys, or what it is bound to differs.
    #[error("the wrapped record was rejected")]
    RecordRejected,
    /// A signing key was asked for a date outside what the vault's clock allows.
    #[error("the date of the signing scope is out of range")]
    DateOutOfRange,
    /// The request is well formed and asks for something that does not exist: a length, spec or scope.
    #[error("the vault refused the request")]
    BadRequest,
    /// The vault was opened with another keyring already.
    #[error("the vault is open with another keyring")]
    AlreadyOpen,
    /// A token was not made by this vault for this use: its text, a bit, its kind, its access key, its cluster.
    #[error("the token was rejected")]
    TokenRejected,
    /// A session token is authentic, and its time is over by the vault's clock.
    #[error("the session has expired")]
    TokenExpired,
    /// The vault tries the root it was started with; ask again.
    #[error("the vault is being opened")]
    Opening,
    /// A cryptographic primitive failed inside the vault.
    #[error("the vault failed inside")]
    Internal,
    /// No answer came before the deadline; the call may still take effect.
    #[error("the vault did not answer in time")]
    TimedOut,
}

impl VaultError {
    /// The outcome code in a reply's flags; `None` for what only the client can see.
    pub const fn code(self) -> Option<u16> {
        match self {
            Self::Sealed => Some(1),
            Self::InvalidCiphertext => Some(2),
            Self::RecordRejected => Some(3),
            Self::DateOutOfRange => Some(4),
            Self::BadRequest => Some(5),
            Self::AlreadyOpen => Some(6),
            Self::Internal => Some(7),
            Self::TokenRejected => Some(8),
            Self::TokenExpired => Some(9),
            Self::Opening => Some(10),
            Self::Unavailable | Self::Busy | Self::TimedOut => None,
        }
    }

    /// The error a reply's flags stand for.
    pub(crate) const fn from_code(code: u16) -> Option<Self> {
        match code {
            1 => Some(Self::Sealed),
            2 => Some(Self::InvalidCiphertext),
            3 => Some(Self::RecordRejected),
            4 => Some(Self::DateOutOfRange),
            5 => Some(Self::BadRequest),
            6 => Some(Self::AlreadyOpen),
            7 => Some(Self::Internal),
            8 => Some(Self::TokenRejected),
            9 => Some(Self::TokenExpired),
            10 => Some(Self::Opening),
            _ => None,
        }
    }
}

/// Bytes that are not a frame of this protocol. The lane they came from is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed vault frame: {0}")]
pub struct MalformedFrame(pub(crate) &'static str);
