//! Tests of the whole line: vectors of another implementation, each row of the contract, hostile input.

mod bodies;
mod never_panics;
mod presigned;
mod rows;
mod vectors;

use crate::{Credential, KSecret, RequestHead};
use strongroom_types::Timestamp;

pub(crate) const KEY_ID: &str = "AKIDEXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// 2015-08-30T12:36:00Z, the time of every vector.
pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_440_938_160_000);

/// Headers that own their bytes, so that a test can change them.
pub(crate) type Headers = Vec<(String, Vec<u8>)>;

/// Owned headers of text pairs.
pub(crate) fn owned(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
}

/// Borrows owned headers in the shape that a request head takes.
pub(crate) fn borrowed(headers: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
}

/// A POST to `/` with those headers.
pub(crate) fn post<'a>(headers: &'a [(&'a str, &'a [u8])]) -> RequestHead<'a> {
    RequestHead { method: "POST", path: "/", query: "", headers }
}

/// The credential of the vectors for `kms` in us-east-1.
pub(crate) fn credential() -> Credential<'static> {
    Credential { access_key_id: KEY_ID, secret_access_key: SECRET, region: "us-east-1", service: "kms" }
}

/// The 32 bytes of the signing key for that day, Region and service.
pub(crate) fn signing_key(date: &str, region: &str, service: &str) -> Vec<u8> {
    KSecret::new(SECRET).date(date).region(region).service(service).signing().expose().to_vec()
}
