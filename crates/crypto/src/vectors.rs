//! Reads `vectors/strongroom-blob/` and `vectors/tokens/` for the tests.

use serde_json::Value;

pub(crate) fn read(file: &str) -> Vec<Value> {
    let path = format!("{}/../../vectors/strongroom-blob/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(crate) fn read_tokens() -> Vec<Value> {
    let path = format!("{}/../../vectors/tokens/tokens.json", env!("CARGO_MANIFEST_DIR"));
    let document: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    document["tokens"].as_array().unwrap().clone()
}

pub(crate) fn bytes(entry: &Value, field: &str) -> Vec<u8> {
    const_hex::decode(entry[field].as_str().unwrap()).unwrap()
}

pub(crate) fn array<const N: usize>(entry: &Value, field: &str) -> [u8; N] {
    bytes(entry, field).try_into().unwrap()
}

pub(crate) fn map(entry: &Value, field: &str) -> Vec<u8> {
    let pairs: Vec<(&str, &str)> = entry[field]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
        .collect();
    crate::canonical_map(&pairs).unwrap()
}
