//! The text of a key policy after principals were deleted: their unique ids stand where their ARNs stood.

use super::Bindings;
use crate::PolicyError;
use crate::json::{self, Json};
use std::fmt::Write as _;
use strongroom_types::{PrincipalArn, UniqueId};

/// Gives the text with the ARN of every principal that no longer is what it was bound to replaced by its unique id
/// (contract section 4.9), in the Jackson layout of AWS; the text itself when there is none. `current` is the unique
/// id that the ARN's principal has now. Sessions keep their ARN: they have no unique id of their own.
pub fn rewrite_deleted(
    text: &str,
    bindings: &Bindings,
    current: impl Fn(&PrincipalArn) -> Option<UniqueId>,
) -> Result<String, PolicyError> {
    let is_session = |arn: &PrincipalArn| matches!(arn, PrincipalArn::AssumedRole { .. });
    let gone = |arn: &PrincipalArn, id: &UniqueId| !is_session(arn) && current(arn).as_ref() != Some(id);
    let deleted: Vec<(String, &UniqueId)> = bindings
        .arns
        .iter()
        .filter(|(arn, id)| gone(arn, id))
        .map(|(arn, id)| (arn.to_string(), id))
        .collect();
    if deleted.is_empty() {
        return Ok(text.to_owned());
    }
    let mut document = json::read(text)?;
    replace_in_principals(&mut document, &deleted);
    let mut written = String::with_capacity(text.len());
    write(&document, 0, &mut written);
    Ok(written)
}

fn replace_in_principals(json: &mut Json, deleted: &[(String, &UniqueId)]) {
    match json {
        Json::List(items) => items.iter_mut().for_each(|item| replace_in_principals(item, deleted)),
        Json::Object(members) => {
            for (name, value) in members {
                match name.as_str() {
                    "Principal" | "NotPrincipal" => replace(value, deleted),
                    "Statement" => replace_in_principals(value, deleted),
                    _ => {}
                }
            }
        }
        Json::Text(_) | Json::Bool(_) | Json::Number(_) | Json::Null => {}
    }
}

fn replace(json: &mut Json, deleted: &[(String, &UniqueId)]) {
    match json {
        Json::Text(text) => {
            if let Some((_, id)) = deleted.iter().find(|(arn, _)| arn == text) {
                *text = id.to_string();
            }
        }
        Json::List(items) => items.iter_mut().for_each(|item| replace(item, deleted)),
        Json::Object(members) => members.iter_mut().for_each(|(_, value)| replace(value, deleted)),
        Json::Bool(_) | Json::Number(_) | Json::Null => {}
    }
}

/// Jackson's default pretty printer: two spaces, ` : ` after names, lists on one line.
pub(crate) fn write(json: &Json, depth: usize, out: &mut String) {
    match json {
        Json::Text(text) => out.push_str(&serde_json::Value::from(text.as_str()).to_string()),
        Json::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        Json::Number(number) => out.push_str(number),
        Json::Null => out.push_str("null"),
        Json::List(items) => {
            out.push_str("[ ");
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                write(item, depth, out);
            }
            out.push_str(" ]");
        }
        Json::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "\n" } else { ",\n" });
                out.push_str(&"  ".repeat(depth + 1));
                let _ = write!(out, "{} : ", serde_json::Value::from(name.as_str()));
                write(value, depth + 1, out);
            }
            out.push('\n');
            out.push_str(&"  ".repeat(depth));
            out.push('}');
        }
    }
}
