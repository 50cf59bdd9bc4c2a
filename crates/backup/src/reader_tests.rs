//! A whole backup, and every kind of damage to one.

use super::*;
use crate::{BackupWriter, ChunkWriter, HEADER_BYTES, Manifest, Record, item_codec, samples};

#[test]
fn backup_round_trips() {
    for value_bytes in [0, 10, 100_000] {
        let (file, written) = samples::backup(value_bytes);
        let (items, found) = samples::read(&file).unwrap();
        assert_eq!(found, written);
        assert_eq!((found.records, found.samples), (2, 1));
        let record =
            |key: &[u8], byte| Item::Record(Record { key: key.to_vec(), value: vec![byte; value_bytes] });
        let expected = [
            Item::Manifest(samples::manifest()),
            record(b"s/acct/111122223333", 11),
            record(b"s/fmt", 12),
            Item::Checkpoint(samples::checkpoint()),
            Item::Sample(samples::sample()),
        ];
        assert_eq!(items, expected);
    }
}

#[test]
fn every_altered_bit_is_refused() {
    let (file, _) = samples::backup(10);
    assert!(samples::read(&file).is_ok());
    for at in 0..file.len() {
        for bit in 0..8 {
            let mut altered = file.clone();
            altered[at] ^= 1 << bit;
            assert!(samples::read(&altered).is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn altered_header_is_another_files_key() {
    let (file, _) = samples::backup(10);
    // Cluster, backup id, revision, time, encapsulation, commitment.
    for at in [8, 24, 40, 48, 96, HEADER_BYTES - 1] {
        let mut altered = file.clone();
        altered[at] ^= 1;
        assert!(matches!(samples::read(&altered), Err(BackupError::OtherFileKey)), "byte {at}");
    }
}

#[test]
fn backup_cut_anywhere_is_cut_off() {
    let (file, _) = samples::backup(10);
    for length in 0..file.len() {
        match samples::read(&file[..length]) {
            Err(BackupError::HeaderCutOff) => assert!(length < HEADER_BYTES, "{length}"),
            Err(BackupError::CutOff { chunk: 0 }) => assert!(length >= HEADER_BYTES, "{length}"),
            other => panic!("{length}: {:?}", other.map(|_| "taken")),
        }
    }
}

#[test]
fn joined_backups_and_bytes_behind_are_refused() {
    let (file, _) = samples::backup(10);
    let twice = [&file[..], &file].concat();
    assert!(matches!(samples::read(&twice), Err(BackupError::TrailingBytes)));
    let header_of_one_and_chunks_of_another = {
        let sealed = samples::sealed_header();
        let other = Header { backup_id: [0xee; 16], ..sealed.header };
        let key = samples::key(&other);
        [&other.seal(&key).to_bytes()[..], &file[HEADER_BYTES..]].concat()
    };
    let read = samples::read(&header_of_one_and_chunks_of_another);
    assert!(matches!(read, Err(BackupError::ChunkDamaged { chunk: 0 })));
}

#[test]
fn other_set_and_other_cluster_are_told_before_shares_are_asked_for() {
    let header = samples::header();
    let (set, cluster) = (header.set_id(), header.cluster);
    let check = |expected: Expected| expected.check(&header);
    assert!(check(Expected::default()).is_ok());
    assert!(check(Expected { set: Some(set), cluster: Some(cluster) }).is_ok());
    let other = SetId([0; 8]);
    let told = check(Expected { set: Some(other), cluster: None });
    assert!(
        matches!(told, Err(BackupError::OtherSet { found, expected }) if found == set && expected == other)
    );
    let told = check(Expected { set: Some(set), cluster: Some([0; 16]) });
    assert!(matches!(told, Err(BackupError::OtherCluster)));
}

/// A file of the items given, sealed as a writer without rules would.
fn sealed_items(items: &[Vec<u8>]) -> Vec<u8> {
    let sealed = samples::sealed_header();
    let mut chunks = ChunkWriter::new(sealed.to_bytes(), &samples::key(&sealed.header)).unwrap();
    items.iter().for_each(|item| chunks.write(item).unwrap());
    chunks.finish().unwrap()
}

/// The end item that belongs behind these items.
fn end(items: &[Vec<u8>], records: u64) -> Vec<u8> {
    let mut ledger = Ledger::new(&samples::sealed_header());
    items.iter().for_each(|item| ledger.absorb(item));
    item_codec::encode_end(&Summary { records, samples: 0, digest: ledger.digest(), mac: [0; 32] }).unwrap()
}

#[test]
fn content_that_breaks_a_rule_is_refused_although_it_opens() {
    let manifest = item_codec::encode_manifest(&samples::manifest()).unwrap();
    let (a, b) =
        (item_codec::encode_record(b"a", b"1").unwrap(), item_codec::encode_record(b"b", b"2").unwrap());
    let good = [manifest.clone(), a.clone(), b.clone()];
    let end_of_good = end(&good, 2);
    let verdict = |items: &[&Vec<u8>]| {
        let items: Vec<Vec<u8>> = items.iter().map(|item| (*item).clone()).collect();
        match samples::read(&sealed_items(&items)) {
            Ok(_) => None,
            Err(BackupError::Content(error)) => Some(error),
            Err(other) => panic!("{other}"),
        }
    };
    assert_eq!(verdict(&[&manifest, &a, &b, &end_of_good]), None);
    assert_eq!(verdict(&[&manifest, &a, &b]), Some(ContentError::Unfinished));
    assert_eq!(verdict(&[]), Some(ContentError::Unfinished));
    assert_eq!(verdict(&[&manifest, &a, &end_of_good]), Some(ContentError::Counts));
    assert_eq!(verdict(&[&manifest, &b, &a, &end_of_good]), Some(ContentError::RecordOrder));
    assert_eq!(verdict(&[&a, &b, &end_of_good]), Some(ContentError::OutOfPlace));
    assert_eq!(verdict(&[&manifest, &a, &b, &end(&good, 3)]), Some(ContentError::Counts));
    assert_eq!(verdict(&[&manifest, &a, &b, &end(&good[..2], 2)]), Some(ContentError::Digest));
    assert_eq!(verdict(&[&manifest, &a, &b, &end_of_good, &vec![0]]), Some(ContentError::BehindTheEnd));
    assert_eq!(verdict(&[&manifest, &vec![9, 0, 0, 0, 0]]), Some(ContentError::UnknownKind(9)));
    assert_eq!(verdict(&[&manifest, &vec![2, 0, 0, 0, 9, 1]]), Some(ContentError::Unfinished));
}

#[test]
fn reader_that_refused_goes_on_refusing() {
    let manifest = item_codec::encode_manifest(&samples::manifest()).unwrap();
    let record = item_codec::encode_record(b"a", b"1").unwrap();
    let file = sealed_items(&[manifest.clone(), manifest, record]);
    let sealed = samples::sealed_header();
    let mut reader =
        BackupReader::start(&file[HEADER_BYTES..], &sealed, &samples::key(&sealed.header)).unwrap();
    assert!(matches!(reader.next_item(), Ok(Some(Item::Manifest(_)))));
    assert!(reader.next_item().is_err());
    assert!(reader.next_item().is_err());
    assert_eq!(reader.summary(), None);
}

#[test]
fn writer_keeps_the_rules() {
    let sealed = samples::sealed_header();
    let key = samples::key(&sealed.header);
    let start = |manifest: &Manifest| BackupWriter::start(Vec::new(), &sealed, &key, manifest);
    let other = Manifest { revision: 40, ..samples::manifest() };
    assert!(matches!(start(&other), Err(BackupError::Content(ContentError::Revision))));
    let mut writer = start(&samples::manifest()).unwrap();
    writer.record(b"b", b"").unwrap();
    assert!(matches!(writer.record(b"a", b""), Err(BackupError::Content(ContentError::RecordOrder))));
    assert!(matches!(writer.finish([0; 32]), Err(BackupError::Content(ContentError::Counts))));
    let other_key = samples::key(&Header { revision: 42, ..samples::header() });
    let started = BackupWriter::start(Vec::new(), &sealed, &other_key, &samples::manifest());
    assert!(matches!(started, Err(BackupError::OtherFileKey)));
}

#[test]
fn backup_that_was_not_finished_is_not_taken() {
    let sealed = samples::sealed_header();
    let mut out = Vec::new();
    {
        let mut writer =
            BackupWriter::start(&mut out, &sealed, &samples::key(&sealed.header), &samples::manifest())
                .unwrap();
        writer.record(b"a", &vec![1; 200_000]).unwrap();
    }
    assert!(out.len() > HEADER_BYTES + 65_536, "some of it was written");
    assert!(matches!(samples::read(&out), Err(BackupError::CutOff { .. })));
}
