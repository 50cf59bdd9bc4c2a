//! Reads `vectors/` for the tests.

use serde_json::Value;

/// The document of a file, named from the folder of the vectors.
pub(crate) fn read(file: &str) -> Value {
    let path = format!("{}/../../vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(crate) fn bytes(entry: &Value, field: &str) -> Vec<u8> {
    const_hex::decode(entry[field].as_str().unwrap()).unwrap()
}

pub(crate) fn array<const N: usize>(entry: &Value, field: &str) -> [u8; N] {
    bytes(entry, field).try_into().unwrap()
}
