//! Which documents are refused when they are put (contract sections 4.9 and 6.3): the classes that the generator makes.

use super::condition::{Operator, strings};
use super::principal;
use super::statement::statements;
use super::{keys, text};
use crate::case::Case;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

pub(crate) use super::statement::Kind;

/// Why a document of a case is refused; nothing when all are good.
pub(crate) fn refused(case: &Case) -> Option<String> {
    let resource =
        case.key_policy.iter().map(|p| (Kind::Key, p)).chain(case.trust.iter().map(|p| (Kind::Trust, p)));
    let identity = case.identity.iter().map(|(_, p)| p).chain(&case.boundary).map(|p| (Kind::Identity, p));
    let session = case.session.iter().flatten().map(|p| (Kind::Session, p));
    resource.chain(identity).chain(session).find_map(|(kind, policy)| document(kind, policy, case))
}

fn document(kind: Kind, policy: &str, case: &Case) -> Option<String> {
    if serde_json::from_str::<NoTwins>(policy).is_err() {
        return Some("no JSON, or a member twice".to_owned());
    }
    let policy: Value = serde_json::from_str(policy).ok()?;
    let Some(members) = policy.as_object() else { return Some("no object".to_owned()) };
    if let Some(other) = members.keys().find(|name| !["Version", "Id", "Statement"].contains(&name.as_str()))
    {
        return Some(format!("element {other}"));
    }
    let version = policy.get("Version").map(|version| version.as_str().unwrap_or_default());
    if version.is_some_and(|version| !["2012-10-17", "2008-10-17"].contains(&version)) {
        return Some("version".to_owned());
    }
    if policy.get("Statement").is_none() {
        return Some("no statement".to_owned());
    }
    let variables = version == Some("2012-10-17");
    if !kind.names_principals() {
        let mut sids = BTreeSet::new();
        for sid in statements(&policy).iter().filter_map(|s| s.get("Sid").and_then(Value::as_str)) {
            if !sid.chars().all(|c| c.is_ascii_alphanumeric()) || !sids.insert(sid.to_owned()) {
                return Some("sid".to_owned());
            }
        }
    }
    statements(&policy).iter().find_map(|s| statement(kind, s, variables, case))
}

fn statement(kind: Kind, statement: &Value, variables: bool, case: &Case) -> Option<String> {
    const ELEMENTS: [&str; 9] = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    let Some(members) = statement.as_object() else { return Some("statement is no object".to_owned()) };
    if let Some(other) = members.keys().find(|name| !ELEMENTS.contains(&name.as_str())) {
        return Some(format!("element {other}"));
    }
    let has = |name: &str| statement.get(name).is_some();
    if !matches!(statement.get("Effect").and_then(Value::as_str), Some("Allow" | "Deny")) {
        return Some("effect".to_owned());
    }
    for name in ["Principal", "Action", "Resource"] {
        if has(name) && has(&format!("Not{name}")) {
            return Some(format!("{name} twice"));
        }
    }
    let empty = |name: &str| statement.get(name).and_then(Value::as_array).is_some_and(Vec::is_empty);
    if let Some(name) =
        ["Action", "NotAction", "Resource", "NotResource"].into_iter().find(|name| empty(name))
    {
        return Some(format!("empty {name}"));
    }
    let named = has("Principal") || has("NotPrincipal");
    if named != kind.names_principals() {
        return Some("principal".to_owned());
    }
    let whats = [("Action", "NotAction", "action"), ("Resource", "NotResource", "resource")];
    for (name, not, what) in whats {
        let needed =
            matches!(kind, Kind::Identity | Kind::Session) || (kind == Kind::Trust && name == "Action");
        if needed && !has(name) && !has(not) {
            return Some(format!("no {what}"));
        }
    }
    if kind == Kind::Trust && (has("Resource") || has("NotResource")) {
        return Some("resource in a trust policy".to_owned());
    }
    principals(statement, case)
        .or_else(|| actions(statement))
        .or_else(|| resources(kind, statement, variables))
        .or_else(|| conditions(kind, statement, variables))
}

fn principals(statement: &Value, case: &Case) -> Option<String> {
    let element = statement.get("Principal").or(statement.get("NotPrincipal"))?;
    let good = |(kind, text): &(String, String)| match kind.as_str() {
        "AWS" => known(text, case),
        "Service" | "Federated" => true,
        _ => false,
    };
    principal::list(element)
        .into_iter()
        .find(|p| !good(p))
        .map(|(kind, text)| format!("principal {kind} {text}"))
}

/// Whether a principal exists: users, roles and their sessions in the directory; accounts and federated users always.
fn known(text: &str, case: &Case) -> bool {
    let (account, resource) = (text.split(':').nth(4), text.split(':').nth(5).unwrap_or_default());
    match resource.split_once('/') {
        _ if text == "*" || case.directory.values().any(|id| id == text) => true,
        None => resource == "root" || (text.len() == 12 && text.chars().all(|c| c.is_ascii_digit())),
        Some(("user" | "role", _)) => case.directory.contains_key(text),
        Some(("assumed-role", name)) => {
            let role = name.split('/').next().unwrap_or_default();
            principal::role_id(account.unwrap_or_default(), role, case).is_some()
        }
        Some(("federated-user", _)) => true,
        Some(_) => false,
    }
}

fn actions(statement: &Value) -> Option<String> {
    let element = statement.get("Action").or(statement.get("NotAction"))?;
    strings(element)
        .into_iter()
        .find(|action| action != "*" && !action.contains(':'))
        .map(|a| format!("action {a}"))
}

fn resources(kind: Kind, statement: &Value, variables: bool) -> Option<String> {
    let element = statement.get("Resource").or(statement.get("NotResource"))?;
    let bad = |text: &String| {
        let no_arn = kind != Kind::Key && text != "*" && !text.starts_with("arn:");
        no_arn || (variables && !variables_whole(text))
    };
    strings(element).into_iter().find(bad).map(|text| format!("resource {text}"))
}

fn conditions(kind: Kind, statement: &Value, variables: bool) -> Option<String> {
    let condition = statement.get("Condition")?;
    let Some(operators) = condition.as_object() else { return Some("condition".to_owned()) };
    for (name, members) in operators {
        let operator = Operator::of(name);
        let Some(members) = members.as_object() else { return Some("condition".to_owned()) };
        if !operator_known(&operator) {
            return Some(format!("operator {name}"));
        }
        // AWS refuses it in key policies, and warns only in policies of IAM.
        let allow = kind == Kind::Key && statement.get("Effect").and_then(Value::as_str) == Some("Allow");
        for (key, wanted) in members {
            let lower = key.to_lowercase();
            if !key.contains(':') || (lower.starts_with("kms:") && !keys::known(key)) {
                return Some(format!("key {key}"));
            }
            if allow && operator.set == "ForAllValues" && keys::known(key) && !keys::many(key) {
                return Some(format!("overly permissive {key}"));
            }
            if let Some(value) = strings(wanted).iter().find(|value| !readable(&operator, value, variables)) {
                return Some(format!("value {value}"));
            }
        }
    }
    None
}

fn operator_known(operator: &Operator<'_>) -> bool {
    const RELATIONS: [&str; 6] =
        ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
    const OTHERS: [&str; 13] = [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "NotIpAddress",
        "ArnEquals",
        "ArnLike",
        "ArnNotEquals",
    ];
    let relation = operator.base.strip_prefix("Numeric").or(operator.base.strip_prefix("Date"));
    let null = operator.base == "Null" && operator.set.is_empty() && !operator.if_exists;
    let set = ["", "ForAnyValue", "ForAllValues"].contains(&operator.set);
    null || (set && (OTHERS.contains(&operator.base) || operator.base == "ArnNotLike"))
        || (set && relation.is_some_and(|relation| RELATIONS.contains(&relation)))
}

fn readable(operator: &Operator<'_>, value: &str, variables: bool) -> bool {
    match operator.base {
        "Bool" | "Null" => text::boolean(value).is_some(),
        "BinaryEquals" => text::base64(value).is_some(),
        "IpAddress" | "NotIpAddress" => text::network(value).is_some(),
        base if base.starts_with("Numeric") => text::number(value).is_some(),
        base if base.starts_with("Date") => text::date(value).is_some(),
        _ => !variables || variables_whole(value),
    }
}

/// Whether every `${` has an end, a key with a prefix, and a default that is quoted if there is one.
fn variables_whole(value: &str) -> bool {
    let mut pieces = value.split("${");
    pieces.next();
    pieces.all(|piece| {
        let Some((inside, _)) = piece.split_once('}') else { return false };
        let (key, default) = match inside.split_once(',') {
            Some((key, default)) => (key, Some(default.trim())),
            None => (inside, None),
        };
        let quoted = |d: &str| d.len() >= 2 && d.starts_with('\'') && d.ends_with('\'');
        ["*", "?", "$"].contains(&inside) || (key.contains(':') && default.is_none_or(quoted))
    })
}

/// JSON in which no object has a member twice.
struct NoTwins;

impl<'de> Deserialize<'de> for NoTwins {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Walk)
    }
}

struct Walk;

impl<'de> Visitor<'de> for Walk {
    type Value = NoTwins;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<NoTwins, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some((name, _)) = map.next_entry::<String, NoTwins>()? {
            if !seen.insert(name) {
                return Err(serde::de::Error::custom("a member twice"));
            }
        }
        Ok(NoTwins)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<NoTwins, A::Error> {
        while items.next_element::<NoTwins>()?.is_some() {}
        Ok(NoTwins)
    }

    fn visit_str<E>(self, _: &str) -> Result<NoTwins, E> {
        Ok(NoTwins)
    }

    fn visit_bool<E>(self, _: bool) -> Result<NoTwins, E> {
        Ok(NoTwins)
    }

    fn visit_u64<E>(self, _: u64) -> Result<NoTwins, E> {
        Ok(NoTwins)
    }

    fn visit_i64<E>(self, _: i64) -> Result<NoTwins, E> {
        Ok(NoTwins)
    }

    fn visit_f64<E>(self, _: f64) -> Result<NoTwins, E> {
        Ok(NoTwins)
    }

    fn visit_unit<E>(self) -> Result<NoTwins, E> {
        Ok(NoTwins)
    }
}
