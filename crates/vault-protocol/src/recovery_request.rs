//! The commands of backups and of restoring one, as part of [`Request`](crate::Request).

use crate::cursor::{Reader, put_bytes};
use crate::{Command, Keyring, MalformedFrame};
use strongroom_types::Timestamp;

/// What is asked about backups. The last three are for a vault without root and keyring, which a restore starts.
#[derive(Clone, Debug)]
pub enum RecoveryRequest<'a> {
    /// Header and file key of a new backup; `BadRequest` without a recovery set.
    BackupKey {
        /// The store's revision that the backup holds.
        revision: u64,
        /// When it is begun.
        made: Timestamp,
    },
    /// The MAC of a backup's digest.
    BackupMac([u8; 32]),
    /// The header of the backup that is to be restored.
    RestoreBackup(&'a [u8]),
    /// The file key of that backup; `BadRequest` until shares have given it.
    RestoreFileKey,
    /// The keyring of that backup, and what its end says; `RecordRejected` when one of them is not the cluster's.
    RestoreKeyring {
        /// As it lies in the backup.
        keyring: Keyring,
        /// The digest that was computed over the backup.
        digest: [u8; 32],
        /// The MAC that the backup carries.
        mac: [u8; 32],
    },
}

impl<'a> RecoveryRequest<'a> {
    pub(crate) const fn command(&self) -> Command {
        match self {
            Self::BackupKey { .. } => Command::BackupKey,
            Self::BackupMac(_) => Command::BackupMac,
            Self::RestoreBackup(_) => Command::RestoreBackup,
            Self::RestoreFileKey => Command::RestoreFileKey,
            Self::RestoreKeyring { .. } => Command::RestoreKeyring,
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::BackupKey { revision, made } => {
                out.extend_from_slice(&revision.to_le_bytes());
                out.extend_from_slice(&made.millis().to_le_bytes());
            }
            Self::BackupMac(digest) => out.extend_from_slice(digest),
            Self::RestoreBackup(header) => put_bytes(out, header),
            Self::RestoreFileKey => {}
            Self::RestoreKeyring { keyring, digest, mac } => {
                put_bytes(out, &keyring.to_bytes());
                out.extend_from_slice(digest);
                out.extend_from_slice(mac);
            }
        }
    }

    pub(crate) fn decode(command: Command, r: &mut Reader<'a>) -> Result<Self, MalformedFrame> {
        Ok(match command {
            Command::BackupKey => {
                Self::BackupKey { revision: r.u64()?, made: Timestamp::from_millis(r.u64()?) }
            }
            Command::BackupMac => Self::BackupMac(r.array()?),
            Command::RestoreBackup => Self::RestoreBackup(r.bytes()?),
            Command::RestoreFileKey => Self::RestoreFileKey,
            Command::RestoreKeyring => Self::RestoreKeyring {
                keyring: Keyring::from_bytes(r.bytes()?)?,
                digest: r.array()?,
                mac: r.array()?,
            },
            _ => return Err(MalformedFrame("not a command of recovery")),
        })
    }
}
