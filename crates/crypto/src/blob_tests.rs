//! Blobs: every vector, every bit flipped, every cut.

use super::*;
use crate::vectors::{array, bytes, map, read};
use serde_json::Value;

fn open(vector: &Value, blob: &[u8]) -> Result<SecretBytes, CryptoError> {
    let backing_key = array(vector, "backing_key");
    let (key_id, backing_id) = (array(vector, "key_id"), array(vector, "backing_id"));
    open_blob(BlobKey { backing_key: &backing_key, key_id, backing_id }, &map(vector, "context"), blob)
}

#[test]
fn blob_vectors_seal_and_open() {
    let vectors = read("blob.json");
    assert_eq!(vectors.len(), 12);
    for vector in &vectors {
        let (backing_key, blob) = (array(vector, "backing_key"), bytes(vector, "blob"));
        let (key_id, backing_id) = (array(vector, "key_id"), array(vector, "backing_id"));
        let key = BlobKey { backing_key: &backing_key, key_id, backing_id };
        let plaintext = bytes(vector, "plaintext");
        let sealed = seal_blob(key, &array(vector, "nonce"), &map(vector, "context"), &plaintext).unwrap();
        assert_eq!(sealed, blob, "{}", vector["name"]);
        assert_eq!(sealed.len(), plaintext.len() + BLOB_OVERHEAD);
        assert_eq!(open(vector, &blob).unwrap().expose(), plaintext);
        assert_eq!(crate::material_id(&backing_key, &key_id).unwrap(), array(vector, "material_id"));
    }
}

#[test]
fn watched_blob_is_the_one_under_its_hedged_nonce_and_its_nonce_comes_once() {
    let vectors = read("blob.json");
    for vector in &vectors {
        let (backing_key, context) = (array(vector, "backing_key"), map(vector, "context"));
        let (key_id, backing_id) = (array(vector, "key_id"), array(vector, "backing_id"));
        let key = BlobKey { backing_key: &backing_key, key_id, backing_id };
        let (plaintext, mut watch) = (bytes(vector, "plaintext"), NonceWatch::default());
        let nonce = crate::hedged_nonce(&backing_key, &[5; 32], &context, &plaintext);
        let sealed = seal_watched_blob(key, &[5; 32], &mut watch, &context, &plaintext);
        assert_eq!(sealed, seal_blob(key, &nonce, &context, &plaintext));
        let again = seal_watched_blob(key, &[5; 32], &mut watch, &context, &plaintext);
        assert_eq!(again, Err(CryptoError::RandomFailed));
    }
}

#[test]
fn blob_negative_vectors_are_refused() {
    let vectors = read("blob-negative.json");
    assert_eq!(vectors.len(), 150);
    for vector in &vectors {
        let opened = open(vector, &bytes(vector, "blob")).map(|_| ());
        assert_eq!(opened, Err(CryptoError::NotOpened), "{}", vector["name"]);
    }
}

#[test]
fn blob_every_bit_flipped_is_refused() {
    for vector in read("blob.json").iter().filter(|v| bytes(v, "blob").len() <= 256) {
        let good = bytes(vector, "blob");
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(open(vector, &bad).is_err(), "{} bit {bit}", vector["name"]);
        }
    }
}

#[test]
fn blob_cut_at_every_length_is_refused() {
    for vector in &read("blob.json") {
        let good = bytes(vector, "blob");
        assert!((0..good.len()).all(|cut| open(vector, &good[..cut]).is_err()), "{}", vector["name"]);
        assert!(open(vector, &[&good[..], &[0]].concat()).is_err());
    }
}

/// The two blocks as a token computes them.
fn derived(key: &[u8], info: &[u8]) -> Blocks {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    let mut blocks = [0; 64];
    for (block, counter) in blocks.chunks_exact_mut(32).zip(1u32..) {
        let message = [&counter.to_be_bytes()[..], info].concat();
        block.copy_from_slice(hmac::sign(&key, &message).as_ref());
    }
    blocks
}

#[test]
fn key_that_is_elsewhere_makes_and_opens_the_same_blobs() {
    for vector in &read("blob.json") {
        let (key, blob, context) =
            (bytes(vector, "backing_key"), bytes(vector, "blob"), map(vector, "context"));
        let ids = BlobHeader { key_id: array(vector, "key_id"), backing_id: array(vector, "backing_id") };
        let sealing = RemoteBlob::to_seal(ids, &array(vector, "nonce"), &context);
        let blocks = derived(&key, &sealing.info());
        assert_eq!(sealing.seal(&blocks, &bytes(vector, "plaintext")).unwrap(), blob, "{}", vector["name"]);
        let opening = RemoteBlob::to_open(ids, &blob, &context).unwrap();
        assert_eq!(opening.info(), sealing.info());
        assert_eq!(opening.open(&blocks, &blob).unwrap().expose(), bytes(vector, "plaintext"));
        let other = BlobHeader { key_id: [0xee; 16], ..ids };
        assert!(RemoteBlob::to_open(other, &blob, &context).is_err());
        let elsewhere = RemoteBlob::to_open(ids, &blob, b"other").unwrap();
        assert!(elsewhere.open(&blocks, &blob).is_err(), "the context is authenticated");
        let mut altered = blob.clone();
        altered[40] ^= 1;
        assert!(opening.open(&blocks, &altered).is_err(), "another nonce under these blocks");
        let id: [u8; 32] = array(vector, "material_id");
        assert_eq!(derived(&key, &crate::material_id_info(&ids.key_id))[..32], id);
    }
}

proptest::proptest! {
    #[test]
    fn blob_header_never_panics(bytes: Vec<u8>) {
        let _ = blob_header(&bytes);
        let _ = blob_header(&[&MAGIC[..], &bytes].concat());
    }
}
