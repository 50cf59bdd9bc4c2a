//! From a body to an input that is valid by construction (docs/order-of-checks.md, C3 to C5).

use crate::{Path, Refusal, Violations};
use serde::de::DeserializeOwned;

/// A structure as it came, whose constraints can be checked and which then becomes the valid one.
pub trait Constrained: Default {
    /// The structure once its constraints hold.
    type Valid;
    /// Notes every violation below `path`.
    fn check(&self, path: Path<'_>, violations: &mut Violations);
    /// The valid structure; called only after a check without violations.
    fn build(self) -> Self::Valid;
}

/// The deepest nesting of arrays and objects that is read; the API itself needs three.
const DEPTH_MAX: usize = 16;

/// Reads a JSON object and checks it. Unknown members are ignored, `null` counts as absent.
pub fn decode_body<R, T>(body: &[u8]) -> Result<T, Refusal>
where
    R: Constrained<Valid = T> + DeserializeOwned,
{
    let object = body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    if !object || too_deep(body) {
        return Err(Refusal::Serialization(None));
    }
    let raw: R = serde_json::from_slice(body).map_err(|error| serialization(&error))?;
    let mut violations = Violations::default();
    raw.check(Path::Root, &mut violations);
    violations.finish()?;
    Ok(raw.build())
}

/// Says where the body went wrong, and never what stood there: it may be a secret.
fn serialization(error: &serde_json::Error) -> Refusal {
    if !error.is_data() {
        return Refusal::Serialization(None);
    }
    let (line, column) = (error.line(), error.column());
    Refusal::Serialization(Some(format!(
        "A value of the wrong type, or a name that comes twice, was found at line {line}, column {column}."
    )))
}

/// Whether arrays and objects nest deeper than any input of the API.
fn too_deep(body: &[u8]) -> bool {
    // Most bodies do not even have so many.
    if body.iter().filter(|byte| matches!(byte, b'{' | b'[')).count() <= DEPTH_MAX {
        return false;
    }
    let (mut depth, mut text, mut escaped) = (0usize, false, false);
    for &byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if text => escaped = true,
            b'"' => text = !text,
            b'{' | b'[' if !text => depth += 1,
            b'}' | b']' if !text => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEPTH_MAX {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use crate::Operation;
    use crate::operation::{CreateKey, Encrypt, TagResource};
    use crate::{ErrorCode, Refusal};
    use proptest::prelude::*;

    fn refusal<O: Operation>(body: &str) -> Refusal {
        match O::decode(body.as_bytes()) {
            Ok(_) => panic!("accepted: {body}"),
            Err(refusal) => refusal,
        }
    }

    #[test]
    fn missing_member_is_named() {
        let text = "1 validation error detected: Value null at 'plaintext' failed to satisfy constraint: \
                    Member must not be null";
        assert_eq!(refusal::<Encrypt>(r#"{"KeyId":"x"}"#), Refusal::Validation(text.to_owned()));
    }

    #[test]
    fn blob_violation_shows_no_value() {
        let text = "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: \
                    Member must have length greater than or equal to 1";
        assert_eq!(
            refusal::<Encrypt>(r#"{"KeyId":"x","Plaintext":""}"#),
            Refusal::Validation(text.to_owned())
        );
    }

    #[test]
    fn list_members_count_from_one() {
        let body = r#"{"KeyId":"x","Tags":[{"TagKey":"a","TagValue":"b"},{"TagKey":"","TagValue":"b"}]}"#;
        let Refusal::Validation(text) = refusal::<TagResource>(body) else { panic!() };
        assert!(text.contains("Value '' at 'tags.2.member.tagKey'"), "{text}");
    }

    #[test]
    fn several_violations_are_joined() {
        let Refusal::Validation(text) = refusal::<Encrypt>("{}") else { panic!() };
        assert!(text.starts_with("2 validation errors detected: Value null at 'keyId'"), "{text}");
        assert!(text.contains("; Value null at 'plaintext'"), "{text}");
    }

    #[test]
    fn enum_violation_lists_the_values() {
        let Refusal::Validation(text) = refusal::<CreateKey>(r#"{"KeySpec":"DES"}"#) else { panic!() };
        assert!(text.contains(
            "Value 'DES' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: ["
        ));
    }

    #[test]
    fn wrong_types_never_echo_content() {
        for body in [
            r#"{"KeyId":["c2VjcmV0"],"Plaintext":"YQ=="}"#,
            r#"{"KeyId":"x","Plaintext":"c2VjcmV0!"}"#,
            r#"{"KeyId":"x","Plaintext":"YQ==","EncryptionContext":"c2VjcmV0"}"#,
            r#"{"KeyId":"x","Plaintext":"YQ==","EncryptionContext":{"a":"1","a":"c2VjcmV0"}}"#,
            r#"{"KeyId":"x","KeyId":"c2VjcmV0","Plaintext":"YQ=="}"#,
        ] {
            let refusal = refusal::<Encrypt>(body);
            assert_eq!(refusal.code(), ErrorCode::Serialization, "{body}");
            assert!(!format!("{refusal:?}").contains("c2VjcmV0"), "{refusal:?}");
        }
    }

    #[test]
    fn record_form_leaves_secrets_out() {
        let body = r#"{"KeyId":"x","Plaintext":"c2VjcmV0","GrantTokens":["c2VjcmV0"],"EncryptionContext":{"a":"1"}}"#;
        let input = Encrypt::decode(body.as_bytes()).unwrap();
        let recorded = serde_json::to_string(&input).unwrap();
        assert_eq!(recorded, r#"{"encryptionContext":{"a":"1"},"keyId":"x"}"#);
    }

    #[test]
    fn not_an_object_or_too_deep() {
        let deep = format!(r#"{{"x":{}1{}}}"#, "[".repeat(100), "]".repeat(100));
        for body in ["", "[]", "null", "{", "\u{feff}{}", &deep] {
            assert_eq!(refusal::<CreateKey>(body), Refusal::Serialization(None), "{body}");
        }
        assert!(
            CreateKey::decode(br#" {"x":"[[[[[[[[[[[[[[[[[[[[","Description":null,"Unknown":[1]} "#).is_ok()
        );
    }

    proptest! {
        #[test]
        fn decode_never_panics(body in any::<Vec<u8>>()) {
            let _ = (Encrypt::decode(&body), CreateKey::decode(&body));
        }

        #[test]
        fn decode_json_like_never_panics(body in r#"\{("[A-Z][a-zA-Z]{0,12}":("[^"]{0,20}"|[0-9.e-]{1,6}|null|\[\]|\{\}),?){0,6}\}"#) {
            let _ = (Encrypt::decode(body.as_bytes()), CreateKey::decode(body.as_bytes()));
        }
    }
}
