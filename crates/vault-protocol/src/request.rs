//! The commands that the front sends.

use crate::cursor::{Reader, put_bytes};
use crate::{
    AccessKeyBinding, ClusterId, Command, KeyBinding, Keyring, LogHead, MalformedFrame, MfaRequest,
    RecoveryRequest, SentKey, SigningScope, StoreRequest, TokenKind,
};
use strongroom_types::Timestamp;

/// One command with its arguments, as the vault reads it.
#[derive(Clone, Debug)]
pub enum Request<'a> {
    /// Make the keyring of a new cluster, and open it.
    Initialise(ClusterId),
    /// Open a keyring.
    Open(Keyring),
    /// Make a backing key with this binding.
    GenerateBackingKey(KeyBinding),
    /// Encrypt `plaintext` under `key`, bound to the canonical encryption context.
    Encrypt {
        /// The wrapped key.
        key: SentKey<'a>,
        /// The encryption context in canonical form.
        context: &'a [u8],
        /// At most 4,096 bytes.
        plaintext: &'a [u8],
    },
    /// Decrypt `blob`.
    Decrypt {
        /// The wrapped key.
        key: SentKey<'a>,
        /// The encryption context in canonical form.
        context: &'a [u8],
        /// The ciphertext blob.
        blob: &'a [u8],
        /// Whether the answer holds the plaintext, or says only that the blob opens.
        plaintext: bool,
    },
    /// Decrypt under `from`, encrypt under `to`.
    ReEncrypt {
        /// The wrapped key that opens `blob`.
        from: SentKey<'a>,
        /// The encryption context of `blob`.
        from_context: &'a [u8],
        /// The ciphertext blob.
        blob: &'a [u8],
        /// The wrapped key of the new blob.
        to: SentKey<'a>,
        /// The encryption context of the new blob.
        to_context: &'a [u8],
    },
    /// Make a data key of `bytes` bytes.
    GenerateDataKey {
        /// The wrapped key.
        key: SentKey<'a>,
        /// The encryption context in canonical form.
        context: &'a [u8],
        /// 1 to 1,024.
        bytes: u16,
        /// Whether the answer holds the data key besides its blob.
        plaintext: bool,
    },
    /// So many random bytes, 1 to 1,024.
    Random(u16),
    /// Make a secret access key with this binding.
    CreateAccessKey(AccessKeyBinding),
    /// Derive a signing key.
    SigningKey {
        /// What the record is bound to.
        binding: AccessKeyBinding,
        /// The wrapped secret access key.
        record: &'a [u8],
        /// Date, Region and service.
        scope: SigningScope,
    },
    /// The page-marker key.
    PageMarkerKey,
    /// Drop what is cached for this record.
    Forget(&'a [u8]),
    /// How the vault is.
    Health,
    /// Make temporary credentials.
    CreateSession {
        /// The account, twelve digits.
        account: &'a str,
        /// When the session ends.
        expires_at: Timestamp,
        /// What the front wants to know about it again; opaque to the vault.
        claims: &'a [u8],
    },
    /// Open a session token and derive a signing key from the secret in it.
    OpenSession {
        /// The token's bytes.
        token: &'a [u8],
        /// The access key id that came with it.
        access_key_id: &'a str,
        /// Date, Region and service.
        scope: SigningScope,
    },
    /// Seal bytes into a token of this kind.
    SealToken {
        /// The kind.
        kind: TokenKind,
        /// What the token holds; opaque to the vault.
        bytes: &'a [u8],
    },
    /// Open a token of this kind.
    OpenToken {
        /// The kind.
        kind: TokenKind,
        /// The token's bytes.
        token: &'a [u8],
    },
    /// Wrap a backing key anew, under the newest domain key.
    ReWrapBackingKey(SentKey<'a>),
    /// Wrap a secret access key anew, under the newest domain key.
    ReWrapAccessKey {
        /// What the record is bound to.
        binding: AccessKeyBinding,
        /// The wrapped secret access key.
        record: &'a [u8],
    },
    /// The proposed keyring.
    ProposedKeyring,
    /// Propose the keyring without the domain keys below this version, which nothing is wrapped under any more.
    RetireDomainKeys(u32),
    /// Which vault this is, its count of key uses, the public keys of checkpoints.
    Standing,
    /// Sign a checkpoint with this head.
    SignCheckpoint(LogHead<'a>),
    /// Virtual MFA devices.
    Mfa(MfaRequest<'a>),
    /// Backups, and restoring one.
    Recovery(RecoveryRequest<'a>),
    /// Custom key stores and keys that are born in their tokens.
    Store(StoreRequest<'a>),
}

impl<'a> Request<'a> {
    /// The command byte this request travels under.
    pub const fn command(&self) -> Command {
        match self {
            Self::Initialise(_) => Command::Initialise,
            Self::Open(_) => Command::Open,
            Self::GenerateBackingKey(_) => Command::GenerateBackingKey,
            Self::Encrypt { .. } => Command::Encrypt,
            Self::Decrypt { plaintext: true, .. } => Command::Decrypt,
            Self::Decrypt { plaintext: false, .. } => Command::CheckBlob,
            Self::ReEncrypt { .. } => Command::ReEncrypt,
            Self::GenerateDataKey { plaintext: true, .. } => Command::GenerateDataKey,
            Self::GenerateDataKey { plaintext: false, .. } => Command::GenerateDataKeyWithoutPlaintext,
            Self::Random(_) => Command::Random,
            Self::CreateAccessKey(_) => Command::CreateAccessKey,
            Self::SigningKey { .. } => Command::SigningKey,
            Self::PageMarkerKey => Command::PageMarkerKey,
            Self::Forget(_) => Command::Forget,
            Self::Health => Command::Health,
            Self::CreateSession { .. } => Command::CreateSession,
            Self::OpenSession { .. } => Command::OpenSession,
            Self::SealToken { .. } => Command::SealToken,
            Self::OpenToken { .. } => Command::OpenToken,
            Self::ReWrapBackingKey(_) => Command::ReWrapBackingKey,
            Self::ReWrapAccessKey { .. } => Command::ReWrapAccessKey,
            Self::ProposedKeyring => Command::ProposedKeyring,
            Self::RetireDomainKeys(_) => Command::RetireDomainKeys,
            Self::Standing => Command::Standing,
            Self::SignCheckpoint(_) => Command::SignCheckpoint,
            Self::Mfa(request) => request.command(),
            Self::Recovery(request) => request.command(),
            Self::Store(request) => request.command(),
        }
    }

    /// Room that the body surely fits, so that a frame with plaintext is not copied while it grows.
    pub(crate) fn bytes_max(&self) -> usize {
        /// The frame's head and the lengths of what is in it.
        const HEAD: usize = 64;
        /// Ids and names of bounded size.
        const NAMES: usize = 320;
        let variable = match self {
            Self::Encrypt { key, context, plaintext: bytes }
            | Self::Decrypt { key, context, blob: bytes, .. } => {
                key.bytes_max() + context.len() + bytes.len()
            }
            Self::ReEncrypt { from, from_context, blob, to, to_context } => {
                from.bytes_max() + from_context.len() + blob.len() + to.bytes_max() + to_context.len()
            }
            Self::GenerateDataKey { key, context, .. } => key.bytes_max() + context.len(),
            Self::CreateSession { claims: bytes, .. }
            | Self::OpenSession { token: bytes, .. }
            | Self::SealToken { bytes, .. }
            | Self::OpenToken { token: bytes, .. } => NAMES + bytes.len(),
            _ => NAMES,
        };
        HEAD + variable
    }

    /// Appends the body.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Initialise(cluster) => out.extend_from_slice(&cluster.0),
            Self::Open(keyring) => put_bytes(out, &keyring.to_bytes()),
            Self::GenerateBackingKey(binding) => binding.encode(out),
            Self::Encrypt { key, context, plaintext: bytes }
            | Self::Decrypt { key, context, blob: bytes, .. } => {
                key.encode(out);
                put_bytes(out, context);
                put_bytes(out, bytes);
            }
            Self::ReEncrypt { from, from_context, blob, to, to_context } => {
                from.encode(out);
                put_bytes(out, from_context);
                put_bytes(out, blob);
                to.encode(out);
                put_bytes(out, to_context);
            }
            Self::GenerateDataKey { key, context, bytes, .. } => {
                out.extend_from_slice(&bytes.to_le_bytes());
                key.encode(out);
                put_bytes(out, context);
            }
            Self::Random(bytes) => out.extend_from_slice(&bytes.to_le_bytes()),
            Self::CreateAccessKey(binding) => binding.encode(out),
            Self::SigningKey { binding, record, scope } => {
                binding.encode(out);
                put_bytes(out, record);
                scope.encode(out);
            }
            Self::Forget(record) => put_bytes(out, record),
            Self::PageMarkerKey | Self::Health | Self::ProposedKeyring | Self::Standing => {}
            Self::SignCheckpoint(head) => head.encode(out),
            Self::ReWrapBackingKey(key) => key.encode(out),
            Self::ReWrapAccessKey { binding, record } => {
                binding.encode(out);
                put_bytes(out, record);
            }
            Self::RetireDomainKeys(version) => out.extend_from_slice(&version.to_le_bytes()),
            Self::Mfa(request) => request.encode(out),
            Self::Recovery(request) => request.encode(out),
            Self::Store(request) => request.encode(out),
            Self::CreateSession { account, expires_at, claims } => {
                put_bytes(out, account.as_bytes());
                out.extend_from_slice(&expires_at.millis().to_le_bytes());
                put_bytes(out, claims);
            }
            Self::OpenSession { token, access_key_id, scope } => {
                put_bytes(out, token);
                put_bytes(out, access_key_id.as_bytes());
                scope.encode(out);
            }
            Self::SealToken { kind, bytes } | Self::OpenToken { kind, token: bytes } => {
                out.push(kind.byte());
                put_bytes(out, bytes);
            }
        }
    }

    /// Reads the body of `command`; refuses bytes left over.
    pub(crate) fn decode(command: Command, body: &'a [u8]) -> Result<Self, MalformedFrame> {
        let mut reader = Reader::new(body);
        let request = Self::decode_fields(command, &mut reader)?;
        reader.finish()?;
        Ok(request)
    }

    fn decode_fields(command: Command, r: &mut Reader<'a>) -> Result<Self, MalformedFrame> {
        Ok(match command {
            Command::Initialise => Self::Initialise(ClusterId(r.array()?)),
            Command::Open => Self::Open(Keyring::from_bytes(r.bytes()?)?),
            Command::GenerateBackingKey => Self::GenerateBackingKey(KeyBinding::decode(r)?),
            Command::Encrypt => {
                Self::Encrypt { key: SentKey::decode(r)?, context: r.bytes()?, plaintext: r.bytes()? }
            }
            Command::Decrypt | Command::CheckBlob => Self::Decrypt {
                key: SentKey::decode(r)?,
                context: r.bytes()?,
                blob: r.bytes()?,
                plaintext: command == Command::Decrypt,
            },
            Command::ReEncrypt => Self::ReEncrypt {
                from: SentKey::decode(r)?,
                from_context: r.bytes()?,
                blob: r.bytes()?,
                to: SentKey::decode(r)?,
                to_context: r.bytes()?,
            },
            Command::GenerateDataKey | Command::GenerateDataKeyWithoutPlaintext => Self::GenerateDataKey {
                bytes: r.u16()?,
                key: SentKey::decode(r)?,
                context: r.bytes()?,
                plaintext: command == Command::GenerateDataKey,
            },
            Command::Random => Self::Random(r.u16()?),
            Command::CreateAccessKey => Self::CreateAccessKey(AccessKeyBinding::decode(r)?),
            Command::SigningKey => Self::SigningKey {
                binding: AccessKeyBinding::decode(r)?,
                record: r.bytes()?,
                scope: SigningScope::decode(r)?,
            },
            Command::PageMarkerKey => Self::PageMarkerKey,
            Command::Forget => Self::Forget(r.bytes()?),
            Command::Health => Self::Health,
            Command::CreateSession => Self::CreateSession {
                account: r.text()?,
                expires_at: Timestamp::from_millis(r.u64()?),
                claims: r.bytes()?,
            },
            Command::OpenSession => Self::OpenSession {
                token: r.bytes()?,
                access_key_id: r.text()?,
                scope: SigningScope::decode(r)?,
            },
            Command::SealToken => Self::SealToken { kind: TokenKind::decode(r)?, bytes: r.bytes()? },
            Command::OpenToken => Self::OpenToken { kind: TokenKind::decode(r)?, token: r.bytes()? },
            Command::ReWrapBackingKey => Self::ReWrapBackingKey(SentKey::decode(r)?),
            Command::ReWrapAccessKey => {
                Self::ReWrapAccessKey { binding: AccessKeyBinding::decode(r)?, record: r.bytes()? }
            }
            Command::ProposedKeyring => Self::ProposedKeyring,
            Command::RetireDomainKeys => Self::RetireDomainKeys(r.u32()?),
            Command::Standing => Self::Standing,
            Command::SignCheckpoint => Self::SignCheckpoint(LogHead::decode(r)?),
            part => Self::decode_part(part, r)?,
        })
    }

    /// The commands that have a file of their own.
    fn decode_part(command: Command, r: &mut Reader<'a>) -> Result<Self, MalformedFrame> {
        Ok(match command {
            Command::CreateMfaSeed | Command::CheckMfaCodes | Command::ReWrapMfaSeed => {
                Self::Mfa(MfaRequest::decode(command, r)?)
            }
            Command::BackupKey
            | Command::BackupMac
            | Command::RestoreBackup
            | Command::RestoreFileKey
            | Command::RestoreKeyring => Self::Recovery(RecoveryRequest::decode(command, r)?),
            store => Self::Store(StoreRequest::decode(store, r)?),
        })
    }
}
