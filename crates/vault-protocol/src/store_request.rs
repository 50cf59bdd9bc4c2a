//! The commands of custom key stores, as part of [`Request`](crate::Request): the token of a store, and keys born in it.
//!
//! A token is named by the cluster id that the operator gave it (`docs/token.md`). Commands that use such a key are those of
//! every key: its record says where it is.

use crate::cursor::{Reader, put_bytes};
use crate::{Command, KeyBinding, MalformedFrame, SentKey};
use std::fmt;

/// The longest id of a cluster, in bytes.
pub const CLUSTER_BYTES_MAX: usize = 24;

/// What is asked about key stores. Prints as its command only.
#[derive(Clone)]
pub enum StoreRequest<'a> {
    /// Seal a store's password, bound to its cluster: only the vault opens it again.
    SealPassword {
        /// The cluster's id.
        cluster: &'a str,
        /// At most 256 bytes.
        password: &'a [u8],
    },
    /// Whether the cluster's token works, and this sealed password is its PIN.
    Check {
        /// The cluster's id.
        cluster: &'a str,
        /// What `SealPassword` gave.
        sealed: &'a [u8],
    },
    /// Make a backing key in the cluster's token.
    GenerateKey {
        /// The cluster's id.
        cluster: &'a str,
        /// What the key's record is bound to.
        binding: KeyBinding,
    },
    /// Destroy a backing key in its token; one that is gone is a success.
    DestroyKey(SentKey<'a>),
}

impl fmt::Debug for StoreRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoreRequest({:?})", self.command())
    }
}

impl<'a> StoreRequest<'a> {
    pub(crate) const fn command(&self) -> Command {
        match self {
            Self::SealPassword { .. } => Command::SealStorePassword,
            Self::Check { .. } => Command::CheckStore,
            Self::GenerateKey { .. } => Command::GenerateStoreKey,
            Self::DestroyKey(_) => Command::DestroyStoreKey,
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::SealPassword { cluster, password: bytes } | Self::Check { cluster, sealed: bytes } => {
                put_bytes(out, cluster.as_bytes());
                put_bytes(out, bytes);
            }
            Self::GenerateKey { cluster, binding } => {
                put_bytes(out, cluster.as_bytes());
                binding.encode(out);
            }
            Self::DestroyKey(key) => key.encode(out),
        }
    }

    pub(crate) fn decode(command: Command, r: &mut Reader<'a>) -> Result<Self, MalformedFrame> {
        Ok(match command {
            Command::SealStorePassword => Self::SealPassword { cluster: cluster(r)?, password: r.bytes()? },
            Command::CheckStore => Self::Check { cluster: cluster(r)?, sealed: r.bytes()? },
            Command::GenerateStoreKey => {
                Self::GenerateKey { cluster: cluster(r)?, binding: KeyBinding::decode(r)? }
            }
            Command::DestroyStoreKey => Self::DestroyKey(SentKey::decode(r)?),
            _ => return Err(MalformedFrame("not a command of key stores")),
        })
    }
}

fn cluster<'a>(r: &mut Reader<'a>) -> Result<&'a str, MalformedFrame> {
    let cluster = r.text()?;
    let fits = (1..=CLUSTER_BYTES_MAX).contains(&cluster.len());
    if fits { Ok(cluster) } else { Err(MalformedFrame("id of a cluster")) }
}
