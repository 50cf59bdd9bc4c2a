//! Metadata values outside ASCII, as S3 gives them back: encoded words of RFC 2047.
//!
//! S3 takes the bytes of such a value for Latin-1 and encodes what it then reads as UTF-8; a client that decodes the
//! words finds UTF-8 that was encoded twice. Both forms occur, so the second layer is taken off where there is one.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The value as it was written. A value without encoded words, or with broken ones, stays as it is.
pub fn decode_metadata_value(value: &str) -> String {
    match decode_words(value) {
        Some(decoded) => without_second_layer(&decoded).unwrap_or(decoded),
        None => value.to_owned(),
    }
}

/// `None` where there is no encoded word at all. White space between two encoded words is not part of the text.
fn decode_words(value: &str) -> Option<String> {
    let (mut out, mut rest, mut found) = (String::new(), value, false);
    while let Some(start) = rest.find("=?") {
        let (before, word) = rest.split_at(start);
        match encoded_word(word) {
            Some((text, behind)) => {
                if !(found && before.trim().is_empty()) {
                    out.push_str(before);
                }
                out.push_str(&text);
                rest = behind;
                found = true;
            }
            None => {
                out.push_str(before);
                out.push_str("=?");
                rest = word.get(2..)?;
            }
        }
    }
    out.push_str(rest);
    found.then_some(out)
}

/// `=?charset?B or Q?text?=` at the beginning: the text, and what stands behind it.
fn encoded_word(word: &str) -> Option<(String, &str)> {
    let mut parts = word.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, text) = (parts.next()?, parts.next()?, parts.next()?);
    let (text, behind) = text.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => STANDARD.decode(text).ok()?,
        "Q" | "q" => quoted(text)?,
        _ => return None,
    };
    let decoded = match charset.to_ascii_lowercase().as_str() {
        "utf-8" | "us-ascii" => String::from_utf8(bytes).ok()?,
        "iso-8859-1" => bytes.into_iter().map(char::from).collect(),
        _ => return None,
    };
    Some((decoded, behind))
}

/// The Q encoding: `_` is a space, `=XX` a byte.
fn quoted(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'_' => b' ',
            b'=' => {
                let (high, low) = (hex(bytes.next()?)?, hex(bytes.next()?)?);
                high << 4 | low
            }
            other => other,
        });
    }
    Some(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The text that comes of reading every character as a byte, if it is UTF-8.
fn without_second_layer(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let bytes: Option<Vec<u8>> = text.chars().map(|character| u8::try_from(character).ok()).collect();
    String::from_utf8(bytes?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_both_encodings_are_decoded_once_or_twice() {
        for (value, expected) in [
            ("plain", "plain"),
            ("=?UTF-8?B?w7w=?=", "ü"),
            ("=?utf-8?q?a=C3=BC_b?=", "aü b"),
            ("=?UTF-8?Q?=C3=83=C2=BC?=", "ü"),
            ("=?UTF-8?B?w7w=?= =?UTF-8?B?w7w=?=", "üü"),
            ("{\"a\": \"=?UTF-8?Q?=C3=BC?=\"}", "{\"a\": \"ü\"}"),
            ("=?ISO-8859-1?Q?=FC?=", "ü"),
        ] {
            assert_eq!(decode_metadata_value(value), expected, "{value}");
        }
    }

    #[test]
    fn broken_words_stay_as_they_are() {
        for value in
            ["=?", "=?UTF-8?B?w7w=", "=?UTF-8?X?a?=", "=?KOI8-R?Q?a?=", "=?UTF-8?Q?=G0?=", "=?UTF-8?B?****?="]
        {
            assert_eq!(decode_metadata_value(value), value);
        }
    }
}
