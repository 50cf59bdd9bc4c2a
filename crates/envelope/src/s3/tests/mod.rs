//! The formats against vectors, changed objects, forged metadata and a KMS that answers from a table.

mod keys;
mod metadata;
mod negatives;
mod vectors;

use super::*;
use crate::error::EnvelopeError;
use crate::keyring::{KeyringError, KmsAnswer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fs;
use std::path::Path;
use zeroize::Zeroizing;

const ARN: &str = "arn:aws:kms:us-west-2:123456789012:key/acf2376c-d75b-472a-9065-4b16a8ab3376";

fn vectors_json(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/s3ec");
    serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap()
}

fn test_named(name: &str) -> Value {
    let all = vectors_json("objects.json");
    all["tests"].as_array().unwrap().iter().find(|test| test["name"] == name).unwrap().clone()
}

fn base64(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap()).unwrap()
}

fn pairs(value: &Value) -> Pairs {
    let Some(object) = value.as_object() else { return Pairs::new() };
    object.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn text_pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Gives one data key to whoever asks with the right context, as KMS does.
struct FakeKms {
    data_key: Vec<u8>,
    context: Pairs,
    answer_key: &'static str,
}

impl FakeKms {
    fn answer(&self, operation: &'static str, context: &Pairs) -> Result<KmsAnswer, KeyringError> {
        if *context != self.context {
            let (code, message) = ("InvalidCiphertextException".to_owned(), "no".to_owned());
            let key_id = self.answer_key.to_owned();
            return Err(KeyringError::Refused { operation, key_id, code, message, request_id: None });
        }
        let plaintext = Zeroizing::new(self.data_key.clone());
        Ok(KmsAnswer { key_id: self.answer_key.to_owned(), plaintext, blob: b"wrapped".to_vec() })
    }
}

impl KmsWrapCalls for FakeKms {
    fn generate_data_key(&self, _: &str, context: &Pairs) -> Result<KmsAnswer, KeyringError> {
        self.answer("GenerateDataKey", context)
    }

    fn decrypt(&self, _: Option<&str>, context: &Pairs, _: &[u8]) -> Result<KmsAnswer, KeyringError> {
        self.answer("Decrypt", context)
    }

    fn encrypt(&self, _: &str, context: &Pairs, data_key: &[u8]) -> Result<KmsAnswer, KeyringError> {
        assert_eq!(data_key, self.data_key);
        self.answer("Encrypt", context)
    }
}

fn kms_key(data_key: &[u8], context: &Pairs, may_unwrap: MayUnwrap) -> WrappingKey {
    let calls = FakeKms { data_key: data_key.to_vec(), context: context.clone(), answer_key: ARN };
    WrappingKey::Kms(KmsWrappingKey::new(Box::new(calls), Some("alias/docs".into()), may_unwrap))
}

fn aes_key() -> WrappingKey {
    WrappingKey::Aes(AesWrappingKey::from_vec(base64(&vectors_json("keys.json")["aes-256"])).unwrap())
}

fn rsa_key(half: &str) -> WrappingKey {
    let keys = vectors_json("keys.json");
    WrappingKey::Rsa(RsaWrappingKey::from_pem(keys[half].as_str().unwrap().as_bytes()).unwrap())
}

/// The key that a vector's data key is wrapped with.
fn key_of(test: &Value) -> WrappingKey {
    match test["name"].as_str().unwrap().to_lowercase() {
        name if name.contains("aes") => aes_key(),
        name if name.contains("rsa") => rsa_key("rsa-4096-private"),
        _ => {
            let context = match test.get("kms-encryption-context") {
                Some(context) => pairs(context),
                // The `kms` wrap of the first clients has the whole description as its context.
                None => parse_description("x", test["metadata"]["x-amz-matdesc"].as_str().unwrap()).unwrap(),
            };
            kms_key(&base64(&test["data-key"]), &context, MayUnwrap::Key(ARN.into()))
        }
    }
}

fn envelope_of(test: &Value) -> Result<Envelope, S3FormatError> {
    match (parse_object(&pairs(&test["metadata"]))?, test.get("instruction-file")) {
        (Found::Whole(envelope), _) => Ok(envelope),
        (found, Some(file)) => parse_instruction_file(found, file.as_str().unwrap().as_bytes()),
        (found, None) => panic!("no data key: {found:?}"),
    }
}

/// Opens an object, pushed in pieces of a length.
fn opened(
    content: &Content,
    key: &ContentKey,
    object: &[u8],
    piece: usize,
) -> Result<Vec<u8>, S3FormatError> {
    let mut opener = ContentOpener::new(content, key)?;
    let mut plaintext = Vec::new();
    for sealed in object.chunks(piece) {
        plaintext.extend_from_slice(opener.push(sealed)?);
    }
    plaintext.extend_from_slice(&opener.finish()?);
    Ok(plaintext)
}

/// Seals with a key, and gives the envelope and the object.
fn sealed(key: &WrappingKey, format: Format, context: &Pairs, plaintext: &[u8]) -> (Envelope, Vec<u8>) {
    let (data_key, wrapped) = key.new_data_key(format, context).unwrap();
    let (content, mut sealer) = ContentSealer::new(format, &data_key).unwrap();
    let mut object = plaintext.to_vec();
    for piece in object.chunks_mut(7) {
        sealer.update(piece).unwrap();
    }
    object.extend_from_slice(&sealer.finish().unwrap());
    let envelope = Envelope {
        format,
        content,
        wrap: wrapped.algorithm,
        encrypted_data_key: wrapped.encrypted_data_key,
        description: wrapped.description,
    };
    (envelope, object)
}

/// The error of a refusal, as text.
fn refusal<T>(result: Result<T, EnvelopeError>) -> String {
    match result {
        Ok(_) => panic!("it was not refused"),
        Err(error) => error.to_string(),
    }
}
