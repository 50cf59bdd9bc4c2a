//! The plaintexts of the tests, and how blobs are opened.

use crate::answer::Answer;
use crate::scenario::Scenario;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// A plaintext in Base64, long enough not to occur by chance.
pub(crate) const SECRET: &str = "YXR0YWNrIGF0IGRhd24sIHdlc3QgZ2F0ZQ==";

/// What [`SECRET`] says.
pub(crate) const SECRET_TEXT: &str = "attack at dawn, west gate";

/// The bytes of a blob in an answer.
#[track_caller]
pub(crate) fn bytes_of(blob: &Value) -> Vec<u8> {
    STANDARD.decode(blob.as_str().unwrap()).unwrap()
}

/// A blob as an input has it.
pub(crate) fn blob_of(bytes: &[u8]) -> Value {
    json!(STANDARD.encode(bytes))
}

/// What root is answered to a Decrypt of this blob under this context.
pub(crate) async fn decrypted(s: &Scenario, blob: &Value, context: Value) -> Answer {
    s.root("Decrypt", json!({ "CiphertextBlob": blob, "EncryptionContext": context })).await
}

#[test]
fn secret_is_what_it_says() {
    assert_eq!(bytes_of(&json!(SECRET)), SECRET_TEXT.as_bytes());
}
