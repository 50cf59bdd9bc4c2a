//! Hostile backup files: any file but the one that was made is refused, and no content makes the reader fail.
//!
//! Input: a byte of flags. Odd: the rest is content, sealed as a backup's. Even: two bytes say where the file is
//! overwritten with the rest; flag 2 keeps what lies behind.

#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom_backup::{
    AuditCheckpoint, BackupReader, BackupWriter, ChunkWriter, ENCAPSULATION_BYTES, FILE_KEY_BYTES, FileKey,
    Header, Item, Manifest, PublicKeyHash, SealedHeader, StoreFormat, Summary,
};
use strongroom_types::Timestamp;
use zeroize::Zeroizing;

const REVISION: u64 = 7;

fn key() -> FileKey {
    FileKey::new(Zeroizing::new([7; FILE_KEY_BYTES]))
}

fn header() -> SealedHeader {
    let header = Header {
        cluster: [1; 16],
        backup_id: [2; 16],
        revision: REVISION,
        made: Timestamp::from_millis(1_735_732_800_000),
        public_key_hash: PublicKeyHash([3; 32]),
        encapsulation: Box::new([4; ENCAPSULATION_BYTES]),
    };
    header.seal(&key())
}

fn manifest() -> Manifest {
    let format = StoreFormat { major: 1, minor: 1 };
    Manifest {
        made_by: "fuzz".to_owned(),
        format,
        oldest_reader: format,
        revision: REVISION,
        chain: [5; 32],
        records: 2,
        token_keys: 0,
    }
}

fn file() -> Vec<u8> {
    let mut writer = BackupWriter::start(Vec::new(), &header(), &key(), &manifest()).unwrap();
    writer.record(b"s/acct/111122223333", &[6; 100]).unwrap();
    writer.record(b"s/fmt", b"").unwrap();
    writer.checkpoint(&AuditCheckpoint { sequence: 8, root: [9; 32], statement: vec![10; 64] }).unwrap();
    writer.finish([11; 32]).unwrap().0
}

/// Reads to the end, with the key that every file here has.
fn read(mut file: &[u8]) -> Option<(SealedHeader, Vec<Item>, Summary)> {
    let header = SealedHeader::read(&mut file).ok()?;
    let mut reader = BackupReader::start(file, &header, &key()).ok()?;
    let mut items = Vec::new();
    while let Some(item) = reader.next_item().ok()? {
        items.push(item);
    }
    Some((header, items, reader.summary().unwrap()))
}

/// What the writer makes of the items of a file.
fn written(header: &SealedHeader, items: &[Item], summary: &Summary) -> Vec<u8> {
    let Some((Item::Manifest(manifest), rest)) = items.split_first() else {
        panic!("a file without a manifest")
    };
    let mut writer = BackupWriter::start(Vec::new(), header, &key(), manifest).unwrap();
    for item in rest {
        let written = match item {
            Item::Manifest(_) => panic!("a second manifest was taken"),
            Item::Record(record) => writer.record(&record.key, &record.value),
            Item::Checkpoint(checkpoint) => writer.checkpoint(checkpoint),
            Item::Sample(sample) => writer.sample(sample),
        };
        written.unwrap();
    }
    writer.finish(summary.mac).unwrap().0
}

fn edited(file: &[u8], at: usize, keep_tail: bool, edit: &[u8]) -> Vec<u8> {
    let mut edited = file[..at.min(file.len())].to_vec();
    edited.extend_from_slice(edit);
    if keep_tail {
        edited.extend_from_slice(file.get(edited.len()..).unwrap_or_default());
    }
    edited
}

fuzz_target!(|data: &[u8]| {
    let [flags, rest @ ..] = data else { return };
    if flags % 2 == 1 {
        let mut chunks = ChunkWriter::new(header().to_bytes(), &key()).unwrap();
        chunks.write(rest).unwrap();
        let file = chunks.finish().unwrap();
        if let Some((header, items, summary)) = read(&file) {
            assert!(written(&header, &items, &summary) == file, "content of another form was taken");
        }
        return;
    }
    let [high, low, edit @ ..] = rest else { return };
    let file = file();
    let hostile = edited(&file, usize::from(u16::from_be_bytes([*high, *low])), flags & 2 == 2, edit);
    // The digest at the end covers the header too: nothing can be changed there either.
    assert_eq!(
        read(&hostile).is_some(),
        hostile == file,
        "another file was taken, or the file itself refused"
    );
});
