//! The writer against known answers: whole messages for a fixed data key and message id, by SHA-256.

use super::{FixedKey, context, json, open_options, seal_options, vectors_folder};
use crate::materials::{DefaultManager, EncryptionRequest, MaterialsManager as _};
use crate::message::{Context, EncryptedDataKey, MessageId, Suite};
use crate::{Input, Output};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{Context as Digest, SHA256};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

const DATA_KEY: [u8; 32] = [0x11; 32];

/// The one entry of the vectors: raw AES, namespace `ns`, name `k1`, wrapping key 00..1f, IV 12 x 33.
fn raw_entry(context: &Context) -> EncryptedDataKey {
    let wrapping: Vec<u8> = (0..32).collect();
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &wrapping).unwrap());
    let mut blob = DATA_KEY.to_vec();
    let nonce = Nonce::assume_unique_for_key([0x33; 12]);
    key.seal_in_place_append_tag(nonce, Aad::from(context.block().unwrap()), &mut blob).unwrap();
    let info = [&b"k1\0\0\0\x80\0\0\0\x0c"[..], &[0x33; 12]].concat();
    EncryptedDataKey { provider: "ns".into(), info, blob }
}

fn sha256_of_file(path: &Path) -> String {
    let (mut file, mut room) = (File::open(path).unwrap(), vec![0; 1 << 20]);
    let mut digest = Digest::new(&SHA256);
    loop {
        match file.read(&mut room).unwrap() {
            0 => return const_hex::encode(digest.finish()),
            bytes => digest.update(&room[..bytes]),
        }
    }
}

/// Seals zeros of each size up to `plaintext_bytes_max`, as a file and as a stream, and opens them again.
fn run(plaintext_bytes_min: u64, plaintext_bytes_max: u64) -> u32 {
    let context = context(&[("a", "b")]);
    let source =
        FixedKey { key: DATA_KEY.to_vec(), encrypted: vec![raw_entry(&context)], ..FixedKey::default() };
    let mut ran = 0;
    let vectors = json(&vectors_folder().join("large-known-answer/kat.json"));
    for test in vectors["tests"].as_array().unwrap() {
        let bytes = test["plaintext-length"].as_u64().unwrap();
        if !(plaintext_bytes_min..=plaintext_bytes_max).contains(&bytes) {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let plain = folder.path().join("zeros");
        File::create(&plain).unwrap().set_len(bytes).unwrap();
        let options = seal_options(&context, test["frame-length"].as_u64().unwrap() as u32, 2);
        let stream = Input::Stream(Box::new(File::open(&plain).unwrap()));
        for (name, input) in [("file", Input::from_path(&plain).unwrap()), ("stream", stream)] {
            let sealed = folder.path().join(name);
            let output = Output::to_path(&sealed, false).unwrap();
            let (suite, required) = (Suite::COMMITTING, BTreeSet::new());
            let request =
                EncryptionRequest { suite, context: &context, required: &required, plaintext_bytes: None };
            let materials = DefaultManager::new(&source).encryption_materials(request).unwrap();
            let id = MessageId::from([0x22; 32]);
            crate::stream::seal_message(input, output, materials, id, options).unwrap();
            assert_eq!(fs::metadata(&sealed).unwrap().len(), test["message-length"].as_u64().unwrap());
            assert_eq!(sha256_of_file(&sealed), test["message-sha256"].as_str().unwrap(), "{name}");
        }
        let opened = folder.path().join("opened");
        let output = Output::to_path(&opened, false).unwrap();
        let input = Input::from_path(&folder.path().join("file")).unwrap();
        crate::open(input, output, &source, open_options(&context, 2)).unwrap();
        assert_eq!(sha256_of_file(&opened), sha256_of_file(&plain));
        ran += 1;
    }
    ran
}

#[test]
fn messages_up_to_300_mib_are_byte_for_byte_right() {
    assert_eq!(run(0, 1 << 30), 2);
}

#[test]
#[ignore = "writes 15 GiB: for soak"]
fn message_of_5_gib_is_byte_for_byte_right() {
    assert_eq!(run(1 << 30, u64::MAX), 1);
}
