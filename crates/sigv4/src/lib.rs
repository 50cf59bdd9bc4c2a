//! AWS Signature Version 4 as the server sees it, header form only.
//!
//! [`parse`] says everything that can be said before the access key is known; the caller then looks the key
//! up and fetches the signing key; [`verify`] recomputes the signature and compares it in constant time. The
//! order of the checks and their texts are fixed by the KMS contract, section 3.2, whose row numbers the code
//! cites. Pure: no IO, no clock of its own, and every input may be hostile.

mod authorization;
mod canonical;
mod date;
mod error;
mod key_chain;
mod parse;
mod request;
mod scope;
mod sign;
mod verify;

#[cfg(test)]
mod tests;

pub use error::AuthError;
pub use key_chain::{KDate, KRegion, KSecret, KService, KSigning};
pub use parse::{Claim, parse};
pub use request::RequestHead;
pub use sign::{Credential, sign};
pub use verify::verify;

/// The one algorithm that is accepted.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The last part of every credential scope.
pub(crate) const TERMINATOR: &str = "aws4_request";
