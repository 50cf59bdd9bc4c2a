//! JSON that keeps every member of an object, so that a repeated one can be refused.
//!
//! An ordinary map keeps the last of two equal names; a reviewer may have read the first.

use crate::PolicyError;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;

/// The members of an object in the order of the text, names distinct.
pub(crate) type Members = Vec<(String, Json)>;

/// A JSON value as far as policies care.
#[derive(Debug)]
pub(crate) enum Json {
    Text(String),
    List(Vec<Json>),
    Object(Members),
    /// Condition values may be booleans and numbers; they are compared as their text.
    Bool(bool),
    Number(String),
    Null,
}

/// Reads a text; refuses what is not JSON, is nested deeper than serde_json's 128, or repeats a name.
pub(crate) fn read(text: &str) -> Result<Json, PolicyError> {
    let json: Json = serde_json::from_str(text).map_err(|_| PolicyError::InvalidJson)?;
    refuse_duplicates(&json)?;
    Ok(json)
}

/// The text of a string element.
pub(crate) fn text<'a>(name: &'static str, json: &'a Json) -> Result<&'a str, PolicyError> {
    match json {
        Json::Text(text) => Ok(text.as_str()),
        _ => Err(PolicyError::WrongType { name, expected: "a string" }),
    }
}

/// The texts of an element that is a string or a list of strings. An empty list is refused: under a negation
/// it would select everything.
pub(crate) fn texts<'a>(name: &'static str, json: &'a Json) -> Result<Vec<&'a str>, PolicyError> {
    let wrong = PolicyError::WrongType { name, expected: "a string or a list of at least one string" };
    match json {
        Json::Text(text) => Ok(vec![text.as_str()]),
        Json::List(items) if !items.is_empty() => {
            let each = |item: &'a Json| match item {
                Json::Text(text) => Ok(text.as_str()),
                _ => Err(wrong.clone()),
            };
            items.iter().map(each).collect()
        }
        _ => Err(wrong),
    }
}

/// The texts of a condition's values: one or a list of at least one string, boolean or number.
pub(crate) fn values(json: &Json) -> Result<Vec<String>, PolicyError> {
    let scalar = |json: &Json| match json {
        Json::Text(text) | Json::Number(text) => Some(text.clone()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    };
    let found = match json {
        Json::List(items) if !items.is_empty() => items.iter().map(scalar).collect(),
        other => scalar(other).map(|value| vec![value]),
    };
    let expected = "a string, boolean or number, or a list of at least one of them, for each condition key";
    found.ok_or(PolicyError::WrongType { name: "Condition", expected })
}

/// The member of that name.
pub(crate) fn member<'a>(members: &'a Members, name: &str) -> Option<&'a Json> {
    members.iter().find(|(found, _)| found == name).map(|(_, value)| value)
}

fn refuse_duplicates(json: &Json) -> Result<(), PolicyError> {
    match json {
        Json::Text(_) | Json::Bool(_) | Json::Number(_) | Json::Null => Ok(()),
        Json::List(items) => items.iter().try_for_each(refuse_duplicates),
        Json::Object(members) => {
            let mut seen = BTreeSet::new();
            for (name, value) in members {
                if !seen.insert(name.as_str()) {
                    return Err(PolicyError::DuplicateElement(name.clone()));
                }
                refuse_duplicates(value)?;
            }
            Ok(())
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value.to_string()))
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Json, E> {
        Ok(Json::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element::<Json>()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(entry) = map.next_entry::<String, Json>()? {
            members.push(entry);
        }
        Ok(Json::Object(members))
    }
}
