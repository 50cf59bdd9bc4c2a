//! The commands of custom key stores, as part of [`Request`](crate::Request): the token of a store, and keys born in it.
//!
//! A token is named by the cluster id that the operator gave it (`docs/token.md`). Commands that use such a key are those of
//! every key: its record says where it is.

use crate::cursor::{Reader, put_bytes};
use crate::{Command, KeyBinding, MalformedFrame, Pkcs11State, SentKey, TokenPin};
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
    /// So many random bytes, 1 to 1,024, to which the cluster's token and the vault each give their part.
    Random {
        /// The cluster's id.
        cluster: &'a str,
        /// How many.
        bytes: u16,
    },
    /// How the token of every cluster is.
    States,
    /// A record that is good for destroying the key that `GenerateKey` will make, and nothing else names: what is written down
    /// before, so that a key is found that nobody came to know of.
    Announce {
        /// The cluster's id.
        cluster: &'a str,
        /// What the key's record will be bound to.
        binding: KeyBinding,
    },
}

/// How the token of a cluster is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreState {
    /// The cluster's id.
    pub cluster: String,
    /// As of the token with the root key.
    pub state: Pkcs11State,
    /// What the token said last about its PIN.
    pub pin: TokenPin,
}

/// Clusters that a vault has at most; more are not configured.
const CLUSTERS_MAX: u8 = 64;

impl StoreState {
    /// `u8 count · (bytes cluster · u8 state · 4 flags of the PIN)...`
    pub(crate) fn encode_all(states: &[Self], out: &mut Vec<u8>) {
        let count = states.len().min(usize::from(CLUSTERS_MAX));
        out.push(u8::try_from(count).unwrap_or(CLUSTERS_MAX));
        for Self { cluster, state, pin } in states.iter().take(count) {
            put_bytes(out, cluster.as_bytes());
            out.push(*state as u8);
            pin.encode(out);
        }
    }

    pub(crate) fn decode_all(r: &mut Reader<'_>) -> Result<Vec<Self>, MalformedFrame> {
        let count = r.u8()?;
        if count > CLUSTERS_MAX {
            return Err(MalformedFrame("number of clusters"));
        }
        let mut states = Vec::new();
        for _ in 0..count {
            let (cluster, state) = (cluster(r)?.to_owned(), Pkcs11State::decode(r)?);
            states.push(Self { cluster, state, pin: TokenPin::decode(r)? });
        }
        Ok(states)
    }
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
            Self::Random { .. } => Command::RandomOfStore,
            Self::States => Command::StoreStates,
            Self::Announce { .. } => Command::AnnounceStoreKey,
        }
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::SealPassword { cluster, password: bytes } | Self::Check { cluster, sealed: bytes } => {
                put_bytes(out, cluster.as_bytes());
                put_bytes(out, bytes);
            }
            Self::GenerateKey { cluster, binding } | Self::Announce { cluster, binding } => {
                put_bytes(out, cluster.as_bytes());
                binding.encode(out);
            }
            Self::DestroyKey(key) => key.encode(out),
            Self::Random { cluster, bytes } => {
                put_bytes(out, cluster.as_bytes());
                out.extend_from_slice(&bytes.to_le_bytes());
            }
            Self::States => {}
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
            Command::RandomOfStore => Self::Random { cluster: cluster(r)?, bytes: r.u16()? },
            Command::StoreStates => Self::States,
            Command::AnnounceStoreKey => {
                Self::Announce { cluster: cluster(r)?, binding: KeyBinding::decode(r)? }
            }
            _ => return Err(MalformedFrame("not a command of key stores")),
        })
    }
}

fn cluster<'a>(r: &mut Reader<'a>) -> Result<&'a str, MalformedFrame> {
    let cluster = r.text()?;
    let fits = (1..=CLUSTER_BYTES_MAX).contains(&cluster.len());
    if fits { Ok(cluster) } else { Err(MalformedFrame("id of a cluster")) }
}
