//! A header, a key and items for the tests.

use crate::{
    AuditCheckpoint, BackupError, BackupReader, BackupWriter, ENCAPSULATION_BYTES, FileKey, Header, Item,
    Manifest, PublicKeyHash, Sample, SealedHeader, StoreFormat, Summary,
};
use std::collections::BTreeMap;
use strongroom_crypto::{derive, labels};
use strongroom_types::{EncryptionContext, KeyArn, Timestamp};
use zeroize::Zeroizing;

pub(crate) fn header() -> Header {
    Header {
        cluster: [1; 16],
        backup_id: [2; 16],
        revision: 41,
        made: Timestamp::from_millis(1_735_732_800_000),
        public_key_hash: PublicKeyHash([3; 32]),
        encapsulation: Box::new([4; ENCAPSULATION_BYTES]),
    }
}

/// The file key as the vault derives it, from an encapsulated secret that does not change.
pub(crate) fn key(header: &Header) -> FileKey {
    let mut bytes = Zeroizing::new([0; 64]);
    derive(&[5; 32], labels::BACKUP, &[&header.digest()], &mut *bytes).unwrap();
    FileKey::new(bytes)
}

pub(crate) fn sealed_header() -> SealedHeader {
    header().seal(&key(&header()))
}

pub(crate) fn manifest() -> Manifest {
    Manifest {
        made_by: "strongroom 0.1.0".to_owned(),
        format: StoreFormat { major: 1, minor: 2 },
        oldest_reader: StoreFormat { major: 1, minor: 1 },
        revision: 41,
        chain: [6; 32],
        records: 2,
        token_keys: 1,
    }
}

pub(crate) fn checkpoint() -> AuditCheckpoint {
    AuditCheckpoint { sequence: 7, root: [8; 32], statement: b"signed".to_vec() }
}

pub(crate) fn sample() -> Sample {
    let arn = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let pairs = BTreeMap::from([("department".to_owned(), "payroll".to_owned())]);
    Sample {
        key: KeyArn::parse(arn).unwrap(),
        context: EncryptionContext::new(pairs).unwrap(),
        plaintext_sha256: [9; 32],
        ciphertext: vec![10; 132],
    }
}

/// A backup with two records whose values have so many bytes each.
pub(crate) fn backup(value_bytes: usize) -> (Vec<u8>, Summary) {
    let sealed = sealed_header();
    let mut writer = BackupWriter::start(Vec::new(), &sealed, &key(&sealed.header), &manifest()).unwrap();
    writer.record(b"s/acct/111122223333", &vec![11; value_bytes]).unwrap();
    writer.record(b"s/fmt", &vec![12; value_bytes]).unwrap();
    writer.checkpoint(&checkpoint()).unwrap();
    writer.sample(&sample()).unwrap();
    let mac = writer.digest();
    writer.finish(mac).unwrap()
}

/// Reads a file to its end, with the key of the header that it has.
pub(crate) fn read(mut file: &[u8]) -> Result<(Vec<Item>, Summary), BackupError> {
    let sealed = SealedHeader::read(&mut file)?;
    let mut reader = BackupReader::start(file, &sealed, &key(&sealed.header))?;
    let mut items = Vec::new();
    while let Some(item) = reader.next_item()? {
        items.push(item);
    }
    Ok((items, reader.summary().unwrap()))
}
