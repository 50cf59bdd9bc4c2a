//! A group of batches in an open transaction: judged one after the other, and written.

use std::sync::Arc;

use redb::{ReadableTable, Table, WriteTransaction};
use strongroom_storage::{
    Batch, Conflict, HEAD_KEY, Head, Key, Prefix, ReadRecords, Revision, Write, first_conflict,
};

use crate::error::{OpenError, damaged, fault};
use crate::tables::{HISTORY, Position, RECORDS, join_record, split_record, write_position};

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

/// Judges each batch in order, the ones before it counted in, and writes those that hold into the open transaction.
pub(crate) fn stage(
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
