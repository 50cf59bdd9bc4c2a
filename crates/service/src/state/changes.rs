//! A change being put together: preconditions and writes of one batch.

use super::layout;
use super::record::{Record, RecordError};
use super::snapshot::Snapshot;
use strongroom_storage::{Batch, BatchId, Key, KeyError, Prefix, Require, Revision, Write};

/// Why a change could not be put together: a key too long, a record that cannot be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// The preconditions and writes of one batch.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    require: Vec<Require>,
    write: Vec<Write>,
    /// Whether wrapped material goes, which the store's file still holds then.
    erases: bool,
}

impl Changes {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// The record must be as it was read.
    pub(crate) fn unchanged(
        &mut self,
        key: Result<Key, KeyError>,
        at: Revision,
    ) -> Result<&mut Self, ChangeError> {
        let require = Require::Unchanged { key: key?, at };
        if !self.require.contains(&require) {
            self.require.push(require);
        }
        Ok(self)
    }

    /// The record must not be there.
    pub(crate) fn absent(&mut self, key: Result<Key, KeyError>) -> Result<&mut Self, ChangeError> {
        self.require.push(Require::Absent { key: key? });
        Ok(self)
    }

    /// Nothing under the prefix may have been put since.
    pub(crate) fn none_newer(
        &mut self,
        prefix: Result<Prefix, KeyError>,
        at: Revision,
    ) -> Result<&mut Self, ChangeError> {
        self.require.push(Require::NoneNewer { prefix: prefix?, at });
        Ok(self)
    }

    /// What is wrapped is put only while the keyring is the one that was in force before it was wrapped: or a domain key
    /// could be retired between the vault's answer and the commit.
    pub(crate) fn under_keyring(&mut self, before: &Snapshot) -> Result<&mut Self, ChangeError> {
        match before.keyring_revision() {
            Some(revision) => self.unchanged(layout::keyring(), revision),
            None => Ok(self),
        }
    }

    /// Says that a put of this batch takes the place of wrapped material. Deletions say so themselves.
    pub(crate) fn replaces_wrapped(&mut self) -> &mut Self {
        self.erases = true;
        self
    }

    /// Whether wrapped material goes.
    pub(crate) fn erases(&self) -> bool {
        self.erases
    }

    /// Writes a record.
    pub(crate) fn put(
        &mut self,
        key: Result<Key, KeyError>,
        record: &impl Record,
    ) -> Result<&mut Self, ChangeError> {
        self.write.push(Write::Put { key: key?, value: record.encode()? });
        Ok(self)
    }

    /// Removes a record.
    pub(crate) fn delete(&mut self, key: Result<Key, KeyError>) -> Result<&mut Self, ChangeError> {
        let key = key?;
        self.erases |= layout::holds_wrapped(&key);
        self.write.push(Write::Delete { key });
        Ok(self)
    }

    /// The batch.
    pub(crate) fn batch(self, id: BatchId) -> Batch {
        Batch { id, require: self.require, write: self.write }
    }
}
