//! A change being put together: preconditions and writes of one batch.

use super::record::{Record, RecordError};
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
        self.write.push(Write::Delete { key: key? });
        Ok(self)
    }

    /// The batch.
    pub(crate) fn batch(self, id: BatchId) -> Batch {
        Batch { id, require: self.require, write: self.write }
    }
}
