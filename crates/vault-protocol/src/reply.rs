//! The answers that the vault gives.

use crate::cursor::{Reader, put_bytes};
use crate::{
    Command, DataKey, Health, Keyring, MalformedFrame, MfaStanding, NewAccessKey, NewBackingKey, NewMfaSeed,
    OpenedSession, SealedSession, SignedHead, StoreState, VaultStanding,
};
use strongroom_types::SecretBytes;

/// The answer to a command that succeeded.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Nothing to say: `Open`, `CheckBlob`, `Forget`, `RestoreBackup`, `RestoreKeyring`, `CheckStore`, `DestroyStoreKey`.
    Done,
    /// `Initialise`, `ProposedKeyring`, `RetireDomainKeys`.
    Keyring(Keyring),
    /// `GenerateBackingKey`, `GenerateStoreKey`.
    BackingKey(NewBackingKey),
    /// `Encrypt`, `ReEncrypt`, `GenerateDataKeyWithoutPlaintext`, `SealToken`; of `ReWrapBackingKey`,
    /// `ReWrapAccessKey` and `ReWrapMfaSeed` the new record, of `BackupMac` the MAC, of
    /// `SealStorePassword` the sealed password, of `AnnounceStoreKey` the record.
    Blob(Vec<u8>),
    /// `Decrypt`, `Random`, `RandomOfStore`, `SigningKey`, `PageMarkerKey`, `OpenToken`; of `BackupKey` the header and the file key, of
    /// `RestoreFileKey` the file key.
    Secret(SecretBytes),
    /// `GenerateDataKey`.
    DataKey(DataKey),
    /// `CreateAccessKey`.
    AccessKey(NewAccessKey),
    /// `Health`.
    Health(Health),
    /// `CreateSession`.
    NewSession(SealedSession),
    /// `OpenSession`.
    Session(OpenedSession),
    /// `Standing`.
    Standing(VaultStanding),
    /// `SignCheckpoint`.
    Checkpoint(SignedHead),
    /// `CreateMfaSeed`.
    MfaSeed(NewMfaSeed),
    /// `CheckMfaCodes`: how the device stands now.
    MfaStanding(MfaStanding),
    /// `StoreStates`.
    Stores(Vec<StoreState>),
}

impl Reply {
    /// Appends the body.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Done => {}
            Self::Keyring(keyring) => put_bytes(out, &keyring.to_bytes()),
            Self::BackingKey(key) => {
                out.extend_from_slice(&key.material_id);
                put_bytes(out, &key.record);
            }
            Self::Blob(blob) => put_bytes(out, blob),
            Self::Secret(secret) => put_bytes(out, secret.expose()),
            Self::DataKey(DataKey { plaintext: secret, blob: bytes })
            | Self::AccessKey(NewAccessKey { secret, record: bytes })
            | Self::MfaSeed(NewMfaSeed { seed: secret, record: bytes }) => {
                put_bytes(out, secret.expose());
                put_bytes(out, bytes);
            }
            Self::Health(health) => health.encode(out),
            Self::NewSession(session) => session.encode(out),
            Self::Session(session) => session.encode(out),
            Self::Standing(standing) => standing.encode(out),
            Self::Checkpoint(signed) => signed.encode(out),
            Self::MfaStanding(standing) => standing.encode(out),
            Self::Stores(states) => StoreState::encode_all(states, out),
        }
    }

    /// Reads the body of the answer to `command`; refuses bytes left over.
    pub(crate) fn decode(command: Command, body: &[u8]) -> Result<Self, MalformedFrame> {
        let mut reader = Reader::new(body);
        let reply = Self::decode_fields(command, &mut reader)?;
        reader.finish()?;
        Ok(reply)
    }

    fn decode_fields(command: Command, r: &mut Reader<'_>) -> Result<Self, MalformedFrame> {
        Ok(match command {
            Command::Open
            | Command::CheckBlob
            | Command::Forget
            | Command::RestoreBackup
            | Command::RestoreKeyring
            | Command::CheckStore
            | Command::DestroyStoreKey => Self::Done,
            Command::Initialise | Command::ProposedKeyring | Command::RetireDomainKeys => {
                Self::Keyring(Keyring::from_bytes(r.bytes()?)?)
            }
            Command::GenerateBackingKey | Command::GenerateStoreKey => {
                Self::BackingKey(NewBackingKey { material_id: r.array()?, record: r.bytes()?.to_vec() })
            }
            Command::Encrypt
            | Command::ReEncrypt
            | Command::GenerateDataKeyWithoutPlaintext
            | Command::SealToken
            | Command::ReWrapBackingKey
            | Command::ReWrapAccessKey
            | Command::ReWrapMfaSeed
            | Command::BackupMac
            | Command::SealStorePassword
            | Command::AnnounceStoreKey => Self::Blob(r.bytes()?.to_vec()),
            Command::Decrypt
            | Command::Random
            | Command::SigningKey
            | Command::PageMarkerKey
            | Command::OpenToken
            | Command::BackupKey
            | Command::RestoreFileKey
            | Command::RandomOfStore => Self::Secret(SecretBytes::new(r.bytes()?.to_vec())),
            Command::GenerateDataKey => Self::DataKey(DataKey {
                plaintext: SecretBytes::new(r.bytes()?.to_vec()),
                blob: r.bytes()?.to_vec(),
            }),
            Command::CreateAccessKey => Self::AccessKey(NewAccessKey {
                secret: SecretBytes::new(r.bytes()?.to_vec()),
                record: r.bytes()?.to_vec(),
            }),
            Command::CreateMfaSeed => Self::MfaSeed(NewMfaSeed {
                seed: SecretBytes::new(r.bytes()?.to_vec()),
                record: r.bytes()?.to_vec(),
            }),
            Command::CheckMfaCodes => Self::MfaStanding(MfaStanding::decode(r)?),
            Command::Health => Self::Health(Health::decode(r)?),
            Command::CreateSession => Self::NewSession(SealedSession::decode(r)?),
            Command::OpenSession => Self::Session(OpenedSession::decode(r)?),
            Command::Standing => Self::Standing(VaultStanding::decode(r)?),
            Command::SignCheckpoint => Self::Checkpoint(SignedHead::decode(r)?),
            Command::StoreStates => Self::Stores(StoreState::decode_all(r)?),
        })
    }
}
