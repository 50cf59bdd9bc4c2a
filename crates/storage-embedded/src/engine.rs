//! Every call of redb. Tables `records` (key → 8-byte revision, then the value), `history` (revision → batch) and
//! `meta` (revision, chain digest, number of records), all changed in one transaction.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::Arc;

use redb::{
    Builder, Database, DatabaseError, ReadTransaction, ReadableDatabase, ReadableTable,
    ReadableTableMetadata, StorageBackend, Table, TableDefinition, WriteTransaction,
};
use strongroom_storage::{
    Batch, Chain, Change, Conflict, FORMAT_KEY, Format, HEAD_KEY, Head, Key, OUR_FORMAT, Prefix, ReadRecords,
    Revision, Snapshot, Value, WatchError, Write, first_conflict,
};

use crate::disk::StateDisk;
use crate::overlay::{Boxed, Overlay};

const RECORDS: TableDefinition<'static, &'static [u8], &'static [u8]> = TableDefinition::new("records");
const HISTORY: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("history");
const META: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("meta");
const META_REVISION: &str = "revision";
const META_CHAIN: &str = "chain";
const META_RECORDS: &str = "records";

const CACHE_BYTES: usize = 64 << 20;
/// A watcher who missed more than this takes a snapshot instead.
const BACKLOG_BYTES_MAX: usize = 64 << 20;

/// Why a store does not open. The file is unchanged unless it is ours and was being recovered.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Written by a newer release; nothing was touched.
    #[error("the state has format {major}.{minor}, which is newer than this release understands ({}.{}): run the release that wrote it", OUR_FORMAT.major, OUR_FORMAT.minor)]
    NewerFormat {
        /// Its major version.
        major: u16,
        /// Its minor version.
        minor: u16,
    },
    /// Another process has it open.
    #[error("another process has the state open")]
    AlreadyOpen,
    /// The disk is full.
    #[error("there is no space left for the state")]
    NoSpace,
    /// What is there is not what was written.
    #[error("the state is damaged: {0}")]
    Corrupted(String),
    /// The disk failed.
    #[error("the state cannot be read or written: {0}")]
    Io(String),
}

impl From<redb::Error> for OpenError {
    fn from(fault: redb::Error) -> Self {
        match fault {
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::AlreadyOpen,
            redb::Error::Io(fault) => fault.into(),
            redb::Error::PreviousIo => Self::Io("an earlier operation failed".to_owned()),
            redb::Error::Backend(fault) => Self::Io(fault.to_string()),
            other => Self::Corrupted(other.to_string()),
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(fault: io::Error) -> Self {
        match fault.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::NoSpace,
            io::ErrorKind::InvalidData => Self::Corrupted(fault.to_string()),
            _ => Self::Io(fault.to_string()),
        }
    }
}

fn fault(error: impl Into<redb::Error>) -> OpenError {
    let error: redb::Error = error.into();
    OpenError::from(error)
}

/// Where a store stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) revision: Revision,
    pub(crate) chain: Chain,
    pub(crate) records: u64,
}

/// What became of one batch of a group.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Applied(Revision),
    Conflict(Conflict),
}

/// A group that is durable.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) after: Position,
}

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

fn copy_records(from: &ReadTransaction, to: &WriteTransaction) -> Result<(), OpenError> {
    let (source, mut target) =
        (from.open_table(RECORDS).map_err(fault)?, to.open_table(RECORDS).map_err(fault)?);
    for entry in source.iter().map_err(fault)? {
        let (key, stored) = entry.map_err(fault)?;
        target.insert(key.value(), stored.value()).map_err(fault)?;
    }
    Ok(())
}

fn write_records(txn: &WriteTransaction, snapshot: &Snapshot) -> Result<(), OpenError> {
    let mut table = txn.open_table(RECORDS).map_err(fault)?;
    for (key, (at, value)) in &snapshot.records {
        let stored = join_record(*at, value.as_bytes());
        table.insert(key.as_bytes(), stored.as_slice()).map_err(fault)?;
    }
    txn.open_table(HISTORY).map_err(fault)?;
    let Snapshot { revision, chain, records } = snapshot;
    write_position(txn, &Position { revision: *revision, chain: *chain, records: records.len() as u64 })
}

fn write_first_records(txn: &WriteTransaction) -> Result<(), OpenError> {
    write_format(txn, &OUR_FORMAT)?;
    txn.open_table(HISTORY).map_err(fault)?;
    write_position(txn, &Position { revision: Revision::ZERO, chain: Chain::default(), records: 1 })
}

fn write_format(txn: &WriteTransaction, format: &Format) -> Result<(), OpenError> {
    let mut records = txn.open_table(RECORDS).map_err(fault)?;
    let stored = join_record(Revision::ZERO, format.encode().as_bytes());
    records.insert(FORMAT_KEY, stored.as_slice()).map_err(fault)?;
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

fn read_format(txn: &ReadTransaction) -> Result<Format, OpenError> {
    let table = txn.open_table(RECORDS).map_err(fault)?;
    let stored = table.get(FORMAT_KEY).map_err(fault)?.ok_or_else(|| damaged("no format record"))?;
    let (_, value) = split_record(stored.value())?;
    Format::decode(value).map_err(|_| damaged("the format record"))
}

fn read_position(txn: &ReadTransaction) -> Result<Position, OpenError> {
    let table = txn.open_table(META).map_err(fault)?;
    let revision = Revision::new(u64::from_be_bytes(read_meta(&table, META_REVISION)?));
    let chain = Chain::new(read_meta(&table, META_CHAIN)?);
    let records = u64::from_be_bytes(read_meta(&table, META_RECORDS)?);
    Ok(Position { revision, chain, records })
}

fn read_meta<const N: usize>(
    table: &impl ReadableTable<&'static str, &'static [u8]>,
    name: &str,
) -> Result<[u8; N], OpenError> {
    let stored = table.get(name).map_err(fault)?.ok_or_else(|| damaged(name))?;
    stored.value().try_into().map_err(|_| damaged(name))
}

fn write_position(txn: &WriteTransaction, position: &Position) -> Result<(), OpenError> {
    let mut table = txn.open_table(META).map_err(fault)?;
    table.insert(META_REVISION, position.revision.get().to_be_bytes().as_slice()).map_err(fault)?;
    table.insert(META_CHAIN, position.chain.bytes().as_slice()).map_err(fault)?;
    table.insert(META_RECORDS, position.records.to_be_bytes().as_slice()).map_err(fault)?;
    Ok(())
}

fn stage(
    txn: &WriteTransaction,
    at: &Position,
    batches: &[Arc<Batch>],
    history_max: u64,
) -> Result<Group, OpenError> {
    let mut records = txn.open_table(RECORDS).map_err(fault)?;
    let mut history = txn.open_table(HISTORY).map_err(fault)?;
    let mut after = *at;
    let mut verdicts = Vec::with_capacity(batches.len());
    for batch in batches {
        if let Some(conflict) = first_conflict(batch, &Records(&records))? {
            verdicts.push(Verdict::Conflict(conflict));
            continue;
        }
        after.revision = after.revision.next();
        apply(&mut records, batch, &mut after)?;
        let encoded = batch.encode();
        after.chain = after.chain.extend(after.revision, &encoded);
        history.insert(after.revision.get(), encoded.as_slice()).map_err(fault)?;
        if let Some(old) = after.revision.get().checked_sub(history_max) {
            history.remove(old).map_err(fault)?;
        }
        verdicts.push(Verdict::Applied(after.revision));
    }
    write_position(txn, &after)?;
    Ok(Group { verdicts, after })
}

type RecordTable<'txn> = Table<'txn, &'static [u8], &'static [u8]>;

fn apply(records: &mut RecordTable<'_>, batch: &Batch, after: &mut Position) -> Result<(), OpenError> {
    for write in &batch.write {
        match write {
            Write::Put { key, value } => put(records, key.as_bytes(), value.as_bytes(), after)?,
            Write::Delete { key } => {
                if records.remove(key.as_bytes()).map_err(fault)?.is_some() {
                    after.records = after.records.saturating_sub(1);
                }
            }
        }
    }
    put(records, HEAD_KEY, Head::of(batch).encode().as_bytes(), after)
}

fn put(
    records: &mut RecordTable<'_>,
    key: &[u8],
    value: &[u8],
    after: &mut Position,
) -> Result<(), OpenError> {
    let stored = join_record(after.revision, value);
    if records.insert(key, stored.as_slice()).map_err(fault)?.is_none() {
        after.records += 1;
    }
    Ok(())
}

/// The judge's view of the open transaction.
struct Records<'a, 'txn>(&'a RecordTable<'txn>);

impl ReadRecords for Records<'_, '_> {
    type Error = OpenError;

    fn revision_of(&self, key: &Key) -> Result<Option<Revision>, OpenError> {
        match self.0.get(key.as_bytes()).map_err(fault)? {
            Some(stored) => Ok(Some(split_record(stored.value())?.0)),
            None => Ok(None),
        }
    }

    fn newer_under(&self, prefix: &Prefix, at: Revision) -> Result<Option<(Key, Revision)>, OpenError> {
        for entry in self.0.range::<&[u8]>(prefix.as_bytes()..).map_err(fault)? {
            let (key, stored) = entry.map_err(fault)?;
            let key = Key::new(key.value()).map_err(|_| damaged("a key of no valid length"))?;
            if !key.starts_with(prefix) {
                break;
            }
            let (now, _) = split_record(stored.value())?;
            if now > at {
                return Ok(Some((key, now)));
            }
        }
        Ok(None)
    }
}

fn join_record(revision: Revision, value: &[u8]) -> Vec<u8> {
    [revision.get().to_be_bytes().as_slice(), value].concat()
}

fn split_record(stored: &[u8]) -> Result<(Revision, &[u8]), OpenError> {
    let (revision, value) =
        stored.split_first_chunk::<8>().ok_or_else(|| damaged("a record is too short"))?;
    Ok((Revision::new(u64::from_be_bytes(*revision)), value))
}

fn damaged(what: &str) -> OpenError {
    OpenError::Corrupted(what.to_owned())
}
