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
    /// Row 6: the whole text, one sentence for each missing parameter.
    #[error("{0}")]
    MissingQueryParts(String),
    /// Beside row 6: the lifetime of a presigned request.
    #[error("X-Amz-Expires must be a number of seconds from 1 to 900. Got '{0}'.")]
    BadExpires(String),
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
    /// Row 9 of a presigned request, which says itself how long it is good for. Times as `YYYYMMDDTHHMMSSZ`.
    #[error("Signature expired: {signed} is now earlier than {earliest} ({now} - {expires_seconds} sec.)")]
    PresignedExpired {
        /// When the request says it was signed.
        signed: String,
        /// The earliest time that is accepted.
        earliest: String,
        /// The server's clock.
        now: String,
        /// `X-Amz-Expires`.
        expires_seconds: u32,
    },
    /// Row 11.
    #[error(
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{0}'"
    )]
    BadCredential(String),
    /// Row 12: the whole text, one sentence for each problem.
    #[error("{0}")]
    WrongScope(String),
    /// A chunked body of a form that is not taken, by the name that `x-amz-content-sha256` gives it: trailers, the
    /// other algorithm, presigned.
    #[error("The payload '{0}' is not supported.")]
    UnsupportedPayload(String),
    /// A chunked body whose `x-amz-decoded-content-length` is absent, no number or more than a body may hold.
    #[error("x-amz-decoded-content-length must be the number of bytes before chunking. Got '{0}'.")]
    BadDecodedLength(String),
    /// Row 13: unknown or inactive access key; a session token that is malformed or does not belong to the key.
    #[error("The security token included in the request is invalid.")]
    UnknownAccessKey,
    /// Row 14. Made by the caller, who has the session token opened.
    #[error("The security token included in the request is expired")]
    ExpiredToken,
    /// Row 15.
    #[error(
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
         Access Key and signing method. Consult the service documentation for details."
    )]
    SignatureMismatch,
    /// Made by the caller, who knows what was carried out: the signature is good, and used up.
    #[error(
        "This request was carried out already, or is being carried out. Here a signature is good once for what \
         changes something: sign the request anew."
    )]
    Replayed,
}

impl AuthError {
    /// The error's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::MissingToken => "MissingAuthenticationTokenException",
            Self::UnsupportedAlgorithm(_)
            | Self::NotAPair { .. }
            | Self::MissingParts(_)
            | Self::MissingQueryParts(_)
            | Self::BadExpires(_)
            | Self::BadDate(_)
            | Self::BadDecodedLength(_)
            | Self::BadCredential(_) => "IncompleteSignatureException",
            Self::BothForms
            | Self::HostNotSigned
            | Self::HeaderNotSigned(_)
            | Self::Expired { .. }
            | Self::PresignedExpired { .. }
            | Self::NotYetCurrent { .. }
            | Self::UnsupportedPayload(_)
            | Self::WrongScope(_)
            | Self::SignatureMismatch
            | Self::Replayed => "InvalidSignatureException",
            Self::UnknownAccessKey => "UnrecognizedClientException",
            Self::ExpiredToken => "ExpiredTokenException",
        }
    }
}
