//! Operations that use a key.

mod decrypt;
mod encrypt;
mod generate_data_key;
mod generate_data_key_without_plaintext;
mod generate_random;
mod re_encrypt;

use crate::call::Call;
use crate::fault::Fault;
use crate::state::Material;
use strongroom_api::TextMap;
use strongroom_policy::RequestFacts;

/// The effective algorithm, for the record and the answer.
fn complete_algorithm(algorithm: &mut Option<String>) {
    algorithm.get_or_insert_with(|| "SYMMETRIC_DEFAULT".to_owned());
}

/// What condition keys and grants read of a request that uses a key.
fn facts<'a>(algorithm: Option<&'a String>, context: Option<&'a TextMap>) -> RequestFacts<'a> {
    RequestFacts {
        encryption_algorithm: Some(algorithm.map_or("SYMMETRIC_DEFAULT", String::as_str)),
        encryption_context: context.map(|context| &context.0),
        ..RequestFacts::default()
    }
}

/// Notes which key material served.
fn note_material(call: &Call<'_>, material: &Material) {
    call.notes().material = Some(material.id);
}

/// Attested recipients cannot be verified here.
fn no_recipient(recipient: Option<&strongroom_api::shape::RecipientInfo>) -> Result<(), Fault> {
    match recipient {
        Some(_) => Err(Fault::Unsupported(Some(
            "Recipient is not supported by this version of Strongroom.".to_owned(),
        ))),
        None => Ok(()),
    }
}

/// The length of a data key: exactly one of `KeySpec` and `NumberOfBytes`.
fn data_key_bytes(spec: Option<&String>, bytes: Option<i64>) -> Result<u16, Fault> {
    match (spec.map(String::as_str), bytes) {
        (Some("AES_128"), None) => Ok(16),
        (Some(_), None) => Ok(32),
        (None, Some(bytes)) => {
            u16::try_from(bytes).map_err(|_| Fault::Invalid("NumberOfBytes is out of range.".to_owned()))
        }
        _ => Err(Fault::Invalid("Please specify either number of bytes or key spec.".to_owned())),
    }
}

/// The model lets the ciphertext be absent, for dry runs that ignore it; any other call must have it.
fn no_ciphertext() -> Fault {
    let text = "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: \
                Member must not be null";
    Fault::Invalid(text.to_owned())
}
