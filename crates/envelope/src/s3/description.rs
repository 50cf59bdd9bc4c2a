//! The material description: a JSON object of strings in one metadata value.

use super::error::S3FormatError;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Names and values of metadata, of a material description, or of an encryption context.
pub type Pairs = BTreeMap<String, String>;

/// An object of strings in which no key stands twice: what a reader takes from two equal keys differs by client.
struct Strict(Pairs);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StrictVisitor)
    }
}

struct StrictVisitor;

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of strings")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Strict, A::Error> {
        let mut pairs = Pairs::new();
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            if pairs.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Strict(pairs))
    }
}

/// Parses a JSON object of strings; `None` for everything else, a key that stands twice included.
pub(super) fn parse_pairs(json: &[u8]) -> Option<Pairs> {
    serde_json::from_slice::<Strict>(json).ok().map(|strict| strict.0)
}

/// Parses a material description. `name` is the pair it stands in.
///
/// # Errors
///
/// [`S3FormatError::Malformed`] unless it is a JSON object of strings without duplicates.
pub fn parse_description(name: &'static str, json: &str) -> Result<Pairs, S3FormatError> {
    parse_pairs(json.as_bytes())
        .ok_or(S3FormatError::Malformed { name, what: "is no JSON object of strings with different keys" })
}

/// Writes a material description, in ASCII: S3 encodes everything else in its own way, and not every client
/// decodes that.
pub fn description_json(pairs: &Pairs) -> String {
    let mut out = String::from("{");
    for (index, (key, value)) in pairs.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        put_text(&mut out, key);
        out.push(':');
        put_text(&mut out, value);
    }
    out.push('}');
    out
}

fn put_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(character),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    out.push('"');
}
