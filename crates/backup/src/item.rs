//! What is inside a backup, as types. Their bytes are `item_codec`'s; their order and what they promise, the writer's and
//! the reader's.

use strongroom_types::{EncryptionContext, KeyArn};

/// One thing in a backup, in the order in which they stand: one manifest, records, at most one checkpoint, samples.
/// What stands behind them is the [`Summary`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// What the backup holds.
    Manifest(Manifest),
    /// One record of the store.
    Record(Record),
    /// Where the audit log stood.
    Checkpoint(AuditCheckpoint),
    /// A ciphertext to rehearse with.
    Sample(Sample),
}

/// A version of the store's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreFormat {
    /// Grows when older releases cannot read it.
    pub major: u16,
    /// Grows when something was added.
    pub minor: u16,
}

/// What a backup holds, said up front so that a restore can refuse early and show progress.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// Name and version of the program that made it; at most 128 bytes.
    pub made_by: String,
    /// The format of the records.
    pub format: StoreFormat,
    /// The oldest format that a release has to know to read them.
    pub oldest_reader: StoreFormat,
    /// The store's revision, as in the header.
    pub revision: u64,
    /// The store's chain digest at that revision.
    pub chain: [u8; 32],
    /// How many records follow.
    pub records: u64,
    /// How many KMS keys were born in a token: their material is not in here.
    pub token_keys: u64,
}

/// One record of the store, as it lies there: keys in it are wrapped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// 1 to 512 bytes.
    pub key: Vec<u8>,
    /// At most 1 MiB.
    pub value: Vec<u8>,
}

/// Where the audit log stood when the backup was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditCheckpoint {
    /// The newest line's sequence number.
    pub sequence: u64,
    /// The log's digest up to that line, as the log defines it.
    pub root: [u8; 32],
    /// The log's name in the first line; at most 64 KiB. Empty in backups that do not say which log it was.
    pub statement: Vec<u8>,
}

impl AuditCheckpoint {
    /// The log of this name stands at this line. Its tree may be behind the line, so no root is given.
    pub fn of_log(sequence: u64, origin: &str) -> Self {
        Self { sequence, root: [0; 32], statement: format!("{origin}\n").into_bytes() }
    }

    /// The log's name, if the backup says it. What a later release puts behind it is left alone.
    pub fn origin(&self) -> Option<&str> {
        let first_line = self.statement.split(|byte| *byte == b'\n').next()?;
        std::str::from_utf8(first_line).ok().filter(|origin| !origin.is_empty())
    }
}

/// A ciphertext and what has to come out of it: a drill decrypts it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The KMS key it was encrypted under.
    pub key: KeyArn,
    /// The encryption context it is bound to.
    pub context: EncryptionContext,
    /// SHA-256 of the plaintext. The plaintext is 32 random bytes, or the hash would tell something of it.
    pub plaintext_sha256: [u8; 32],
    /// At most 6,144 bytes, the limit of Decrypt.
    pub ciphertext: Vec<u8>,
}

/// What a backup turned out to hold: known to the writer when it is done, and to the reader when everything was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Records of the store.
    pub records: u64,
    /// Sample ciphertexts.
    pub samples: u64,
    /// SHA-256 of header and items: what the vault's MAC is over.
    pub digest: [u8; 32],
    /// The vault's MAC of the digest, by a key of the cluster. The restored vault checks it: without it, whoever has the
    /// recovery set's public key could make a backup of their own.
    pub mac: [u8; 32],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoint_names_its_log_and_an_older_one_does_not() {
        let named = AuditCheckpoint::of_log(7, "strongroom.local/1/2");
        assert_eq!((named.sequence, named.origin()), (7, Some("strongroom.local/1/2")));
        let longer = AuditCheckpoint { statement: b"log/1\n41\nAAAA\n".to_vec(), ..named.clone() };
        assert_eq!(longer.origin(), Some("log/1"));
        for statement in [Vec::new(), b"\n".to_vec(), vec![0xff]] {
            assert_eq!(AuditCheckpoint { statement, ..named.clone() }.origin(), None);
        }
    }
}
