//! AWS Signature Version 4 as the server sees it: in the header, in the query (presigned), and over bodies in signed
//! chunks; with session tokens.
//!
//! [`parse`] says everything that can be said before the access key is known; the caller then looks the key
//! up and fetches the signing key; [`verify`] recomputes the signature and compares it in constant time. The
//! order of the checks and their texts are fixed by the KMS contract, section 3.2, whose row numbers the code
//! cites. Pure: no IO, no clock of its own, and every input may be hostile.

mod authorization;
mod canonical;
mod chunked;
mod date;
mod error;
mod key_chain;
mod parse;
mod payload;
mod presigned;
mod request;
mod scope;
mod session_token;
mod sign;
mod verify;

#[cfg(test)]
mod tests;

pub use error::AuthError;
pub use key_chain::{KDate, KRegion, KSecret, KService, KSigning};
pub use parse::{Claim, Form, parse};
pub use presigned::EXPIRES_SECONDS_MAX;
pub use request::RequestHead;
pub use session_token::{SESSION_TOKEN_CHARACTERS_MAX, SessionToken};
pub use sign::{Credential, Presign, SignedChunks, presign, sign, sign_chunked};
pub use verify::{VerifyingKey, verify};

/// The one algorithm that is accepted.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The last part of every credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";
