//! Structures inside inputs. What serde derives takes a list of values for a structure, by their order; the API
//! knows members by name only.

use crate::{Constrained, Path, Violations};
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;
use std::marker::PhantomData;

/// A structure that was a JSON object.
#[derive(Default)]
pub(crate) struct Structure<T>(T);

struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Structure<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a structure")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Structure<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(members)).map(Structure)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Structure<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

impl<T: Constrained> Constrained for Structure<T> {
    type Valid = T::Valid;

    fn check(&self, path: Path<'_>, violations: &mut Violations) {
        self.0.check(path, violations);
    }

    fn build(self) -> T::Valid {
        self.0.build()
    }
}

#[cfg(test)]
mod tests {
    use crate::operation::{CreateCustomKeyStore, CreateGrant, CreateKey, GenerateRandom, TagResource};
    use crate::{ErrorCode, Operation};

    fn accepted<O: Operation>(body: &str) -> bool {
        match O::decode(body.as_bytes()) {
            Ok(_) => true,
            Err(refusal) => {
                assert_eq!(refusal.code(), ErrorCode::Serialization, "{body}\n{refusal:?}");
                false
            }
        }
    }

    #[test]
    fn members_are_taken_by_name_and_never_by_order() {
        assert!(accepted::<CreateKey>(r#"{"Tags":[{"TagKey":"env","TagValue":"prod"}]}"#));
        assert!(!accepted::<CreateKey>(r#"{"Tags":[["env","prod"]]}"#));
        assert!(accepted::<TagResource>(r#"{"KeyId":"x","Tags":[{"TagValue":"prod","TagKey":"env"}]}"#));
        assert!(!accepted::<TagResource>(r#"{"KeyId":"x","Tags":[["env","prod"]]}"#));
        assert!(!accepted::<TagResource>(
            r#"{"KeyId":"x","Tags":[{"TagKey":"a","TagValue":"b"},["c","d"]]}"#
        ));
        let random = |recipient: &str| format!(r#"{{"NumberOfBytes":16,"Recipient":{recipient}}}"#);
        assert!(accepted::<GenerateRandom>(&random(r#"{"AttestationDocument":"YQ=="}"#)));
        assert!(!accepted::<GenerateRandom>(&random(r#"["YQ==","RSAES_OAEP_SHA_256"]"#)));
        let grant = |constraints: &str| {
            format!(
                r#"{{"KeyId":"x","GranteePrincipal":"y","Operations":["Decrypt"],"Constraints":{constraints}}}"#
            )
        };
        assert!(accepted::<CreateGrant>(&grant(r#"{"EncryptionContextSubset":{"a":"b"}}"#)));
        assert!(!accepted::<CreateGrant>(&grant(r#"[{"a":"b"},null,null]"#)));
        assert!(!accepted::<CreateGrant>(&grant("[]")));
        let store = |credential: &str| {
            format!(r#"{{"CustomKeyStoreName":"x","XksProxyAuthenticationCredential":{credential}}}"#)
        };
        let (id, secret) = ("A".repeat(20), "a".repeat(43));
        let named = format!(r#"{{"AccessKeyId":"{id}","RawSecretAccessKey":"{secret}"}}"#);
        assert!(accepted::<CreateCustomKeyStore>(&store(&named)));
        assert!(!accepted::<CreateCustomKeyStore>(&store(&format!(r#"["{id}","{secret}"]"#))));
    }

    #[test]
    fn null_is_still_an_absent_structure_and_a_name_still_comes_once() {
        assert!(accepted::<CreateKey>(r#"{"Tags":null}"#));
        assert!(accepted::<GenerateRandom>(r#"{"NumberOfBytes":16,"Recipient":null}"#));
        assert!(!accepted::<CreateKey>(r#"{"Tags":[null]}"#));
        assert!(!accepted::<CreateKey>(r#"{"Tags":[{"TagKey":"a","TagKey":"b","TagValue":"c"}]}"#));
        assert!(accepted::<CreateKey>(r#"{"Tags":[{"TagKey":"a","TagValue":"c","Unknown":[1]}]}"#));
    }
}
