//! The open database: opened, raised to our format, read, copied and committed to. `tables` has what is in it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use redb::{
    Builder, Database, DatabaseError, ReadableDatabase, ReadableTable, ReadableTableMetadata, StorageBackend,
};
use strongroom_storage::{Batch, Change, Format, Key, Revision, Snapshot, Value, WatchError};

use crate::disk::StateDisk;
use crate::error::{OpenError, damaged, fault};
use crate::overlay::{Boxed, Overlay};
use crate::staging::{Group, stage};
use crate::tables::{
    HISTORY, Position, RECORDS, copy_records, read_format, read_position, split_record, write_first_records,
    write_format, write_position, write_records,
};

const CACHE_BYTES: usize = 64 << 20;
/// A watcher who missed more than this takes a snapshot instead.
const BACKLOG_BYTES_MAX: usize = 64 << 20;

/// A group that failed. With `reached` the transaction's commit had begun, and it may be on disk.
#[derive(Debug)]
pub(crate) struct GroupFailed {
    pub(crate) fault: OpenError,
    pub(crate) reached: Option<Group>,
}

impl From<OpenError> for GroupFailed {
    fn from(fault: OpenError) -> Self {
        Self { fault, reached: None }
    }
}

/// An open database.
#[derive(Debug)]
pub(crate) struct Engine {
    db: Database,
}

impl Engine {
    /// Opens the store on this disk, made first if there is none.
    pub(crate) fn open(disk: &dyn StateDisk) -> Result<Self, OpenError> {
        if !disk.exists()? {
            create(disk)?;
        }
        match Self::open_existing(disk) {
            // Raising the format needs a few pages.
            Err(OpenError::NoSpace) if disk.release_ballast()? => Self::open_existing(disk),
            opened => opened,
        }
    }

    /// Opens the store that is there. A newer format is refused untouched, an older one is raised to ours before
    /// anything else is written.
    pub(crate) fn open_existing(disk: &dyn StateDisk) -> Result<Self, OpenError> {
        let format = probe(disk)?;
        if !format.is_readable() {
            return Err(OpenError::NewerFormat { major: format.major, minor: format.minor });
        }
        // Whoever published it may have died, or failed, before its name was durable: with the name goes what is
        // committed from here on.
        disk.sync_names()?;
        let db =
            builder(true).create_with_backend(Boxed::timed(opened(disk)?, disk.syncs())).map_err(fault)?;
        let engine = Self { db };
        engine.check_count()?;
        if let Some(ours) = format.raised() {
            engine.raise_format(&ours)?;
        }
        Ok(engine)
    }

    /// Puts the format record anew, in a transaction of its own; revision and chain stay, for it is nobody's batch.
    fn raise_format(&self, format: &Format) -> Result<(), OpenError> {
        let mut txn = self.db.begin_write().map_err(fault)?;
        txn.set_two_phase_commit(true);
        write_format(&txn, format)?;
        txn.commit().map_err(fault)
    }

    /// The newest batch's revision and chain.
    pub(crate) fn position(&self) -> Result<Position, OpenError> {
        read_position(&self.db.begin_read().map_err(fault)?)
    }

    fn check_count(&self) -> Result<(), OpenError> {
        let txn = self.db.begin_read().map_err(fault)?;
        let counted = txn.open_table(RECORDS).map_err(fault)?.len().map_err(fault)?;
        let expected = read_position(&txn)?.records;
        if counted == expected {
            Ok(())
        } else {
            Err(OpenError::Corrupted(format!("{counted} records where {expected} were written")))
        }
    }

    /// Writes every record, at its revision, into a new file beside the published one; what was deleted or replaced and
    /// the history stay behind.
    pub(crate) fn copy_beside(&self, disk: &dyn StateDisk) -> Result<(), OpenError> {
        let from = self.db.begin_read().map_err(fault)?;
        let position = read_position(&from)?;
        let db = builder(false).create_with_backend(Boxed::new(disk.create()?)).map_err(fault)?;
        let mut txn = db.begin_write().map_err(fault)?;
        txn.set_two_phase_commit(true);
        copy_records(&from, &txn)?;
        txn.open_table(HISTORY).map_err(fault)?;
        write_position(&txn, &position)?;
        txn.commit().map_err(fault)
    }

    /// Makes a store of these records where there is none, without a history.
    pub(crate) fn make(disk: &dyn StateDisk, snapshot: &Snapshot) -> Result<(), OpenError> {
        if disk.exists()? {
            return Err(OpenError::Io("a store is there already".to_owned()));
        }
        let db = builder(false).create_with_backend(Boxed::new(disk.create()?)).map_err(fault)?;
        let mut txn = db.begin_write().map_err(fault)?;
        txn.set_two_phase_commit(true);
        write_records(&txn, snapshot)?;
        txn.commit().map_err(fault)?;
        drop(db);
        Ok(disk.publish()?)
    }

    /// Every record at one revision.
    pub(crate) fn snapshot(&self) -> Result<Snapshot, OpenError> {
        let txn = self.db.begin_read().map_err(fault)?;
        let Position { revision, chain, .. } = read_position(&txn)?;
        let table = txn.open_table(RECORDS).map_err(fault)?;
        let mut records = BTreeMap::new();
        for entry in table.iter().map_err(fault)? {
            let (key, stored) = entry.map_err(fault)?;
            let key = Key::new(key.value()).map_err(|_| damaged("a key of no valid length"))?;
            let (at, value) = split_record(stored.value())?;
            records.insert(key, (at, Value::new(value)));
        }
        Ok(Snapshot { revision, chain, records })
    }

    /// The batches after that revision, if the history still has them all.
    pub(crate) fn history_after(&self, after: Revision) -> Result<VecDeque<Change>, WatchError> {
        let read = || -> Result<Result<VecDeque<Change>, WatchError>, OpenError> {
            let txn = self.db.begin_read().map_err(fault)?;
            let head = read_position(&txn)?.revision;
            let table = txn.open_table(HISTORY).map_err(fault)?;
            let oldest = match table.first().map_err(fault)? {
                Some((first, _)) => Revision::new(first.value().saturating_sub(1)),
                None => head,
            };
            if after < oldest {
                return Ok(Err(WatchError::Compacted { oldest }));
            }
            let mut changes = VecDeque::new();
            let mut bytes = 0;
            for entry in table.range::<u64>(after.next().get()..).map_err(fault)? {
                let (revision, stored) = entry.map_err(fault)?;
                bytes += stored.value().len();
                if bytes > BACKLOG_BYTES_MAX {
                    return Ok(Err(WatchError::Compacted { oldest: head }));
                }
                let batch = Batch::decode(stored.value()).map_err(|_| damaged("a batch of the history"))?;
                changes
                    .push_back(Change { revision: Revision::new(revision.value()), batch: Arc::new(batch) });
            }
            Ok(Ok(changes))
        };
        read().unwrap_or(Err(WatchError::Unavailable))
    }

    /// Judges each batch in order, the ones before it counted in, and commits the survivors at once.
    pub(crate) fn commit_group(
        &self,
        at: &Position,
        batches: &[Arc<Batch>],
        history_max: u64,
    ) -> Result<Group, GroupFailed> {
        let mut txn = self.db.begin_write().map_err(fault)?;
        // Recovery then does not rest on a checksum of pages whose content callers choose.
        txn.set_two_phase_commit(true);
        let group = stage(&txn, at, batches, history_max)?;
        if group.after.revision == at.revision {
            txn.abort().map_err(fault)?;
            return Ok(group);
        }
        match txn.commit() {
            Ok(()) => Ok(group),
            Err(error) => Err(GroupFailed { fault: fault(error), reached: Some(group) }),
        }
    }
}

fn builder(check: bool) -> Builder {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE_BYTES);
    // Reads do not verify checksums of pages: without this a flipped bit would be served as data.
    builder.set_check_integrity_on_open(check);
    builder
}

/// The published file; an empty one is refused, because redb would make a new store of it.
fn opened(disk: &dyn StateDisk) -> Result<Box<dyn StorageBackend>, OpenError> {
    let backend = disk.open()?;
    if backend.len()? == 0 {
        return Err(damaged("the file is empty"));
    }
    Ok(backend)
}

/// Making a redb file is not atomic, so it is made under another name and published when whole.
fn create(disk: &dyn StateDisk) -> Result<(), OpenError> {
    let db = builder(false).create_with_backend(Boxed::new(disk.create()?)).map_err(fault)?;
    let mut txn = db.begin_write().map_err(fault)?;
    txn.set_two_phase_commit(true);
    write_first_records(&txn)?;
    txn.commit().map_err(fault)?;
    drop(db);
    disk.publish()?;
    Ok(())
}

/// Reads the format without changing the file, whatever state it was left in.
fn probe(disk: &dyn StateDisk) -> Result<Format, OpenError> {
    match builder(false).open_read_only_with_backend(Boxed::new(opened(disk)?)) {
        Ok(db) => read_format(&db.begin_read().map_err(fault)?),
        Err(DatabaseError::RepairAborted) => {
            let overlay = Overlay::new(opened(disk)?)?;
            let db = builder(true).create_with_backend(overlay).map_err(fault)?;
            read_format(&db.begin_read().map_err(fault)?)
        }
        Err(other) => Err(fault(other)),
    }
}
