//! State of another release: a newer one's is refused, and not a byte of it changed; an older one's is raised to our
//! format.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

use std::path::Path;

use redb::{Database, ReadableDatabase, TableDefinition};
use strongroom_storage::{Chain, FORMAT_KEY, Format, OUR_FORMAT, Revision};
use strongroom_storage_embedded::{EmbeddedStore, OpenError};

const RECORDS: TableDefinition<'static, &'static [u8], &'static [u8]> = TableDefinition::new("records");

fn write_format(db: &Database, format: Format) {
    let txn = db.begin_write().unwrap();
    {
        let mut table = txn.open_table(RECORDS).unwrap();
        let stored = [[0_u8; 8].as_slice(), format.encode().as_bytes()].concat();
        table.insert(FORMAT_KEY, stored.as_slice()).unwrap();
    }
    txn.commit().unwrap();
}

/// The format record of a store that is closed.
fn read_format(file: &Path) -> Format {
    let db = Database::open(file).unwrap();
    let txn = db.begin_read().unwrap();
    let table = txn.open_table(RECORDS).unwrap();
    let stored = table.get(FORMAT_KEY).unwrap().unwrap();
    Format::decode(&stored.value()[8..]).unwrap()
}

/// A store of that format, closed or as a crash leaves it.
fn store_of(format: Format, crashed: bool, at: &Path) {
    let dir = tempfile::tempdir().unwrap();
    drop(EmbeddedStore::open(dir.path()).unwrap());
    let file = dir.path().join("state.redb");
    let db = Database::open(&file).unwrap();
    write_format(&db, format);
    if crashed {
        std::fs::copy(&file, at).unwrap();
        drop(db);
    } else {
        drop(db);
        std::fs::copy(&file, at).unwrap();
    }
}

#[test]
fn newer_major_is_refused_and_untouched() {
    let newer = Format { major: OUR_FORMAT.major + 1, ..OUR_FORMAT };
    for crashed in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("state.redb");
        store_of(newer, crashed, &file);
        let before = std::fs::read(&file).unwrap();
        let fault = EmbeddedStore::open(dir.path()).expect_err("a newer format");
        assert!(matches!(fault, OpenError::NewerFormat { major: 2, minor: 1 }), "{fault}");
        assert_eq!(before, std::fs::read(&file).unwrap(), "crashed: {crashed}");
    }
}

#[test]
fn newer_minor_and_our_own_open() {
    for format in [OUR_FORMAT, Format { minor: OUR_FORMAT.minor + 1, ..OUR_FORMAT }] {
        for crashed in [false, true] {
            let dir = tempfile::tempdir().unwrap();
            store_of(format, crashed, &dir.path().join("state.redb"));
            EmbeddedStore::open(dir.path()).unwrap();
        }
    }
}

#[test]
fn newer_oldest_reader_is_refused_and_untouched() {
    let minor = OUR_FORMAT.minor + 1;
    let newer = Format { minor, reader_minor: minor, ..OUR_FORMAT };
    for crashed in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("state.redb");
        store_of(newer, crashed, &file);
        let before = std::fs::read(&file).unwrap();
        let fault = EmbeddedStore::open(dir.path()).expect_err("a format that we may not read");
        assert!(fault.to_string().contains("newer than this release understands (1.1)"), "{fault}");
        assert_eq!(before, std::fs::read(&file).unwrap(), "crashed: {crashed}");
    }
}

#[test]
fn older_format_opens_and_is_raised_with_revision_and_chain_as_they_were() {
    let first = Format { major: 1, minor: 0, reader_major: 1, reader_minor: 0 };
    for crashed in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("state.redb");
        store_of(first, crashed, &file);
        let store = EmbeddedStore::open(dir.path()).unwrap();
        assert_eq!(store.chain(), Some((Revision::ZERO, Chain::default())), "crashed: {crashed}");
        drop(store);
        assert_eq!(read_format(&file), OUR_FORMAT, "crashed: {crashed}");
        EmbeddedStore::open(dir.path()).unwrap();
    }
}

#[test]
fn newer_minor_is_left_as_it_is() {
    let newer = Format { minor: OUR_FORMAT.minor + 1, ..OUR_FORMAT };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state.redb");
    store_of(newer, false, &file);
    drop(EmbeddedStore::open(dir.path()).unwrap());
    assert_eq!(read_format(&file), newer);
}
