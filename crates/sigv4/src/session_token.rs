//! `X-Amz-Security-Token`: what a request signed with temporary credentials carries besides its signature.

use crate::{AuthError, RequestHead};
use std::fmt;

/// The longest session token that is taken, in characters.
pub const SESSION_TOKEN_CHARACTERS_MAX: usize = 4_096;

const HEADER: &str = "x-amz-security-token";

/// A session token as it was sent, 1 to 4,096 graphic ASCII characters. Only the vault can tell what it is worth.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct SessionToken(Box<str>);

impl SessionToken {
    fn parse(text: &str) -> Result<Self, AuthError> {
        let lengths = 1..=SESSION_TOKEN_CHARACTERS_MAX;
        let valid = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then(|| Self(text.into())).ok_or(AuthError::UnknownAccessKey)
    }

    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionToken(redacted)")
    }
}

/// The token of a request: the header's, or the query's (`in_query`, of a presigned request). Row 13 when it is
/// malformed, or when there are several, of which nobody could say which one was meant.
pub(crate) fn of(head: &RequestHead<'_>, in_query: &[String]) -> Result<Option<SessionToken>, AuthError> {
    let mut tokens = head.values(HEADER).map(<[u8]>::trim_ascii).chain(in_query.iter().map(String::as_bytes));
    match (tokens.next(), tokens.next()) {
        (None, _) => Ok(None),
        (Some(token), None) => {
            let text = std::str::from_utf8(token).map_err(|_| AuthError::UnknownAccessKey)?;
            SessionToken::parse(text).map(Some)
        }
        (Some(_), Some(_)) => Err(AuthError::UnknownAccessKey),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_length_and_characters_are_limited() {
        let longest = "x".repeat(SESSION_TOKEN_CHARACTERS_MAX);
        for good in ["a", "FwoG+/=-_.~", &longest] {
            assert_eq!(SessionToken::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\n", "é", &format!("{longest}x")] {
            assert_eq!(SessionToken::parse(bad), Err(AuthError::UnknownAccessKey), "{}", bad.len());
        }
    }

    #[test]
    fn token_is_not_printed() {
        let token = SessionToken::parse("FwoGsecret").unwrap();
        assert!(!format!("{token:?}").contains("FwoG"));
    }
}
