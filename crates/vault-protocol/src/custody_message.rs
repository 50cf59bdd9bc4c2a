//! What crosses the supervisor's line to the vault. To the vault: messages of one fixed size, so that the process that
//! holds keys reads no length from outside. From it: a kind and a text.
//!
//! `u8 kind · u8 secret's kind · u16 secret's length · secret 1,024 · root id 16 · u64 time, ms · u8 name's length · name
//! 64`, little-endian; what a message has no use for is zero. A line's timeout is the first byte where a root's id would stand.

use crate::cursor::Reader;
use crate::{
    CLUSTER_BYTES_MAX, MalformedFrame, PASSPHRASE_BYTES_MAX, Passphrase, ROOT_NAME_BYTES_MAX, RootKey,
    RootSecret, ShareText,
};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use zeroize::Zeroizing;

/// Bytes of a message to the vault.
pub const MESSAGE_BYTES: usize = 2 + 2 + PASSPHRASE_BYTES_MAX + 16 + 8 + 1 + ROOT_NAME_BYTES_MAX;

const START: u8 = 1;
const LANES: u8 = 2;
const PRESENT: u8 = 3;
const WITHDRAW: u8 = 4;
const UNSEAL: u8 = 5;
const SEAL: u8 = 6;
const ENROL: u8 = 7;
const REMOVE: u8 = 8;
const ROTATE: u8 = 9;
const LINE: u8 = 10;
const CLUSTER_LINE: u8 = 11;
const OFFER: u8 = 12;
const DISCARD: u8 = 13;
const FORGET: u8 = 14;
const CREATE_RECOVERY: u8 = 20;
const REMOVE_RECOVERY: u8 = 21;
const SHARE: u8 = 22;
const COMBINE: u8 = 23;
const RESTORE_ROOT: u8 = 24;

const NO_SECRET: u8 = 0;
const KEY: u8 = 1;
const PKCS11: u8 = 2;
const PASSPHRASE: u8 = 4;
const TPM: u8 = 5;

/// One process's ends of the two lanes.
#[derive(Debug)]
pub struct LaneEnds {
    /// The fast lane.
    pub fast: UnixStream,
    /// The slow lane.
    pub slow: UnixStream,
}

/// The vault's end of a line to the token worker (`strongroom-token-protocol`).
#[derive(Debug)]
pub struct Pkcs11Line {
    /// Counts lines, so that what is said of one is not taken from its successor.
    pub number: u64,
    /// The end, its options set.
    pub socket: UnixStream,
    /// How long the worker may be silent until it counts as hung; at least 1.
    pub timeout_seconds: u8,
}

/// The vault's end of a line to the worker of a key store's token.
#[derive(Debug)]
pub struct ClusterLine {
    /// The cluster's id, at most [`CLUSTER_BYTES_MAX`] bytes.
    pub cluster: String,
    /// The line.
    pub line: Pkcs11Line,
}

/// The descriptors that came with a message.
#[derive(Debug)]
pub(crate) enum Passed {
    Nothing,
    Lanes(LaneEnds),
    Line(UnixStream),
}

/// Supervisor to vault.
#[derive(Debug)]
pub enum ToVault {
    /// The first message, with the vault's lanes: what opens the vault once the front brings the keyring. Without it the
    /// vault stays sealed.
    Start(Option<RootSecret>, LaneEnds),
    /// The front was started again: the vault's new lanes.
    Lanes(LaneEnds),
    /// A token worker was started. One that runs before the vault does comes before `Start`: only then the vault watches
    /// the token.
    Pkcs11(Pkcs11Line),
    /// A token worker of a key store was started. Clusters whose first line comes before `Start` are served.
    Cluster(ClusterLine),
    /// An operator's act.
    Act(CustodyAct),
}

/// An operator's act. `Present`, `Offer`, `Withdraw`, `Discard` and `Forget` are not answered; each of the others is, and drops
/// what was presented and offered.
#[derive(Debug)]
pub enum CustodyAct {
    /// A root for the act that follows, which the operator brought for it. Where others stay it has to be an enrolled one.
    Present(RootSecret),
    /// A root that the supervisor has by itself, for one that stays: it may be of none that is enrolled.
    Offer(RootSecret),
    /// Forget what was presented.
    Withdraw,
    /// Open the vault with what was presented.
    Unseal,
    /// Drop every key.
    Seal,
    /// What was proposed with this new root was not stored, and never will be: forget it, and what a token made for the root.
    Discard([u8; 16]),
    /// What was proposed last shall not be stored: forget it.
    Forget,
    /// Propose a keyring that the one root which was presented opens too.
    Enrol {
        /// The root's name.
        name: String,
        /// When, milliseconds since 1970.
        at_ms: u64,
    },
    /// Propose a new keyring key without this root, wrapped to those that were presented, and a new domain key.
    Remove([u8; 16]),
    /// Propose a new domain key.
    RotateDomainKey,
    /// Make a recovery set and propose a keyring with it. Its shares come back before the answer, one message each.
    CreateRecovery {
        /// How many shares there are.
        shares: u8,
        /// How many it takes.
        threshold: u8,
        /// When, milliseconds since 1970.
        at_ms: u64,
    },
    /// Propose a keyring without its recovery set.
    RemoveRecovery,
    /// Restore: one share, its 43 bytes, which travel as a passphrase does.
    Share(RootSecret),
    /// Restore: make the backup's file key of the shares.
    Combine,
    /// Restore: propose a new keyring key for the one root that was presented, and for no other.
    RestoreRoot {
        /// The root's name.
        name: String,
        /// When, milliseconds since 1970.
        at_ms: u64,
    },
}

/// Vault to supervisor. Texts have at most 4,096 bytes and hold no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FromVault {
    /// The vault serves; the text says what confines it and where secrets lie.
    Ready(String),
    /// The vault cannot go on; the text says why. It ends after this.
    Failed(String),
    /// An act was done. `Unseal`, `Enrol`, `RestoreRoot`: the root's id in hex. `CreateRecovery`: the set's id in hex.
    /// `Share`: how many are there, of how many. `Remove`: the names of roots that were dropped because
    /// they were not presented, a line each, and behind `OFFER_GONE` what was offered and is of the root that goes.
    Done(String),
    /// An act was refused; the text is for the operator.
    Refused(String),
    /// For the log: what became of the root that the vault was started with.
    Note(String),
    /// For the log, as a warning: what an operator should do something about.
    Warning(String),
    /// The token worker on the line of this number, in decimal, does not answer or has closed it: it is to be killed and
    /// started again. Said once for each line.
    Pkcs11Hung(String),
    /// A share of the recovery set that is being made, for its holder.
    Share(ShareText),
}

impl FromVault {
    pub(crate) fn parts(&self) -> (u8, &str) {
        match self {
            Self::Ready(text) => (1, text),
            Self::Failed(text) => (2, text),
            Self::Done(text) => (3, text),
            Self::Refused(text) => (4, text),
            Self::Note(text) => (5, text),
            Self::Pkcs11Hung(text) => (6, text),
            Self::Share(share) => (8, share.expose()),
            Self::Warning(text) => (9, text),
        }
    }

    pub(crate) fn from_parts(kind: u8, text: String) -> Option<Self> {
        Some(match kind {
            1 => Self::Ready(text),
            2 => Self::Failed(text),
            3 => Self::Done(text),
            4 => Self::Refused(text),
            5 => Self::Note(text),
            6 => Self::Pkcs11Hung(text),
            8 => Self::Share(ShareText::new(text)),
            9 => Self::Warning(text),
            _ => return None,
        })
    }
}

/// The fields of a message.
struct Fields<'a> {
    kind: u8,
    secret: Option<&'a RootSecret>,
    root: [u8; 16],
    at_ms: u64,
    name: &'a str,
}

impl ToVault {
    /// The descriptors that travel with it: two lanes, or one line.
    pub(crate) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        match self {
            Self::Start(_, lanes) | Self::Lanes(lanes) => vec![lanes.fast.as_fd(), lanes.slow.as_fd()],
            Self::Pkcs11(line) | Self::Cluster(ClusterLine { line, .. }) => vec![line.socket.as_fd()],
            Self::Act(_) => Vec::new(),
        }
    }

    /// The message's bytes; an error when a name is too long.
    pub(crate) fn encode(&self) -> Result<Zeroizing<Vec<u8>>, MalformedFrame> {
        let bare = |kind| Fields { kind, secret: None, root: [0; 16], at_ms: 0, name: "" };
        let fields = match self {
            Self::Start(secret, _) => Fields { secret: secret.as_ref(), ..bare(START) },
            Self::Lanes(_) => bare(LANES),
            Self::Pkcs11(line) => {
                Fields { at_ms: line.number, root: first_byte(line.timeout_seconds), ..bare(LINE) }
            }
            Self::Cluster(ClusterLine { cluster, line }) => {
                let (root, name) = (first_byte(line.timeout_seconds), cluster.as_str());
                Fields { at_ms: line.number, root, name, ..bare(CLUSTER_LINE) }
            }
            Self::Act(CustodyAct::Present(secret)) => Fields { secret: Some(secret), ..bare(PRESENT) },
            Self::Act(CustodyAct::Offer(secret)) => Fields { secret: Some(secret), ..bare(OFFER) },
            Self::Act(CustodyAct::Withdraw) => bare(WITHDRAW),
            Self::Act(CustodyAct::Unseal) => bare(UNSEAL),
            Self::Act(CustodyAct::Seal) => bare(SEAL),
            Self::Act(CustodyAct::Enrol { name, at_ms }) => {
                Fields { name: name.as_str(), at_ms: *at_ms, ..bare(ENROL) }
            }
            Self::Act(CustodyAct::Remove(root)) => Fields { root: *root, ..bare(REMOVE) },
            Self::Act(CustodyAct::Discard(root)) => Fields { root: *root, ..bare(DISCARD) },
            Self::Act(CustodyAct::Forget) => bare(FORGET),
            Self::Act(CustodyAct::RotateDomainKey) => bare(ROTATE),
            Self::Act(CustodyAct::CreateRecovery { shares, threshold, at_ms }) => {
                let mut numbers = [0; 16];
                numbers[..2].copy_from_slice(&[*shares, *threshold]);
                Fields { root: numbers, at_ms: *at_ms, ..bare(CREATE_RECOVERY) }
            }
            Self::Act(CustodyAct::RemoveRecovery) => bare(REMOVE_RECOVERY),
            Self::Act(CustodyAct::Share(share)) => Fields { secret: Some(share), ..bare(SHARE) },
            Self::Act(CustodyAct::Combine) => bare(COMBINE),
            Self::Act(CustodyAct::RestoreRoot { name, at_ms }) => {
                Fields { name: name.as_str(), at_ms: *at_ms, ..bare(RESTORE_ROOT) }
            }
        };
        fields.encode()
    }

    /// Reads a message; lanes or a line must be there exactly when they belong to it.
    pub(crate) fn decode(bytes: &[u8], passed: Passed) -> Result<Self, MalformedFrame> {
        let mut reader = Reader::new(bytes);
        let kind = reader.u8()?;
        let secret = read_secret(&mut reader)?;
        let root: [u8; 16] = reader.array()?;
        let at_ms = reader.u64()?;
        let name = read_name(&mut reader)?;
        reader.finish()?;
        let wrong = MalformedFrame("custody message");
        let [timeout_seconds, ..] = root;
        let line = |socket| Pkcs11Line { number: at_ms, socket, timeout_seconds };
        Ok(match (kind, passed, secret) {
            (START, Passed::Lanes(lanes), secret) => Self::Start(secret, lanes),
            (LANES, Passed::Lanes(lanes), None) => Self::Lanes(lanes),
            (LINE, Passed::Line(socket), None) => Self::Pkcs11(line(socket)),
            (CLUSTER_LINE, Passed::Line(socket), None) if (1..=CLUSTER_BYTES_MAX).contains(&name.len()) => {
                Self::Cluster(ClusterLine { cluster: name, line: line(socket) })
            }
            (PRESENT, Passed::Nothing, Some(secret)) => Self::Act(CustodyAct::Present(secret)),
            (OFFER, Passed::Nothing, Some(secret)) => Self::Act(CustodyAct::Offer(secret)),
            (SHARE, Passed::Nothing, Some(share)) => Self::Act(CustodyAct::Share(share)),
            (kind, Passed::Nothing, None) => Self::Act(match kind {
                WITHDRAW => CustodyAct::Withdraw,
                UNSEAL => CustodyAct::Unseal,
                SEAL => CustodyAct::Seal,
                ENROL => CustodyAct::Enrol { name, at_ms },
                REMOVE => CustodyAct::Remove(root),
                DISCARD => CustodyAct::Discard(root),
                FORGET => CustodyAct::Forget,
                ROTATE => CustodyAct::RotateDomainKey,
                CREATE_RECOVERY => {
                    let [shares, threshold, ..] = root;
                    CustodyAct::CreateRecovery { shares, threshold, at_ms }
                }
                REMOVE_RECOVERY => CustodyAct::RemoveRecovery,
                COMBINE => CustodyAct::Combine,
                RESTORE_ROOT => CustodyAct::RestoreRoot { name, at_ms },
                _ => return Err(wrong),
            }),
            _ => return Err(wrong),
        })
    }
}

/// Reads a message to the vault as the vault does, and writes what was understood, for whoever tests the reading. `passed` are
/// the descriptors that came with it: none, one line, or two lanes.
pub fn rewrite_custody_message(
    bytes: &[u8],
    passed: Vec<UnixStream>,
) -> Result<Zeroizing<Vec<u8>>, MalformedFrame> {
    let mut passed = passed.into_iter();
    let passed = match (passed.next(), passed.next(), passed.next()) {
        (None, ..) => Passed::Nothing,
        (Some(line), None, _) => Passed::Line(line),
        (Some(fast), Some(slow), None) => Passed::Lanes(LaneEnds { fast, slow }),
        (Some(_), Some(_), Some(_)) => return Err(MalformedFrame("descriptors of a custody message")),
    };
    ToVault::decode(bytes, passed)?.encode()
}

impl Fields<'_> {
    fn encode(&self) -> Result<Zeroizing<Vec<u8>>, MalformedFrame> {
        let (kind, secret) = match self.secret {
            None => (NO_SECRET, &[] as &[u8]),
            Some(RootSecret::Key(key)) => (KEY, &key.expose()[..]),
            Some(RootSecret::Passphrase(passphrase)) => (PASSPHRASE, passphrase.expose()),
            Some(RootSecret::Tpm(key)) => (TPM, &key.expose()[..]),
            Some(RootSecret::Pkcs11) => (PKCS11, &[] as &[u8]),
        };
        let length = u16::try_from(secret.len()).map_err(|_| MalformedFrame("secret"))?;
        let name_length = u8::try_from(self.name.len()).map_err(|_| MalformedFrame("name"))?;
        if secret.len() > PASSPHRASE_BYTES_MAX || self.name.len() > ROOT_NAME_BYTES_MAX {
            return Err(MalformedFrame("secret or name too long"));
        }
        let mut out = Zeroizing::new(Vec::with_capacity(MESSAGE_BYTES));
        out.extend_from_slice(&[self.kind, kind]);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(secret);
        out.resize(4 + PASSPHRASE_BYTES_MAX, 0);
        out.extend_from_slice(&self.root);
        out.extend_from_slice(&self.at_ms.to_le_bytes());
        out.push(name_length);
        out.extend_from_slice(self.name.as_bytes());
        out.resize(MESSAGE_BYTES, 0);
        Ok(out)
    }
}

/// A small number where a root's id would stand.
const fn first_byte(number: u8) -> [u8; 16] {
    let mut root = [0; 16];
    root[0] = number;
    root
}

fn read_secret(reader: &mut Reader<'_>) -> Result<Option<RootSecret>, MalformedFrame> {
    let wrong = MalformedFrame("secret of a custody message");
    let (kind, length) = (reader.u8()?, usize::from(reader.u16()?));
    let secret = reader.take(PASSPHRASE_BYTES_MAX)?.get(..length).ok_or(wrong)?;
    Ok(match kind {
        NO_SECRET if secret.is_empty() => None,
        PKCS11 if secret.is_empty() => Some(RootSecret::Pkcs11),
        KEY => Some(RootSecret::Key(read_key(secret)?)),
        TPM => Some(RootSecret::Tpm(read_key(secret)?)),
        PASSPHRASE => {
            let passphrase = Passphrase::new(Zeroizing::new(secret.to_vec()));
            Some(RootSecret::Passphrase(passphrase.ok_or(wrong)?))
        }
        _ => return Err(wrong),
    })
}

fn read_key(secret: &[u8]) -> Result<RootKey, MalformedFrame> {
    let key = secret.try_into().map_err(|_| MalformedFrame("secret of a custody message"))?;
    Ok(RootKey::copy_of(key))
}

fn read_name(reader: &mut Reader<'_>) -> Result<String, MalformedFrame> {
    let wrong = MalformedFrame("name in a custody message");
    let length = usize::from(reader.u8()?);
    let name = reader.take(ROOT_NAME_BYTES_MAX)?.get(..length).ok_or(wrong)?;
    std::str::from_utf8(name).map(str::to_owned).map_err(|_| wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn acts() -> Vec<CustodyAct> {
        let passphrase = Passphrase::new(Zeroizing::new(b"correct horse".to_vec())).unwrap();
        vec![
            CustodyAct::Present(RootSecret::Key(RootKey::copy_of(&[7; 32]))),
            CustodyAct::Present(RootSecret::Passphrase(passphrase)),
            CustodyAct::Present(RootSecret::Tpm(RootKey::copy_of(&[7; 32]))),
            CustodyAct::Present(RootSecret::Pkcs11),
            CustodyAct::Offer(RootSecret::Key(RootKey::copy_of(&[7; 32]))),
            CustodyAct::Offer(RootSecret::Pkcs11),
            CustodyAct::Withdraw,
            CustodyAct::Forget,
            CustodyAct::Unseal,
            CustodyAct::Seal,
            CustodyAct::Enrol { name: "operators".to_owned(), at_ms: 7 },
            CustodyAct::Remove([9; 16]),
            CustodyAct::Discard([9; 16]),
            CustodyAct::RotateDomainKey,
            CustodyAct::CreateRecovery { shares: 5, threshold: 3, at_ms: 7 },
            CustodyAct::RemoveRecovery,
            CustodyAct::Share(RootSecret::Passphrase(Passphrase::new(Zeroizing::new(vec![1; 43])).unwrap())),
            CustodyAct::Combine,
            CustodyAct::RestoreRoot { name: "key-file".to_owned(), at_ms: 7 },
        ]
    }

    #[test]
    fn every_act_round_trips_and_takes_no_lanes() {
        for act in acts() {
            let bytes = ToVault::Act(act).encode().unwrap();
            assert_eq!(bytes.len(), MESSAGE_BYTES);
            let read = ToVault::decode(&bytes, Passed::Nothing).unwrap();
            assert_eq!(read.encode().unwrap(), bytes);
            let (fast, slow) = UnixStream::pair().unwrap();
            let line = fast.try_clone().unwrap();
            for passed in [Passed::Lanes(LaneEnds { fast, slow }), Passed::Line(line)] {
                assert!(ToVault::decode(&bytes, passed).is_err());
            }
        }
    }

    #[test]
    fn line_to_the_token_worker_takes_one_descriptor_and_no_secret() {
        let (socket, far) = UnixStream::pair().unwrap();
        let bytes = ToVault::Pkcs11(Pkcs11Line { number: 9, socket, timeout_seconds: 3 }).encode().unwrap();
        let line = far.try_clone().unwrap();
        let read = ToVault::decode(&bytes, Passed::Line(line)).unwrap();
        assert!(matches!(&read, ToVault::Pkcs11(Pkcs11Line { number: 9, timeout_seconds: 3, .. })));
        assert_eq!(read.encode().unwrap(), bytes);
        assert!(ToVault::decode(&bytes, Passed::Nothing).is_err());
        let mut secret = bytes.clone();
        secret[1] = PKCS11;
        assert!(ToVault::decode(&secret, Passed::Line(far)).is_err());
    }

    #[test]
    fn line_to_the_worker_of_a_cluster_names_the_cluster() {
        let (socket, far) = UnixStream::pair().unwrap();
        let cluster = "cluster-1a23b4cdefg".to_owned();
        let line = Pkcs11Line { number: 9, socket, timeout_seconds: 3 };
        let bytes = ToVault::Cluster(ClusterLine { cluster: cluster.clone(), line }).encode().unwrap();
        let read = ToVault::decode(&bytes, Passed::Line(far)).unwrap();
        assert!(matches!(&read, ToVault::Cluster(read) if read.cluster == cluster && read.line.number == 9));
        assert!(matches!(&read, ToVault::Cluster(read) if read.line.timeout_seconds == 3));
        assert_eq!(read.encode().unwrap(), bytes);
        for (name, taken) in [("", false), (&*"x".repeat(CLUSTER_BYTES_MAX), true), (&*"x".repeat(25), false)]
        {
            let (socket, far) = UnixStream::pair().unwrap();
            let line = Pkcs11Line { number: 9, socket, timeout_seconds: 1 };
            let bytes = ToVault::Cluster(ClusterLine { cluster: name.to_owned(), line }).encode().unwrap();
            assert_eq!(ToVault::decode(&bytes, Passed::Line(far)).is_ok(), taken, "{name}");
        }
    }

    #[test]
    fn name_and_secret_beyond_their_room_are_refused() {
        let name = "x".repeat(ROOT_NAME_BYTES_MAX + 1);
        assert!(ToVault::Act(CustodyAct::Enrol { name, at_ms: 0 }).encode().is_err());
        let good = ToVault::Act(acts().remove(0)).encode().unwrap();
        for (at, value) in [(0, 99), (1, 2), (2, 31), (3, 9)] {
            let mut bad = good.clone();
            bad[at] = value;
            assert!(ToVault::decode(&bad, Passed::Nothing).is_err(), "byte {at}");
        }
    }

    #[test]
    fn what_is_rewritten_is_what_was_sent() {
        let bytes = ToVault::Act(CustodyAct::Seal).encode().unwrap();
        assert_eq!(rewrite_custody_message(&bytes, Vec::new()).unwrap(), bytes);
        let (one, other) = UnixStream::pair().unwrap();
        assert!(rewrite_custody_message(&bytes, vec![one, other]).is_err());
    }

    proptest! {
        #[test]
        fn decode_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..1_200)) {
            let _ = ToVault::decode(&bytes, Passed::Nothing);
        }
    }
}
