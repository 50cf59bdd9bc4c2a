//! Why a request is not authenticated: the wire names and texts of contract section 3.2.

/// A refusal. `Display` is the exact text of the answer; [`AuthError::name`] is its `__type`.
///
/// Several texts repeat what the caller sent, as AWS does; they belong in the answer, not in a log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// Row 1.
    #[error("Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.")]
    BothForms,
    /// Row 2.
    #[error("Missing Authentication Token")]
    MissingToken,
    /// Row 6's place: the query form does not exist here yet.
    #[error("Presigned requests are not supported: sign the request in the Authorization header.")]
    Presigned,
    /// Row 3.
    #[error("Unsupported AWS 'algorithm': '{0}'.")]
    UnsupportedAlgorithm(String),
    /// Row 4.
    #[error("'{part}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'.")]
    NotAPair {
        /// The part without an equal sign.
        part: String,
        /// The header as received.
        header: String,
    },
    /// Row 5: the whole text, one sentence for each missing part.
    #[error("{0}")]
    MissingParts(String),
    /// Row 7.
    #[error("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")]
    HostNotSigned,
    /// Beside row 7: an `x-amz-*` header that is present but not signed could be changed on the way.
    #[error("'{0}' must be a 'SignedHeader' in the AWS Authorization.")]
    HeaderNotSigned(String),
    /// Row 8.
    #[error("Date must be in ISO-8601 'basic format'. Got '{0}'. See http://en.wikipedia.org/wiki/ISO_8601")]
    BadDate(String),
    /// Row 9. All times as `YYYYMMDDTHHMMSSZ`.
    #[error("Signature expired: {signed} is now earlier than {earliest} ({now} - 5 min.)")]
    Expired {
        /// When the request says it was signed.
        signed: String,
        /// The earliest time that is accepted.
        earliest: String,
        /// The server's clock.
        now: String,
    },
    /// Row 10. All times as `YYYYMMDDTHHMMSSZ`.
    #[error("Signature not yet current: {signed} is still later than {latest} ({now} + 5 min.)")]
    NotYetCurrent {
        /// When the request says it was signed.
        signed: String,
        /// The latest time that is accepted.
        latest: String,
        /// The server's clock.
        now: String,
    },
    /// Row 11.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{0}'"
    )]
    BadCredential(String),
    /// Row 12: the whole text, one sentence for each problem.
    #[error("{0}")]
    WrongScope(String),
    /// Row 13: unknown or inactive access key, or a session token (they do not exist yet).
    #[error("The security token included in the request is invalid.")]
    UnknownAccessKey,
    /// Row 15.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
         Access Key and signing method. Consult the service documentation for details."
    )]
    SignatureMismatch,
}

impl AuthError {
    /// The error's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MissingToken => "MissingAuthenticationTokenException",
            Self::Presigned
            | Self::UnsupportedAlgorithm(_)
            | Self::NotAPair { .. }
            | Self::MissingParts(_)
            | Self::BadDate(_)
            | Self::BadCredential(_) => "IncompleteSignatureException",
            Self::BothForms
            | Self::HostNotSigned
            | Self::HeaderNotSigned(_)
            | Self::Expired { .. }
            | Self::NotYetCurrent { .. }
            | Self::WrongScope(_)
            | Self::SignatureMismatch => "InvalidSignatureException",
            Self::UnknownAccessKey => "UnrecognizedClientException",
        }
    }
}
