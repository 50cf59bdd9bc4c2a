//! The `Authorization` header: `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`.

use crate::{ALGORITHM, AuthError};

/// The header's three parameters, not yet judged. The last of several equal names wins.
#[derive(Debug, Default)]
pub(crate) struct Authorization<'a> {
    /// `KEYID/DATE/REGION/SERVICE/aws4_request`.
    pub(crate) credential: &'a str,
    /// Lower-case names joined by `;`.
    pub(crate) signed_headers: &'a str,
    /// 64 hex digits.
    pub(crate) signature: &'a str,
}

/// Rows 3 to 5. `dated` says whether the request has an `X-Amz-Date` or a `Date` header.
pub(crate) fn parse(header: &str, dated: bool) -> Result<Authorization<'_>, AuthError> {
    let (word, rest) = header.trim().split_once([' ', '\t']).unwrap_or((header.trim(), ""));
    if word != ALGORITHM {
        return Err(AuthError::UnsupportedAlgorithm(word.to_owned()));
    }
    let mut found = Authorization::default();
    for part in rest.split([',', ' ', '\t']).filter(|part| !part.is_empty()) {
        let Some((name, value)) = part.split_once('=') else {
            return Err(AuthError::NotAPair { part: part.to_owned(), header: header.to_owned() });
        };
        match name {
            "Credential" => found.credential = value,
            "SignedHeaders" => found.signed_headers = value,
            "Signature" => found.signature = value,
            _ => {}
        }
    }
    match missing(&found, dated) {
        text if text.is_empty() => Ok(found),
        text => Err(AuthError::MissingParts(format!("{text}Authorization={header}"))),
    }
}

/// One sentence for each part that is missing; an empty part is missing.
fn missing(found: &Authorization<'_>, dated: bool) -> String {
    let parts = [
        ("Credential", found.credential),
        ("Signature", found.signature),
        ("SignedHeaders", found.signed_headers),
    ];
    let mut text = String::new();
    for (name, value) in parts {
        if value.is_empty() {
            text.push_str(&format!("Authorization header requires '{name}' parameter. "));
        }
    }
    if !dated {
        text.push_str(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_may_be_comma_space_or_both() {
        for header in [
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=00",
            "AWS4-HMAC-SHA256 Credential=a/b,SignedHeaders=host,Signature=00",
            "  AWS4-HMAC-SHA256   Credential=a/b SignedHeaders=host\tSignature=00 ",
            "AWS4-HMAC-SHA256 Credential=x,Credential=a/b,SignedHeaders=host,Signature=00,Other=1",
        ] {
            let found = parse(header, true).unwrap();
            assert_eq!(
                (found.credential, found.signed_headers, found.signature),
                ("a/b", "host", "00"),
                "{header}"
            );
        }
    }
}
