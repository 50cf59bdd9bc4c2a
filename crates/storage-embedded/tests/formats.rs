//! State of a newer release: refused, and not a byte of it changed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests report by panicking")]

use std::path::Path;

use redb::{Database, TableDefinition};
use strongroom_storage::{FORMAT_KEY, Format, OUR_FORMAT};
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
        assert!(matches!(fault, OpenError::NewerFormat { major: 2, minor: 0 }), "{fault}");
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
