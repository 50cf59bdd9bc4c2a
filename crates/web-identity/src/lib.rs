//! Tokens of OpenID Connect identity providers: reading them, checking their signatures, judging their claims.
//!
//! A token is a JWT (RFC 7519) in the compact form of JWS (RFC 7515), signed with RS256 or ES256 (RFC 7518) by a key of
//! the provider's key set (RFC 7517). No other algorithm is taken: not `none`, and nothing with a shared secret. Pure: no
//! IO, no clock; whoever asks brings the key set and the time.
//!
//! The path: `json` -> `token` (read, not believed) -> `jwks` (the key) -> `claims` (judged).

mod claims;
mod json;
mod jwks;
mod token;

pub use claims::{CLOCK_SKEW_S, Expected, VerifiedClaims};
pub use jwks::{JWKS_BYTES_MAX, JWKS_KEYS_MAX, Jwks, JwksError};
pub use token::{TOKEN_CHARACTERS_MAX, Token};

/// Why a token is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than [`TOKEN_CHARACTERS_MAX`].
    #[error("the token is longer than 20,000 characters")]
    TooLong,
    /// Not a JWT: its parts, their Base64url, their JSON, or the type of a claim; the text says which.
    #[error("the token is no JWT: {0}")]
    Malformed(&'static str),
    /// Signed with an algorithm other than RS256 and ES256, or not at all.
    #[error("the token's algorithm is neither RS256 nor ES256")]
    Algorithm,
    /// Its header asks for an extension that must be understood (`crit`, RFC 7515 section 4.1.11).
    #[error("the token's header asks for an extension that is not known")]
    Critical,
    /// No key of the set is the one that the header names.
    #[error("no key of the provider is the one that the token names")]
    UnknownKey,
    /// The signature is not of this key and text.
    #[error("the token's signature is not valid")]
    Signature,
    /// A claim that must be there is not.
    #[error("the token has no claim {0}")]
    Missing(&'static str),
    /// Issued by somebody else.
    #[error("the token is of another issuer")]
    Issuer,
    /// For somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// `nbf` or `iat` lies ahead.
    #[error("the token is not valid yet")]
    NotYet,
    /// `exp` has passed. Both in seconds since 1970.
    #[error("the token expired at {expired_at}, and it is {now}")]
    Expired {
        /// The time it was judged for.
        now: u64,
        /// Its `exp`.
        expired_at: u64,
    },
}
