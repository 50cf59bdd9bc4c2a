//! The query form: `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=...&X-Amz-Signature=...`.

use crate::canonical::{query_value, query_values};
use crate::{ALGORITHM, AuthError};

/// The longest lifetime of a presigned request, in seconds. The vault gives signing keys for dates up to 20 minutes
/// back, so a longer one would fail at midnight.
pub const EXPIRES_SECONDS_MAX: u32 = 900;

pub(crate) const ALGORITHM_NAME: &str = "X-Amz-Algorithm";
pub(crate) const CREDENTIAL_NAME: &str = "X-Amz-Credential";
pub(crate) const DATE_NAME: &str = "X-Amz-Date";
pub(crate) const EXPIRES_NAME: &str = "X-Amz-Expires";
pub(crate) const SIGNED_HEADERS_NAME: &str = "X-Amz-SignedHeaders";
pub(crate) const SIGNATURE_NAME: &str = "X-Amz-Signature";
pub(crate) const TOKEN_NAME: &str = "X-Amz-Security-Token";

/// The query's parameters, decoded and not yet judged. The first of several equal names wins.
#[derive(Debug)]
pub(crate) struct Presigned {
    /// `KEYID/DATE/REGION/SERVICE/aws4_request`.
    pub(crate) credential: String,
    /// Header names joined by `;`.
    pub(crate) signed_headers: String,
    /// 64 hex digits.
    pub(crate) signature: String,
    /// `YYYYMMDDTHHMMSSZ`.
    pub(crate) date: String,
    /// Seconds.
    pub(crate) expires: String,
    /// The session tokens: one at most, or nobody could say which one was meant.
    pub(crate) tokens: Vec<String>,
}

/// Whether a query means to be a presigned one.
pub(crate) fn is_presigned(query: &str) -> bool {
    [ALGORITHM_NAME, CREDENTIAL_NAME, SIGNATURE_NAME].iter().any(|name| query_value(query, name).is_some())
}

/// Rows 3 and 6. An empty parameter is missing.
pub(crate) fn parse(query: &str) -> Result<Presigned, AuthError> {
    let mut missing = String::new();
    let mut required = |name: &str| {
        let value = query_value(query, name).unwrap_or_default();
        if value.is_empty() {
            missing.push_str(&format!("AWS query-string parameters must include '{name}'. "));
        }
        value
    };
    let algorithm = required(ALGORITHM_NAME);
    let (credential, signature) = (required(CREDENTIAL_NAME), required(SIGNATURE_NAME));
    let (signed_headers, date) = (required(SIGNED_HEADERS_NAME), required(DATE_NAME));
    let expires = required(EXPIRES_NAME);
    if !algorithm.is_empty() && algorithm != ALGORITHM {
        return Err(AuthError::UnsupportedAlgorithm(algorithm));
    }
    if !missing.is_empty() {
        missing.push_str("Re-examine the query-string parameters.");
        return Err(AuthError::MissingQueryParts(missing));
    }
    let tokens = query_values(query, TOKEN_NAME).collect();
    Ok(Presigned { credential, signed_headers, signature, date, expires, tokens })
}

/// The lifetime in seconds: one to three digits, 1 to 900.
pub(crate) fn lifetime(text: &str) -> Result<u32, AuthError> {
    let digits = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = if digits { text.parse().ok() } else { None };
    seconds
        .filter(|seconds| (1..=EXPIRES_SECONDS_MAX).contains(seconds))
        .ok_or_else(|| AuthError::BadExpires(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetime_is_1_to_900_seconds() {
        for (text, seconds) in [("1", 1), ("900", 900), ("060", 60)] {
            assert_eq!(lifetime(text), Ok(seconds));
        }
        for text in ["", "0", "901", "-1", "+1", "1.0", "0900", "999999999999", " 1"] {
            assert_eq!(lifetime(text), Err(AuthError::BadExpires(text.to_owned())));
        }
    }
}
