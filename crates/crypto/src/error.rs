//! What can go wrong. No variant says which check failed.

/// A construction failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CryptoError {
    /// Something sealed did not open: length, version, ids, commitment or tag.
    #[error("sealed bytes did not open")]
    NotOpened,
    /// The random source failed a health check: the process must stop.
    #[error("the random source failed its health check")]
    RandomFailed,
    /// A primitive refused its arguments.
    #[error("a cryptographic primitive failed")]
    Primitive,
}

impl From<aws_lc_rs::error::Unspecified> for CryptoError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Primitive
    }
}
