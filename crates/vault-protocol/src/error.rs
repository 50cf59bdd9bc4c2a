//! What can go wrong with a call to the vault, and the codes that say so on the line.

use strongroom_frames::Malformed;

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
    /// A code of a virtual MFA device is not right, or is past.
    #[error("the code was rejected")]
    CodeRejected,
    /// The same, and it was one too many: no code of the device is looked at for a while.
    #[error("the code was rejected, and further ones are for a while")]
    CodeLocks,
    /// No code of the device is looked at now: too many were not right.
    #[error("too many codes were rejected")]
    CodesLocked,
    /// No code of the device is looked at now: of too many other devices wrong ones are counted.
    #[error("codes of too many devices were rejected")]
    CodesCrowded,
    /// The vault tries the root it was started with; ask again.
    #[error("the vault is being opened")]
    Opening,
    /// The vault's root key is in a PKCS#11 token, and the token or its worker is not there.
    #[error("the vault is sealed: the PKCS#11 token that holds its root key is away")]
    Pkcs11Away,
    /// The token refused or locked the PIN; it is not tried again by itself.
    #[error("the vault is sealed: the PKCS#11 token that holds its root key refused the PIN")]
    Pkcs11PinRefused,
    /// The token works and does not do what a root needs, or holds no root key of this keyring; the log says what.
    #[error("the vault is sealed: the PKCS#11 token does not open it (the log says why)")]
    Pkcs11Failed,
    /// The root that the vault was started with is none of the keyring's (any more): the vault has dropped it and waits for one
    /// that is.
    #[error(
        "the vault is sealed: the root that it was started with is not enrolled (any more); one that is opens it"
    )]
    StartRootNotEnrolled,
    /// The token of a custom key store, or its worker, is not there; it heals by itself.
    #[error("the token of the custom key store is away")]
    StoreAway,
    /// The token of a custom key store refused the PIN, or the store's password is another.
    #[error("the PIN of the custom key store's token is another")]
    StorePinRefused,
    /// The token of a custom key store has locked the PIN, or too many wrong passwords were tried.
    #[error("the PIN of the custom key store's token is locked")]
    StorePinLocked,
    /// The token of a custom key store does not do what is asked of it; the worker's log says what.
    #[error("the token of the custom key store failed")]
    StoreFailed,
    /// No token is configured under this cluster id.
    #[error("no token is configured for the custom key store's cluster")]
    StoreUnknown,
    /// The token of a custom key store works and does not hold the key.
    #[error("the token of the custom key store does not hold the key")]
    StoreKeyMissing,
    /// Too many calls wait for the token of a custom key store.
    #[error("too many calls wait for the token of the custom key store")]
    StoreBusy,
    /// A cryptographic primitive failed inside the vault.
    #[error("the vault failed inside")]
    Internal,
    /// No answer came before the deadline; the call may still take effect.
    #[error("the vault did not answer in time")]
    TimedOut,
}

impl VaultError {
    /// Whether the vault runs and is closed: nothing is wrong with it, and a root or its token may open it later.
    pub const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Sealed
                | Self::Opening
                | Self::Pkcs11Away
                | Self::Pkcs11PinRefused
                | Self::Pkcs11Failed
                | Self::StartRootNotEnrolled
        )
    }

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
            Self::Pkcs11Away => Some(11),
            Self::Pkcs11PinRefused => Some(12),
            Self::Pkcs11Failed => Some(13),
            Self::CodeRejected => Some(14),
            Self::CodeLocks => Some(15),
            Self::CodesLocked => Some(16),
            Self::CodesCrowded => Some(17),
            Self::StartRootNotEnrolled => Some(18),
            Self::StoreAway => Some(20),
            Self::StorePinRefused => Some(21),
            Self::StorePinLocked => Some(22),
            Self::StoreFailed => Some(23),
            Self::StoreUnknown => Some(24),
            Self::StoreKeyMissing => Some(25),
            Self::StoreBusy => Some(26),
            Self::Unavailable | Self::Busy | Self::TimedOut => None,
        }
    }

    /// The error a reply's flags stand for.
    pub const fn from_code(code: u16) -> Option<Self> {
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
            11 => Some(Self::Pkcs11Away),
            12 => Some(Self::Pkcs11PinRefused),
            13 => Some(Self::Pkcs11Failed),
            14 => Some(Self::CodeRejected),
            15 => Some(Self::CodeLocks),
            16 => Some(Self::CodesLocked),
            17 => Some(Self::CodesCrowded),
            18 => Some(Self::StartRootNotEnrolled),
            20 => Some(Self::StoreAway),
            21 => Some(Self::StorePinRefused),
            22 => Some(Self::StorePinLocked),
            23 => Some(Self::StoreFailed),
            24 => Some(Self::StoreUnknown),
            25 => Some(Self::StoreKeyMissing),
            26 => Some(Self::StoreBusy),
            _ => None,
        }
    }
}

/// Bytes that are not a frame of this protocol. The lane they came from is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed vault frame: {0}")]
pub struct MalformedFrame(pub(crate) &'static str);

impl Malformed for MalformedFrame {
    fn malformed(what: &'static str) -> Self {
        Self(what)
    }
}
