//! Backups from end to end: known files that another program made, and a set, its shares and a file made here.

#![allow(clippy::unwrap_used, clippy::panic)] // a test crate

use serde_json::Value;
use std::collections::BTreeMap;
use strongroom_backup::{
    AuditCheckpoint, BackupReader, BackupWriter, Item, Manifest, Sample, SealedHeader, StoreFormat, Summary,
};
use strongroom_crypto::DrbgRandom;
use strongroom_recovery::{
    AboutBackup, CombineError, Gathering, RecoveryPair, RecoverySet, Scheme, Share, open_backup, seal_backup,
};
use strongroom_types::{EncryptionContext, KeyArn, Timestamp};
use zeroize::Zeroizing;

fn folder() -> String {
    format!("{}/../../vectors/recovery", env!("CARGO_MANIFEST_DIR"))
}

fn descriptions() -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(format!("{}/backup.json", folder())).unwrap()).unwrap()
}

fn bytes(entry: &Value, field: &str) -> Vec<u8> {
    const_hex::decode(entry[field].as_str().unwrap()).unwrap()
}

fn array<const N: usize>(entry: &Value, field: &str) -> [u8; N] {
    bytes(entry, field).try_into().unwrap()
}

fn number(entry: &Value, field: &str) -> u64 {
    entry[field].as_u64().unwrap()
}

fn format_of(numbers: &Value) -> StoreFormat {
    let number = |at: usize| u16::try_from(numbers[at].as_u64().unwrap()).unwrap();
    StoreFormat { major: number(0), minor: number(1) }
}

fn manifest(entry: &Value) -> Manifest {
    Manifest {
        made_by: entry["made_by"].as_str().unwrap().to_owned(),
        format: format_of(&entry["format"]),
        oldest_reader: format_of(&entry["oldest_reader"]),
        revision: number(entry, "revision"),
        chain: array(entry, "chain"),
        records: number(entry, "records"),
        token_keys: number(entry, "token_keys"),
    }
}

fn checkpoint(entry: &Value) -> AuditCheckpoint {
    let (root, statement) = (array(entry, "root"), bytes(entry, "statement"));
    AuditCheckpoint { sequence: number(entry, "sequence"), root, statement }
}

fn sample(entry: &Value) -> Sample {
    let pairs = entry["context"].as_array().unwrap().iter();
    let pairs: BTreeMap<_, _> = pairs
        .map(|pair| (pair[0].as_str().unwrap().to_owned(), pair[1].as_str().unwrap().to_owned()))
        .collect();
    Sample {
        key: KeyArn::parse(entry["key"].as_str().unwrap()).unwrap(),
        context: EncryptionContext::new(pairs).unwrap(),
        plaintext_sha256: array(entry, "plaintext_sha256"),
        ciphertext: bytes(entry, "ciphertext"),
    }
}

fn read(mut file: &[u8], pair: &RecoveryPair) -> (SealedHeader, Vec<Item>, Summary) {
    let header = SealedHeader::read(&mut file).unwrap();
    let key = open_backup(pair, &header).unwrap();
    let mut reader = BackupReader::start(file, &header, &key).unwrap();
    let mut items = Vec::new();
    while let Some(item) = reader.next_item().unwrap() {
        items.push(item);
    }
    (header, items, reader.summary().unwrap())
}

/// Checks a record against what the description says of it.
fn check_record(item: &Item, expected: &Value) {
    let Item::Record(record) = item else { panic!("{item:?} is no record") };
    assert_eq!(record.key, expected["key"].as_str().unwrap().as_bytes());
    assert_eq!(record.value.len() as u64, number(expected, "value_bytes"));
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &record.value);
    assert_eq!(hash.as_ref(), bytes(expected, "value_sha256").as_slice());
}

#[test]
fn backup_vectors() {
    let descriptions = descriptions();
    assert_eq!(descriptions.len(), 2);
    for expected in &descriptions {
        let file =
            std::fs::read(format!("{}/{}.backup", folder(), expected["name"].as_str().unwrap())).unwrap();
        let pair = RecoveryPair::from_seed(Zeroizing::new(array(expected, "seed")));
        let (sealed, items, summary) = read(&file, &pair);
        let header = &sealed.header;
        assert_eq!(header.cluster, array::<16>(expected, "cluster"));
        assert_eq!(header.backup_id, array::<16>(expected, "backup_id"));
        assert_eq!(header.revision, number(expected, "revision"));
        assert_eq!(header.made.millis(), number(expected, "made_ms"));
        assert_eq!(header.set_id().0, array::<8>(expected, "set_id"));
        assert_eq!(header.public_key_hash.0, array::<32>(expected, "public_key_hash"));
        let key = open_backup(&pair, &sealed).unwrap();
        assert_eq!(*key.expose(), array::<64>(expected, "file_key"));

        let (first, rest) = items.split_first().unwrap();
        assert_eq!(*first, Item::Manifest(manifest(&expected["manifest"])));
        let records = expected["records"].as_array().unwrap();
        let (found, rest) = rest.split_at(records.len());
        found.iter().zip(records).for_each(|(item, expected)| check_record(item, expected));
        let checkpoint = Some(&expected["checkpoint"]).filter(|entry| !entry.is_null()).map(checkpoint);
        let samples = expected["samples"].as_array().unwrap().iter().map(sample).map(Item::Sample);
        let behind: Vec<Item> = checkpoint.map(Item::Checkpoint).into_iter().chain(samples).collect();
        assert_eq!(rest, behind);
        assert_eq!(summary.records, records.len() as u64);
        assert_eq!(summary.samples, expected["samples"].as_array().unwrap().len() as u64);
        assert_eq!(summary.digest, array::<32>(expected, "digest"));
        assert_eq!(summary.mac, array::<32>(expected, "mac"));

        assert_eq!(written_again(&sealed, &items, &pair, summary.mac), file, "a backup has one form");
    }
}

/// The file that the writer makes of these items.
fn written_again(sealed: &SealedHeader, items: &[Item], pair: &RecoveryPair, mac: [u8; 32]) -> Vec<u8> {
    let key = open_backup(pair, sealed).unwrap();
    let Some((Item::Manifest(manifest), rest)) = items.split_first() else { panic!("no manifest") };
    let mut writer = BackupWriter::start(Vec::new(), sealed, &key, manifest).unwrap();
    for item in rest {
        let written = match item {
            Item::Manifest(_) => panic!("a second manifest"),
            Item::Record(record) => writer.record(&record.key, &record.value),
            Item::Checkpoint(checkpoint) => writer.checkpoint(checkpoint),
            Item::Sample(sample) => writer.sample(sample),
        };
        written.unwrap();
    }
    writer.finish(mac).unwrap().0
}

/// A backup with one record, encrypted to a set.
fn backup(set: &RecoverySet) -> Vec<u8> {
    let about =
        AboutBackup { cluster: [1; 16], backup_id: [2; 16], revision: 3, made: Timestamp::from_millis(4) };
    let (sealed, key) = seal_backup(set.public(), about, &mut DrbgRandom).unwrap();
    let format = StoreFormat { major: 1, minor: 1 };
    let manifest = Manifest {
        made_by: "test".to_owned(),
        format,
        oldest_reader: format,
        revision: 3,
        chain: [5; 32],
        records: 1,
        token_keys: 0,
    };
    let mut writer = BackupWriter::start(Vec::new(), &sealed, &key, &manifest).unwrap();
    writer.record(b"s/fmt", b"value").unwrap();
    let mac = writer.digest();
    writer.finish(mac).unwrap().0
}

#[test]
fn shares_on_paper_open_a_backup_on_a_bare_machine_and_fewer_do_not() {
    let made = Timestamp::from_millis(1_735_732_800_000);
    let (set, shares) = RecoverySet::create(Scheme::new(5, 3).unwrap(), made, &mut DrbgRandom).unwrap();
    let file = backup(&set);
    let sheets: Vec<_> = shares.iter().map(|share| share.sheet(5, made).unwrap()).collect();
    drop((set, shares));

    let header = SealedHeader::read(&mut &file[..]).unwrap().header;
    let mut gathering = Gathering::for_key(header.public_key_hash);
    for sheet in [&sheets[4], &sheets[1]] {
        gathering.add(Share::parse(sheet).unwrap()).unwrap();
    }
    assert_eq!(gathering.combine().map(|_| ()), Err(CombineError::TooFew { have: 2, need: 3 }));
    gathering.add(Share::parse(&sheets[2]).unwrap()).unwrap();
    let (_, items, summary) = read(&file, &gathering.combine().unwrap());
    assert_eq!(summary.records, 1);
    assert!(matches!(&items[1], Item::Record(record) if record.value == b"value"));
}
