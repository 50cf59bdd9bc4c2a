//! The canonical request (contract section 3.1): one byte string for whatever way a request was written.

use crate::RequestHead;
use aws_lc_rs::digest;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The canonical request; `None` when it cannot be built, so that no signature can match: a signed header is
/// absent, the path is not absolute, or a header value holds a line break.
///
/// `omitted` are the query parameters that the signature does not cover.
pub(crate) fn request(
    head: &RequestHead<'_>,
    omitted: &[&str],
    signed: &SignedNames<'_>,
    payload_hash: &str,
) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(1_024);
    for part in [head.method, &*path(head.path)?, &*query(head.query, omitted)] {
        out.extend_from_slice(part.as_bytes());
        out.push(b'\n');
    }
    for name in signed.iter() {
        push_header(&mut out, head, name)?;
    }
    out.push(b'\n');
    out.extend_from_slice(signed.0.as_bytes());
    out.push(b'\n');
    out.extend_from_slice(payload_hash.as_bytes());
    Some(out)
}

/// The text of a hash, on the stack.
pub(crate) type HashText = const_hex::Buffer<{ digest::SHA256_OUTPUT_LEN }>;

/// Lower-case hex SHA-256.
pub(crate) fn sha256_hex(data: &[u8]) -> HashText {
    let mut text = HashText::new();
    // A SHA-256 digest has the text's length.
    text.format_slice(digest::digest(&digest::SHA256, data));
    text
}

/// The names in `SignedHeaders`, lower case, sorted, each once, joined by `;`.
#[derive(Clone, Debug)]
pub(crate) struct SignedNames<'a>(Cow<'a, str>);

impl<'a> SignedNames<'a> {
    pub(crate) fn new(list: &'a str) -> Self {
        // SDKs send the list as it has to be.
        let canonical = !list.bytes().any(|byte| byte.is_ascii_uppercase())
            && list.split(';').is_sorted_by(|before, after| before < after);
        if canonical {
            return Self(Cow::Borrowed(list));
        }
        let names: BTreeSet<String> = list.split(';').map(str::to_ascii_lowercase).collect();
        Self(Cow::Owned(names.into_iter().collect::<Vec<_>>().join(";")))
    }

    /// The same, without the list that it was made of.
    pub(crate) fn into_owned(self) -> SignedNames<'static> {
        SignedNames(Cow::Owned(self.0.into_owned()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.split(';')
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// `name:value` and a line feed; repeated headers are joined with commas in order of arrival.
fn push_header(out: &mut Vec<u8>, head: &RequestHead<'_>, name: &str) -> Option<()> {
    out.extend_from_slice(name.as_bytes());
    out.push(b':');
    let mut found = false;
    for value in head.values(if name == ":authority" { "host" } else { name }) {
        if value.contains(&b'\n') {
            return None;
        }
        if found {
            out.push(b',');
        }
        found = true;
        push_trimmed(out, value);
    }
    out.push(b'\n');
    found.then_some(())
}

/// A header value without white space around it and with each run of it made one space, as botocore signs.
fn push_trimmed(out: &mut Vec<u8>, value: &[u8]) {
    let value = value.trim_ascii();
    if !value.contains(&b' ') && !value.contains(&b'\t') {
        out.extend_from_slice(value);
        return;
    }
    let mut previous = 0;
    for &byte in value {
        let byte = if byte == b'\t' { b' ' } else { byte };
        if byte != b' ' || previous != b' ' {
            out.push(byte);
        }
        previous = byte;
    }
}

/// The wire path without dot segments and double slashes, encoded once more; `None` unless it is absolute.
fn path(raw: &str) -> Option<Cow<'_, str>> {
    if raw.is_empty() || raw == "/" {
        return Some("/".into());
    }
    let rest = raw.strip_prefix('/')?;
    let mut segments: Vec<&str> = Vec::new();
    for segment in rest.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut out = String::with_capacity(raw.len() + 1);
    for segment in &segments {
        out.push('/');
        push_encoded(&mut out, segment.as_bytes());
    }
    if segments.is_empty() || raw.ends_with('/') {
        out.push('/');
    }
    Some(out.into())
}

/// The query's pairs decoded, encoded in the one canonical way, and sorted by name, then value.
///
/// Of each name in `omitted` the first parameter is left out, the one that [`query_value`] reads; another of the same
/// name stays, so that nothing can be added to a presigned query.
fn query(raw: &str, omitted: &[&str]) -> String {
    let encode = |bytes: &[u8]| {
        let mut out = String::with_capacity(bytes.len());
        push_encoded(&mut out, bytes);
        out
    };
    let mut omitted = omitted.to_vec();
    let mut encoded: Vec<(String, String)> = Vec::new();
    for (name, value) in pairs(raw) {
        let name = decode(name);
        match omitted.iter().position(|left_out| left_out.as_bytes() == name) {
            Some(index) => {
                omitted.swap_remove(index);
            }
            None => encoded.push((encode(&name), encode(&decode(value)))),
        }
    }
    encoded.sort();
    let mut out = String::with_capacity(raw.len());
    for (index, (name, value)) in encoded.iter().enumerate() {
        if index > 0 {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
    out
}

/// The decoded values of the query's parameters of that name; bytes that are no UTF-8 are replaced.
pub(crate) fn query_values<'a>(raw: &'a str, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let named = pairs(raw).filter(move |(found, _)| decode(found) == name.as_bytes());
    named.map(|(_, value)| String::from_utf8_lossy(&decode(value)).into_owned())
}

/// The first of them.
pub(crate) fn query_value(raw: &str, name: &str) -> Option<String> {
    query_values(raw, name).next()
}

/// The query's pairs as written; a name without `=` has an empty value.
fn pairs(raw: &str) -> impl Iterator<Item = (&str, &str)> + '_ {
    raw.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// Percent-decodes; `+` is a plus sign, and a `%` without two hex digits stays a percent sign.
fn decode(text: &str) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|&b| char::from(b).to_digit(16));
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match (first, digit(tail.first()), digit(tail.get(1))) {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = tail.get(2..).unwrap_or_default();
            }
            _ => out.push(first),
        }
    }
    out
}

/// Percent-encodes all but RFC 3986's unreserved characters, with upper-case digits.
pub(crate) fn push_encoded(out: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_is_normalised_and_encoded_once_more() {
        for (raw, expected) in [
            ("", "/"),
            ("/", "/"),
            ("//", "/"),
            ("/./a//b/../c/", "/a/c/"),
            ("/../..", "/"),
            ("/a/..", "/"),
            ("/a%20b", "/a%2520b"),
            ("/a b~*", "/a%20b~%2A"),
            ("/\u{1234}", "/%E1%88%B4"),
        ] {
            assert_eq!(path(raw).as_deref(), Some(expected), "{raw}");
        }
        assert_eq!(path("*"), None);
        assert_eq!(path("http://host/"), None);
    }

    #[test]
    fn query_is_decoded_encoded_and_sorted() {
        for (raw, expected) in [
            ("", ""),
            ("b=2&a=1", "a=1&b=2"),
            ("a=2&a=1&a", "a=&a=1&a=2"),
            ("a+b=c%2fd%20e", "a%2Bb=c%2Fd%20e"),
            ("x=a=b&&y=%zz%4", "x=a%3Db&y=%25zz%254"),
            ("A=1&a=1&%41=0", "A=0&A=1&a=1"),
        ] {
            assert_eq!(query(raw, &[]), expected, "{raw}");
        }
    }

    #[test]
    fn first_parameter_of_an_omitted_name_is_left_out() {
        for (raw, expected) in [
            ("S=1&a=2", "a=2"),
            ("%53=1&a=2", "a=2"),
            ("s=1&a=2", "a=2&s=1"),
            ("S=1&a=2&S=3", "S=3&a=2"),
            ("S&T=1", ""),
        ] {
            assert_eq!(query(raw, &["S", "T"]), expected, "{raw}");
        }
    }

    #[test]
    fn first_parameter_of_a_name_is_read_decoded() {
        assert_eq!(query_value("x=0&%61=b%2fc+d&a=2", "a").as_deref(), Some("b/c+d"));
        assert_eq!(query_value("a&b", "a").as_deref(), Some(""));
        assert_eq!(query_value("A=1", "a"), None);
        assert_eq!(query_value("a=%ff", "a").as_deref(), Some("\u{fffd}"));
    }

    #[test]
    fn header_values_are_trimmed_and_joined() {
        let headers: [(&str, &[u8]); 3] = [("a", b"  x   y "), ("b", b"z"), ("a", b"\tw\t")];
        let head = RequestHead { method: "GET", path: "/", query: "", headers: &headers };
        let mut out = Vec::new();
        push_header(&mut out, &head, "a").unwrap();
        assert_eq!(out, b"a:x y,w\n");
        assert!(push_header(&mut out, &head, "absent").is_none());
    }

    #[test]
    fn header_value_with_line_break_builds_nothing() {
        let headers: [(&str, &[u8]); 1] = [("a", b"x\nhost:evil")];
        let head = RequestHead { method: "GET", path: "/", query: "", headers: &headers };
        assert!(request(&head, &[], &SignedNames::new("a"), "").is_none());
    }
}
