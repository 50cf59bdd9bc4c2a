//! Random conditions. Mostly about keys that the request has, with values that decide.

use super::facts::{NOW, VALUES};
use super::rng::Rng;
use super::values::{base64, date, network};
use crate::case::Case;
use crate::oracle::{Present, keys};
use serde_json::{Map, Value, json};

/// What a key's values are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    String,
    Numeric,
    Date,
    Bool,
    Binary,
    Ip,
    Arn,
    Null,
}

/// The element Condition, meant to be met or not.
pub(crate) fn condition(rng: &mut Rng, case: &Case, identity: bool, deny: bool, want: bool) -> Value {
    let present = Present::of(case, identity);
    let mut element = Map::new();
    if rng.chance(3) {
        return Value::Object(element);
    }
    for _ in 0..1 + rng.below(2) {
        let key = key(rng, &present);
        let (operator, values) = one(rng, &present, &key, deny, want);
        let keys = element.entry(operator).or_insert_with(|| json!({}));
        keys[in_some_case(rng, &key)] = values;
    }
    Value::Object(element)
}

fn key(rng: &mut Rng, present: &Present) -> String {
    let names = present.names();
    if rng.chance(70) && !names.is_empty() {
        return names[rng.below(names.len())].clone();
    }
    if rng.chance(5) {
        return rng.word(&["s3:prefix", "idp.example.com:aud", "accounts.google.com:amr", "aws:Unknown"]);
    }
    let name = rng.word(keys::ALL);
    match name.as_str() {
        "kms:RecipientAttestation:PCR" => format!("{name}{}", rng.below(32)),
        "kms:RecipientAttestation:NitroTPMPCR" => format!("{name}{}", rng.below(24)),
        _ if name.ends_with(['/', ':']) => format!("{name}{}", rng.pick(&["Dept", "owner", "env", "absent"])),
        _ => name,
    }
}

fn in_some_case(rng: &mut Rng, key: &str) -> String {
    match rng.below(12) {
        0 => key.to_lowercase(),
        1 => key.to_uppercase(),
        _ => key.to_owned(),
    }
}

fn family_of(key: &str) -> Family {
    let lower = key.to_lowercase();
    let has = |texts: &[&str]| texts.iter().any(|text| lower.contains(text));
    match () {
        () if has(&["sourceip"]) => Family::Ip,
        () if has(&["currenttime", "tokenissuetime", "validto", "epochtime"]) => Family::Date,
        () if has(&["authage", "indays", "trailingdays"]) => Family::Numeric,
        () if has(&[
            "securetransport",
            "authpresent",
            "viaawsservice",
            "isawsservice",
            "kms:multiregion",
        ]) && !lower.ends_with("type") =>
        {
            Family::Bool
        }
        () if has(&["onsamekey", "isforaws", "bypass"]) => Family::Bool,
        () if has(&["arn", "granteeprincipal", "retiringprincipal", "permissionsboundary"]) => Family::Arn,
        () => Family::String,
    }
}

/// An operator and values for a key.
fn one(rng: &mut Rng, present: &Present, key: &str, deny: bool, want: bool) -> (String, Value) {
    let mut family = family_of(key);
    match rng.below(20) {
        0..=1 => family = Family::Null,
        2..=3 => family = Family::String,
        4 => family = Family::Binary,
        5 => {
            family = [Family::Numeric, Family::Date, Family::Bool, Family::Ip, Family::Arn][rng.below(5)];
        }
        _ => {}
    }
    let found = present.get(key).unwrap_or_default();
    let base = base(rng, family);
    let negated = base.contains("Not");
    let hit = want != negated;
    let count = 1 + rng.below(3) / 2 * (1 + rng.below(2));
    let mut values: Vec<Value> = (0..count)
        .map(|i| {
            let actual = found.get(i).or(found.first()).map(String::as_str);
            let aim = hit && i == 0 && rng.chance(90) || rng.chance(8);
            value(rng, family, &base, actual, aim, present)
        })
        .collect();
    if family == Family::Null {
        values = vec![json!((found.is_empty() == want).to_string())];
    }
    let set = set(rng, key, deny, found.len());
    let suffix = if family != Family::Null && rng.chance(20) { "IfExists" } else { "" };
    let prefix = if family == Family::Null { "" } else { set };
    let values = if values.len() == 1 && rng.chance(60) { values.remove(0) } else { Value::Array(values) };
    (format!("{prefix}{base}{suffix}"), values)
}

/// ForAllValues on a key of one value is refused in an Allow.
fn set(rng: &mut Rng, key: &str, deny: bool, values: usize) -> &'static str {
    let many = keys::many(key) || values > 1;
    match rng.below(10) {
        0..=2 if many => "ForAllValues:",
        3..=6 if many => "ForAnyValue:",
        0 | 2 if deny => "ForAllValues:",
        1 => "ForAnyValue:",
        _ => "",
    }
}

fn base(rng: &mut Rng, family: Family) -> String {
    const RELATIONS: [&str; 6] =
        ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"];
    match family {
        Family::String => rng.word(&[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ]),
        Family::Numeric => format!("Numeric{}", rng.pick(&RELATIONS)),
        Family::Date => format!("Date{}", rng.pick(&RELATIONS)),
        Family::Bool => "Bool".to_owned(),
        Family::Binary => "BinaryEquals".to_owned(),
        Family::Ip => rng.word(&["IpAddress", "NotIpAddress"]),
        Family::Arn => rng.word(&["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]),
        Family::Null => "Null".to_owned(),
    }
}

fn value(
    rng: &mut Rng,
    family: Family,
    base: &str,
    actual: Option<&str>,
    hit: bool,
    present: &Present,
) -> Value {
    match family {
        Family::String => json!(string(rng, base, actual.filter(|_| hit), present)),
        Family::Arn => json!(arn(rng, actual.filter(|_| hit), present)),
        Family::Bool | Family::Null => {
            let text = actual
                .filter(|a| hit && ["true", "false"].contains(a))
                .map_or_else(|| rng.word(&["true", "false"]), str::to_owned);
            if rng.chance(20) { json!(text == "true") } else { json!(text) }
        }
        Family::Binary => {
            let text = actual.filter(|_| hit).map_or_else(|| rng.word(&VALUES), str::to_owned);
            json!(base64(text.as_bytes()))
        }
        Family::Ip => json!(network(rng, actual)),
        Family::Numeric => {
            let number =
                actual.and_then(|a| a.parse::<i64>().ok()).unwrap_or(10) + [0, 0, 1, -1][rng.below(4)];
            if rng.chance(30) {
                json!(number)
            } else {
                json!(rng.word(&[&number.to_string(), &format!("{number}.0"), "12.5", "+7", "007", "-3"]))
            }
        }
        Family::Date => {
            let now = present.single("aws:EpochTime").and_then(|now| now.parse().ok()).unwrap_or(NOW);
            date(rng, actual.filter(|_| hit), now)
        }
    }
}

/// A text that matches `actual` in the way of the operator, or any other text.
fn string(rng: &mut Rng, base: &str, actual: Option<&str>, present: &Present) -> String {
    let Some(actual) = actual else {
        return match rng.below(4) {
            0 => format!(
                "${{{}}}",
                rng.pick(&["aws:username", "aws:PrincipalTag/owner", "aws:userid", "aws:TagKeys"])
            ),
            1 => rng.word(&["*x", "${*}", "a?${$}{x}", "a${*}b", "${?}*", "\u{c9}T\u{c9}", "\u{e9}*"]),
            _ => rng.word(&VALUES).replace("${", "${$}{"),
        };
    };
    if rng.chance(15) {
        return with_variable(rng, actual, present);
    }
    // A text of the request that looks like a variable.
    let escaped = actual.replace("${", "${$}{");
    let actual = escaped.as_str();
    match rng.below(5) {
        0 if base.ends_with("Like") => with_wildcard(rng, actual),
        1 if base.ends_with("Like") => "*".to_owned(),
        0 if base.ends_with("IgnoreCase") => actual.to_uppercase(),
        2 if rng.chance(20) => format!("{actual}x"),
        _ => actual.to_owned(),
    }
}

/// The text with a wildcard in the place of its end, its beginning or one character.
fn with_wildcard(rng: &mut Rng, text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = rng.below(chars.len() + 1);
    let (start, end): (String, String) = (chars[..at].iter().collect(), chars[at..].iter().collect());
    match rng.below(4) {
        0 => format!("{start}*"),
        1 => format!("*{end}"),
        2 if at < chars.len() => format!("{start}?{}", chars[at + 1..].iter().collect::<String>()),
        _ => format!("{start}*{end}"),
    }
}

/// The text as a variable that stands for it, as the default of one that has no value, or with escapes.
fn with_variable(rng: &mut Rng, actual: &str, present: &Present) -> String {
    let names = present.names();
    let same = names.iter().find(|name| present.single(name).as_deref() == Some(actual));
    match (same, rng.below(3)) {
        (Some(name), 0..=1) => format!("${{{}}}", in_some_case(rng, name)),
        _ if !actual.contains(['\'', '}', '$']) && rng.chance(50) => {
            format!("${{aws:PrincipalTag/none, '{actual}'}}")
        }
        _ => actual.replace("${", "${$}{").replace('*', "${*}"),
    }
}

fn arn(rng: &mut Rng, actual: Option<&str>, present: &Present) -> String {
    let Some(actual) = actual.filter(|actual| actual.split(':').count() >= 6) else {
        return rng.word(&[
            "arn:aws:iam::111122223333:user/*",
            "arn:aws:iam::*:role/${aws:PrincipalTag/owner}",
            "arn:aws:sts::444455556666:federated-user/fed",
            "arn:aws:s3:::*",
            "arn:*:bucket",
        ]);
    };
    let mut parts: Vec<String> = actual.splitn(6, ':').map(str::to_owned).collect();
    let part = rng.below(6);
    parts[part] = match rng.below(4) {
        0 => with_wildcard(rng, &parts[part]),
        1 if part == 5 => with_variable(rng, &parts[part], present),
        2 => "*".to_owned(),
        _ => parts[part].clone(),
    };
    parts.join(":")
}
