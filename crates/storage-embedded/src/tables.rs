//! What is in the file: the tables `records` (key → 8-byte revision, then the value), `history` (revision → batch) and
//! `meta` (revision, chain digest, number of records), all changed in one transaction.

use redb::{ReadTransaction, ReadableTable, TableDefinition, WriteTransaction};
use strongroom_storage::{Chain, FORMAT_KEY, Format, OUR_FORMAT, Revision, Snapshot};

use crate::error::{OpenError, damaged, fault};

pub(crate) const RECORDS: TableDefinition<'static, &'static [u8], &'static [u8]> =
    TableDefinition::new("records");
pub(crate) const HISTORY: TableDefinition<'static, u64, &'static [u8]> = TableDefinition::new("history");
const META: TableDefinition<'static, &'static str, &'static [u8]> = TableDefinition::new("meta");
const META_REVISION: &str = "revision";
const META_CHAIN: &str = "chain";
const META_RECORDS: &str = "records";

/// Where a store stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) revision: Revision,
    pub(crate) chain: Chain,
    pub(crate) records: u64,
}

pub(crate) fn copy_records(from: &ReadTransaction, to: &WriteTransaction) -> Result<(), OpenError> {
    let (source, mut target) =
        (from.open_table(RECORDS).map_err(fault)?, to.open_table(RECORDS).map_err(fault)?);
    for entry in source.iter().map_err(fault)? {
        let (key, stored) = entry.map_err(fault)?;
        target.insert(key.value(), stored.value()).map_err(fault)?;
    }
    Ok(())
}

pub(crate) fn write_records(txn: &WriteTransaction, snapshot: &Snapshot) -> Result<(), OpenError> {
    let mut table = txn.open_table(RECORDS).map_err(fault)?;
    for (key, (at, value)) in &snapshot.records {
        let stored = join_record(*at, value.as_bytes());
        table.insert(key.as_bytes(), stored.as_slice()).map_err(fault)?;
    }
    txn.open_table(HISTORY).map_err(fault)?;
    let Snapshot { revision, chain, records } = snapshot;
    write_position(txn, &Position { revision: *revision, chain: *chain, records: records.len() as u64 })
}

pub(crate) fn write_first_records(txn: &WriteTransaction) -> Result<(), OpenError> {
    write_format(txn, &OUR_FORMAT)?;
    txn.open_table(HISTORY).map_err(fault)?;
    write_position(txn, &Position { revision: Revision::ZERO, chain: Chain::default(), records: 1 })
}

pub(crate) fn write_format(txn: &WriteTransaction, format: &Format) -> Result<(), OpenError> {
    let mut records = txn.open_table(RECORDS).map_err(fault)?;
    let stored = join_record(Revision::ZERO, format.encode().as_bytes());
    records.insert(FORMAT_KEY, stored.as_slice()).map_err(fault)?;
    Ok(())
}

pub(crate) fn read_format(txn: &ReadTransaction) -> Result<Format, OpenError> {
    let table = txn.open_table(RECORDS).map_err(fault)?;
    let stored = table.get(FORMAT_KEY).map_err(fault)?.ok_or_else(|| damaged("no format record"))?;
    let (_, value) = split_record(stored.value())?;
    Format::decode(value).map_err(|_| damaged("the format record"))
}

pub(crate) fn read_position(txn: &ReadTransaction) -> Result<Position, OpenError> {
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

pub(crate) fn write_position(txn: &WriteTransaction, position: &Position) -> Result<(), OpenError> {
    let mut table = txn.open_table(META).map_err(fault)?;
    table.insert(META_REVISION, position.revision.get().to_be_bytes().as_slice()).map_err(fault)?;
    table.insert(META_CHAIN, position.chain.bytes().as_slice()).map_err(fault)?;
    table.insert(META_RECORDS, position.records.to_be_bytes().as_slice()).map_err(fault)?;
    Ok(())
}

pub(crate) fn join_record(revision: Revision, value: &[u8]) -> Vec<u8> {
    [revision.get().to_be_bytes().as_slice(), value].concat()
}

pub(crate) fn split_record(stored: &[u8]) -> Result<(Revision, &[u8]), OpenError> {
    let (revision, value) =
        stored.split_first_chunk::<8>().ok_or_else(|| damaged("a record is too short"))?;
    Ok((Revision::new(u64::from_be_bytes(*revision)), value))
}
