//! Maps from text to text. A key that comes twice is refused: what is bound must not depend on who reads it.

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// An encryption context as it came. It is read only from JSON that lies in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct TextMap(pub BTreeMap<String, String>);

/// A value: text, or a number as it was written.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // A number read as one loses digits and the way it was written; two would be the same context.
        let literal = <&'de RawValue>::deserialize(deserializer)?.get();
        match literal.as_bytes().first() {
            Some(b'"') => {
                serde_json::from_str(literal).map(Text).map_err(|_| de::Error::custom("not a text"))
            }
            Some(b'-' | b'0'..=b'9') => Ok(Text(literal.to_owned())),
            _ => Err(de::Error::custom("neither text nor a number")),
        }
    }
}

struct Pairs;

impl<'de> Visitor<'de> for Pairs {
    type Value = TextMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<TextMap, A::Error> {
        let mut pairs = BTreeMap::new();
        while let Some((key, Text(value))) = access.next_entry::<String, Text>()? {
            if pairs.insert(key, value).is_some() {
                return Err(de::Error::custom("a key comes twice"));
            }
        }
        Ok(TextMap(pairs))
    }
}

impl<'de> Deserialize<'de> for TextMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::TextMap;
    use crate::operation::{CreateGrant, Encrypt};
    use crate::{ErrorCode, Operation};

    fn read(value: &str) -> Option<String> {
        let body = format!(r#"{{"KeyId":"x","Plaintext":"YQ==","EncryptionContext":{{"a": {value} }}}}"#);
        let TextMap(mut pairs) = match Encrypt::decode(body.as_bytes()) {
            Ok(input) => input.encryption_context.unwrap(),
            Err(refusal) => {
                assert_eq!(refusal.code(), ErrorCode::Serialization, "{value}");
                return None;
            }
        };
        pairs.remove("a")
    }

    #[test]
    fn numbers_are_bound_as_they_are_written() {
        for number in [
            "0",
            "-0",
            "1",
            "1.0",
            "1e0",
            "1E+2",
            "0.1",
            "18446744073709551615",
            "18446744073709551616",
            "18446744073709551617",
            "-9223372036854775809",
            "1e999",
        ] {
            assert_eq!(read(number).as_deref(), Some(number));
        }
    }

    #[test]
    fn texts_are_bound_as_they_are_meant() {
        for (written, meant) in [
            (r#""""#, ""),
            (r#""1.0""#, "1.0"),
            (r#""a\u0062\n\"\\""#, "ab\n\"\\"),
            (r#""\ud83d\ude00 ü""#, "😀 ü"),
        ] {
            assert_eq!(read(written).as_deref(), Some(meant), "{written}");
        }
    }

    #[test]
    fn other_values_are_refused() {
        let others = [
            "null",
            "true",
            "[]",
            "{}",
            r#"["b"]"#,
            "01",
            "1.",
            "+1",
            ".5",
            "-",
            "NaN",
            r#""\ud83d""#,
            "\"\n\"",
        ];
        for value in others {
            assert_eq!(read(value), None, "{value}");
        }
    }

    #[test]
    fn constraints_of_grants_read_numbers_alike() {
        let body = br#"{"KeyId":"x","GranteePrincipal":"y","Operations":["Decrypt"],
            "Constraints":{"EncryptionContextEquals":{"a":1.0}}}"#;
        let constraints = CreateGrant::decode(body).unwrap().constraints.unwrap();
        assert_eq!(constraints.encryption_context_equals.unwrap().0["a"], "1.0");
    }
}
