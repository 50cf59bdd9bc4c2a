//! The bytes that commands travel under, and the lane of each.

use crate::MalformedFrame;

/// Which pair of sockets a command travels on, so that a slow command does not hold up quick ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Symmetric work, signing keys, tokens, random bytes.
    Fast,
    /// Making keys and wrapping them anew; signing checkpoints.
    Slow,
}

/// The command byte of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Command {
    /// Make the keyring key and the first domain key.
    Initialise = 1,
    /// Unwrap a keyring.
    Open = 2,
    /// Make a backing key.
    GenerateBackingKey = 3,
    /// Encrypt a caller's bytes.
    Encrypt = 4,
    /// Decrypt a blob.
    Decrypt = 5,
    /// Decrypt under one key and encrypt under another.
    ReEncrypt = 6,
    /// Make a data key.
    GenerateDataKey = 7,
    /// Make a data key and answer with its blob alone.
    GenerateDataKeyWithoutPlaintext = 8,
    /// Random bytes.
    Random = 9,
    /// Make an access key's secret.
    CreateAccessKey = 10,
    /// Derive a SigV4 signing key.
    SigningKey = 11,
    /// The service key that page markers are sealed with.
    PageMarkerKey = 12,
    /// Drop a cached key.
    Forget = 13,
    /// How the vault is.
    Health = 14,
    /// Make temporary credentials and their session token.
    CreateSession = 15,
    /// Open a session token.
    OpenSession = 16,
    /// Seal bytes into a token.
    SealToken = 17,
    /// Open such a token.
    OpenToken = 18,
    /// Wrap a backing key under the newest domain key.
    ReWrapBackingKey = 19,
    /// Wrap a secret access key under the newest domain key.
    ReWrapAccessKey = 20,
    /// The keyring that the operator has had made and that is not in force yet.
    ProposedKeyring = 21,
    /// Propose the keyring without old domain keys.
    RetireDomainKeys = 22,
    /// Which vault this is, its count of key uses, the public keys of checkpoints.
    Standing = 23,
    /// Sign a checkpoint of the audit log.
    SignCheckpoint = 24,
    /// Make the seed of a virtual MFA device.
    CreateMfaSeed = 25,
    /// Whether codes of a virtual MFA device are right.
    CheckMfaCodes = 26,
    /// Wrap the seed of a virtual MFA device under the newest domain key.
    ReWrapMfaSeed = 27,
    /// Whether a blob opens, without its plaintext.
    CheckBlob = 28,
    /// Header and file key of a new backup, encrypted to the recovery set.
    BackupKey = 30,
    /// The MAC of a backup's digest.
    BackupMac = 31,
    /// Restore: take in the header of a backup, in a vault without root and keyring.
    RestoreBackup = 32,
    /// Restore: the file key, once shares have given it.
    RestoreFileKey = 33,
    /// Restore: check the backup's MAC and open its keyring with the shares.
    RestoreKeyring = 34,
    /// Seal the password of a custom key store.
    SealStorePassword = 40,
    /// Whether a key store's token works and its password is right.
    CheckStore = 41,
    /// Make a backing key in a key store's token.
    GenerateStoreKey = 42,
    /// Destroy a backing key in its token.
    DestroyStoreKey = 43,
    /// Random bytes to which a key store's token gives its part.
    RandomOfStore = 44,
    /// How the tokens of key stores are.
    StoreStates = 45,
    /// Name a key that is about to be made in a key store's token.
    AnnounceStoreKey = 46,
}

impl Command {
    /// All commands, in the order of their bytes.
    pub const ALL: [Self; 40] = [
        Self::Initialise,
        Self::Open,
        Self::GenerateBackingKey,
        Self::Encrypt,
        Self::Decrypt,
        Self::ReEncrypt,
        Self::GenerateDataKey,
        Self::GenerateDataKeyWithoutPlaintext,
        Self::Random,
        Self::CreateAccessKey,
        Self::SigningKey,
        Self::PageMarkerKey,
        Self::Forget,
        Self::Health,
        Self::CreateSession,
        Self::OpenSession,
        Self::SealToken,
        Self::OpenToken,
        Self::ReWrapBackingKey,
        Self::ReWrapAccessKey,
        Self::ProposedKeyring,
        Self::RetireDomainKeys,
        Self::Standing,
        Self::SignCheckpoint,
        Self::CreateMfaSeed,
        Self::CheckMfaCodes,
        Self::ReWrapMfaSeed,
        Self::CheckBlob,
        Self::BackupKey,
        Self::BackupMac,
        Self::RestoreBackup,
        Self::RestoreFileKey,
        Self::RestoreKeyring,
        Self::SealStorePassword,
        Self::CheckStore,
        Self::GenerateStoreKey,
        Self::DestroyStoreKey,
        Self::RandomOfStore,
        Self::StoreStates,
        Self::AnnounceStoreKey,
    ];

    pub(crate) fn from_byte(byte: u8) -> Result<Self, MalformedFrame> {
        Self::ALL.into_iter().find(|c| *c as u8 == byte).ok_or(MalformedFrame("unknown command"))
    }

    /// The lane the client sends it on.
    pub const fn lane(self) -> Lane {
        match self {
            Self::GenerateBackingKey
            | Self::CreateAccessKey
            | Self::ReWrapBackingKey
            | Self::ReWrapAccessKey
            | Self::SignCheckpoint
            | Self::CreateMfaSeed
            | Self::ReWrapMfaSeed
            | Self::BackupKey
            | Self::CheckStore
            | Self::GenerateStoreKey
            | Self::DestroyStoreKey
            | Self::AnnounceStoreKey => Lane::Slow,
            _ => Lane::Fast,
        }
    }
}
