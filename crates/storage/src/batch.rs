//! A batch: writes that happen together or not at all, and the preconditions under which they may.

use std::collections::BTreeSet;
use std::fmt;

use crate::head::{FORMAT_KEY, HEAD_KEY};
use crate::key::{Key, Prefix, Value};
use crate::store::Revision;

/// The most writes in a batch, besides `s/head`. Every engine can do it (etcd: 128 operations in a list).
pub const WRITES_MAX: usize = 100;
/// The most preconditions in a batch.
pub const PRECONDITIONS_MAX: usize = 100;
/// The most bytes of keys and values in a batch (etcd refuses requests above 1.5 MiB).
pub const BATCH_BYTES_MAX: usize = 1 << 20;

/// Sixteen random bytes that name a batch, in `s/head` and in the audit log's intents.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId([u8; 16]);

impl BatchId {
    /// From random bytes.
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub const fn bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Display for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for BatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BatchId({self})")
    }
}

/// What must hold, at the revision before the batch's own, for the batch to be applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Require {
    /// The record exists and was last changed at exactly this revision.
    Unchanged {
        /// The record.
        key: Key,
        /// The revision seen.
        at: Revision,
    },
    /// There is no such record.
    Absent {
        /// The record.
        key: Key,
    },
    /// No record under the prefix was put after this revision. Deletions do not count.
    NoneNewer {
        /// The records.
        prefix: Prefix,
        /// The revision seen.
        at: Revision,
    },
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Makes or replaces the record.
    Put {
        /// The record.
        key: Key,
        /// Its new bytes.
        value: Value,
    },
    /// Removes the record; nothing happens when it is absent.
    Delete {
        /// The record.
        key: Key,
    },
}

impl Write {
    /// The record that changes.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put { key, .. } | Self::Delete { key } => key,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Put { key, value } => key.as_bytes().len() + value.as_bytes().len(),
            Self::Delete { key } => key.as_bytes().len(),
        }
    }
}

/// Writes and their preconditions: data only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its name.
    pub id: BatchId,
    /// All must hold.
    pub require: Vec<Require>,
    /// All are applied, at one revision.
    pub write: Vec<Write>,
}

/// Why a batch cannot be committed by anybody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// Nothing to write.
    #[error("it writes nothing")]
    Empty,
    /// More than [`WRITES_MAX`].
    #[error("it has more than {WRITES_MAX} writes")]
    TooManyWrites,
    /// More than [`PRECONDITIONS_MAX`].
    #[error("it has more than {PRECONDITIONS_MAX} preconditions")]
    TooManyPreconditions,
    /// More than [`BATCH_BYTES_MAX`].
    #[error("its keys and values have more than {BATCH_BYTES_MAX} bytes")]
    TooManyBytes,
    /// Two writes to one record.
    #[error("it writes {0} twice")]
    KeyTwice(Key),
    /// A write to a record that only the engine writes.
    #[error("{0} is written by the engine only")]
    ReservedKey(Key),
    /// No precondition is broken by the batch itself, so sending it again could apply it twice.
    #[error("no precondition is made false by its own writes")]
    NotSelfFalsifying,
}

impl Batch {
    /// Checks the limits and that a second sending of the same batch must fail: at least one precondition is
    /// made false by the batch's own writes.
    pub fn validate(&self) -> Result<(), BatchError> {
        if self.write.is_empty() {
            return Err(BatchError::Empty);
        }
        if self.write.len() > WRITES_MAX {
            return Err(BatchError::TooManyWrites);
        }
        if self.require.len() > PRECONDITIONS_MAX {
            return Err(BatchError::TooManyPreconditions);
        }
        if self.bytes() > BATCH_BYTES_MAX {
            return Err(BatchError::TooManyBytes);
        }
        let mut seen = BTreeSet::new();
        for write in &self.write {
            let key = write.key();
            if key.as_bytes() == HEAD_KEY || key.as_bytes() == FORMAT_KEY {
                return Err(BatchError::ReservedKey(key.clone()));
            }
            if !seen.insert(key) {
                return Err(BatchError::KeyTwice(key.clone()));
            }
        }
        if !self.require.iter().any(|require| self.falsifies(require)) {
            return Err(BatchError::NotSelfFalsifying);
        }
        Ok(())
    }

    /// The bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        let required: usize = self.require.iter().map(required_bytes).sum();
        let written: usize = self.write.iter().map(Write::bytes).sum();
        required + written
    }

    fn falsifies(&self, require: &Require) -> bool {
        self.write.iter().any(|write| match (require, write) {
            (Require::Unchanged { key, .. }, _) => write.key() == key,
            (Require::Absent { key }, Write::Put { key: put, .. }) => put == key,
            (Require::NoneNewer { prefix, .. }, Write::Put { key: put, .. }) => put.starts_with(prefix),
            (_, Write::Delete { .. }) => false,
        })
    }
}

fn required_bytes(require: &Require) -> usize {
    match require {
        Require::Unchanged { key, .. } | Require::Absent { key } => key.as_bytes().len(),
        Require::NoneNewer { prefix, .. } => prefix.as_bytes().len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::new(text).unwrap()
    }

    fn put(text: &str) -> Write {
        Write::Put { key: key(text), value: Value::new(b"v") }
    }

    fn batch(require: Vec<Require>, write: Vec<Write>) -> Batch {
        Batch { id: BatchId::new([1; 16]), require, write }
    }

    #[test]
    fn batch_refusals() {
        let absent = vec![Require::Absent { key: key("a") }];
        assert_eq!(batch(absent.clone(), vec![]).validate(), Err(BatchError::Empty));
        assert_eq!(
            batch(absent.clone(), vec![put("a"), put("a")]).validate(),
            Err(BatchError::KeyTwice(key("a")))
        );
        assert_eq!(
            batch(absent.clone(), vec![put("a"), put("s/head")]).validate(),
            Err(BatchError::ReservedKey(key("s/head")))
        );
        assert_eq!(batch(vec![], vec![put("a")]).validate(), Err(BatchError::NotSelfFalsifying));
        assert_eq!(
            batch(absent.clone(), vec![Write::Delete { key: key("a") }]).validate(),
            Err(BatchError::NotSelfFalsifying)
        );
        assert_eq!(batch(absent, vec![put("a")]).validate(), Ok(()));
    }

    #[test]
    fn prefix_precondition_is_falsified_by_a_put_beneath() {
        let require = vec![Require::NoneNewer { prefix: Prefix::new("a/").unwrap(), at: Revision::ZERO }];
        assert_eq!(batch(require.clone(), vec![put("a/b")]).validate(), Ok(()));
        assert_eq!(batch(require, vec![put("b")]).validate(), Err(BatchError::NotSelfFalsifying));
    }
}
