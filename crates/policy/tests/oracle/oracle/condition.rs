//! Conditions: one operator over one key, evaluated from the texts (contract section 6.3, "Combination").

use super::context::Present;
use super::keys;
use super::text::{self, Piece};
use crate::tally::Tally;
use serde_json::Value;

/// An operator's name taken apart.
pub(crate) struct Operator<'a> {
    /// `ForAnyValue`, `ForAllValues` or nothing.
    pub(crate) set: &'a str,
    /// Without prefix and suffix.
    pub(crate) base: &'a str,
    pub(crate) if_exists: bool,
}

impl<'a> Operator<'a> {
    pub(crate) fn of(name: &'a str) -> Self {
        let (set, rest) = name.split_once(':').unwrap_or(("", name));
        let base = rest.strip_suffix("IfExists");
        Self { set, base: base.unwrap_or(rest), if_exists: base.is_some() }
    }

    pub(crate) fn negated(&self) -> bool {
        self.base.contains("Not")
    }

    /// The same family without its negation.
    pub(crate) fn positive(&self) -> String {
        self.base.replace("Not", "")
    }
}

/// Whether all conditions of a statement are met. All are looked at, so that all are counted.
pub(crate) fn all_met(
    condition: Option<&Value>,
    variables: bool,
    present: &Present,
    tally: &mut Tally,
) -> bool {
    let mut all = true;
    for (operator, keys) in condition.and_then(Value::as_object).into_iter().flatten() {
        for (key, wanted) in keys.as_object().into_iter().flatten() {
            all &= met(operator, key, &strings(wanted), variables, present, tally);
        }
    }
    all
}

/// A text, number, Boolean, or a list of these, as texts.
pub(crate) fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

fn met(
    name: &str,
    key: &str,
    wanted: &[String],
    variables: bool,
    present: &Present,
    tally: &mut Tally,
) -> bool {
    let operator = Operator::of(name);
    let found = present.get(key).unwrap_or_default();
    let any_wanted = |value: &String| {
        let positive = operator.positive();
        wanted.iter().any(|wanted| matches(&positive, wanted, value, variables, present))
    };
    let one = |value: &String| any_wanted(value) != operator.negated();
    let result = if operator.base == "Null" {
        wanted.iter().any(|wanted| text::boolean(wanted) == Some(found.is_empty()))
    } else if found.is_empty() {
        match operator.set {
            "ForAllValues" => true,
            "ForAnyValue" => operator.if_exists,
            _ => operator.if_exists || operator.negated(),
        }
    } else {
        match operator.set {
            "ForAllValues" => found.iter().all(one),
            "ForAnyValue" => found.iter().any(one),
            _ if operator.negated() => found.iter().all(one),
            _ => found.iter().any(one),
        }
    };
    let outcome = match (found.is_empty(), result) {
        (true, _) => "missing",
        (false, true) => "true",
        (false, false) => "false",
    };
    tally.count("operator", &format!("{name} {outcome}"));
    let known = keys::name_in_contract(key).unwrap_or("(another)");
    tally.count("key", &format!("{known} {}", if found.is_empty() { "missing" } else { "present" }));
    result
}

/// Whether one value of the request is what one value of the policy wants, under an operator without negation.
fn matches(operator: &str, wanted: &str, value: &str, variables: bool, present: &Present) -> bool {
    let takes_variables = variables && (operator.starts_with("String") || operator.starts_with("Arn"));
    let Some(pattern) = text::expand(wanted, takes_variables, present) else { return false };
    match operator {
        "StringEquals" => literal(&pattern) == value,
        "StringEqualsIgnoreCase" => literal(&pattern).to_lowercase() == value.to_lowercase(),
        "StringLike" => like(&pattern, value),
        "ArnEquals" | "ArnLike" => arn_like(&pattern, value),
        "Bool" => text::boolean(wanted).is_some_and(|wanted| text::boolean(value) == Some(wanted)),
        "BinaryEquals" => text::base64(wanted).is_some_and(|bytes| bytes == value.as_bytes()),
        "IpAddress" => in_network(wanted, value),
        _ => match operator.strip_prefix("Numeric") {
            Some(relation) => compare(relation, text::number(value), text::number(wanted)),
            None => compare(operator.trim_start_matches("Date"), text::date(value), text::date(wanted)),
        },
    }
}

/// The text of a pattern in which nothing is a wildcard.
fn literal(pattern: &[Piece]) -> String {
    let char = |piece: &Piece| match piece {
        Piece::Char(c) | Piece::Value(c) => *c,
        Piece::Any => '*',
        Piece::Single => '?',
    };
    pattern.iter().map(char).collect()
}

fn like(pattern: &[Piece], value: &str) -> bool {
    text::fits(pattern, &value.chars().collect::<Vec<_>>())
}

/// Six parts, each for itself; `*` alone is every ARN. A colon that a variable stands for does not begin a part.
fn arn_like(pattern: &[Piece], value: &str) -> bool {
    if pattern == [Piece::Any] {
        return value.split(':').count() >= 6;
    }
    let patterns: Vec<_> = pattern.splitn(6, |piece| *piece == Piece::Char(':')).collect();
    let values: Vec<_> = value.splitn(6, ':').collect();
    patterns.len() == 6 && values.len() == 6 && patterns.iter().zip(values).all(|(p, v)| like(p, v))
}

fn in_network(network: &str, address: &str) -> bool {
    let (Some((start, all)), Some(address)) = (text::network(network), text::address(address)) else {
        return false;
    };
    address.len() == all && address.starts_with(&start)
}

fn compare<T: PartialOrd>(relation: &str, value: Option<T>, wanted: Option<T>) -> bool {
    let (Some(value), Some(wanted)) = (value, wanted) else { return false };
    match relation {
        "Equals" => value == wanted,
        "LessThan" => value < wanted,
        "LessThanEquals" => value <= wanted,
        "GreaterThan" => value > wanted,
        "GreaterThanEquals" => value >= wanted,
        _ => false,
    }
}
