//! Random policies: statements that are meant to apply to the request or not, and broken ones.

use super::condition::condition;
use super::rng::Rng;
use super::world;
use crate::case::{Case, Who};
use crate::oracle::validity::Kind;
use serde_json::{Map, Value, json};

/// How often a policy of a case is to allow, in percent.
pub(crate) fn policy(rng: &mut Rng, kind: Kind, case: &Case, allow: usize) -> String {
    let mut statements = Vec::new();
    if rng.chance(allow) {
        statements.push(statement(rng, kind, case, false, true));
    }
    for _ in 0..rng.below(2) {
        let (deny, apply) = (rng.chance(35), rng.chance(20));
        statements.push(statement(rng, kind, case, deny, apply));
    }
    if rng.chance(7) {
        statements.push(statement(rng, kind, case, true, true));
    }
    if statements.is_empty() {
        statements.push(statement(rng, kind, case, false, false));
    }
    if rng.chance(50) {
        statements.reverse();
    }
    let mut document = Map::new();
    match rng.below(10) {
        0 => {}
        1 => drop(document.insert("Version".to_owned(), json!("2008-10-17"))),
        _ => drop(document.insert("Version".to_owned(), json!("2012-10-17"))),
    }
    if rng.chance(20) {
        document.insert("Id".to_owned(), json!("id"));
    }
    let one = statements.len() == 1 && rng.chance(30);
    let list = if one { statements.remove(0) } else { Value::Array(statements) };
    document.insert("Statement".to_owned(), list);
    Value::Object(document).to_string()
}

fn statement(rng: &mut Rng, kind: Kind, case: &Case, deny: bool, apply: bool) -> Value {
    // A statement that is not to apply fails in one element, mostly.
    let fails = if apply { 9 } else { rng.below(4) };
    let mut statement = Map::new();
    let mut put = |name: &str, value: Value| drop(statement.insert(name.to_owned(), value));
    put("Effect", json!(if deny { "Deny" } else { "Allow" }));
    if kind.names_principals() {
        let (name, value) = principals(rng, kind, case, deny, fails != 0);
        put(name, value);
    }
    let (name, value) = actions(rng, case, fails != 1);
    put(name, value);
    if kind != Kind::Trust {
        let (name, value) = resources(rng, case, fails != 2);
        put(name, value);
    }
    if fails == 3 || rng.chance(45) {
        put("Condition", condition(rng, case, !kind.names_principals(), deny, fails != 3));
    }
    if rng.chance(20) {
        statement.insert("Sid".to_owned(), json!(format!("S{}", rng.below(1_000_000))));
    }
    if kind == Kind::Key && rng.chance(2) {
        statement.remove(rng.pick(&["Action", "Resource"]));
    }
    Value::Object(statement)
}

fn list(rng: &mut Rng, mut values: Vec<String>) -> Value {
    if values.len() == 1 && rng.chance(60) { json!(values.remove(0)) } else { json!(values) }
}

/// The element Principal or NotPrincipal.
fn principals(rng: &mut Rng, kind: Kind, case: &Case, deny: bool, apply: bool) -> (&'static str, Value) {
    if let Who::WebIdentity { provider } = &case.caller {
        let named = if apply { provider.clone() } else { rng.word(&world::PROVIDERS) };
        let element = match rng.below(10) {
            0 => json!("*"),
            1 => json!({ "AWS": world::anybody(rng) }),
            _ => json!({ "Federated": named }),
        };
        return ("Principal", element);
    }
    let (itself, issuer, account) = world::meaning(&case.caller);
    // Trust policies have no NotPrincipal.
    if rng.chance(8) && kind == Kind::Key {
        let mut listed = vec![world::anybody(rng)];
        if !apply || rng.chance(30) {
            listed.push(account[rng.below(account.len())].clone());
            listed.extend(issuer.first().cloned());
            if !deny || rng.chance(80) {
                listed.push(itself[rng.below(itself.len())].clone());
            }
        }
        return ("NotPrincipal", json!({ "AWS": list(rng, listed) }));
    }
    let mut names: Vec<String> = (0..rng.below(2)).map(|_| world::anybody(rng)).collect();
    if apply {
        let ways = match rng.below(20) {
            0..=5 => itself,
            6..=9 if !issuer.is_empty() => issuer,
            10..=11 => vec!["*".to_owned()],
            _ => account,
        };
        names.push(ways[rng.below(ways.len())].clone());
    }
    if names == ["*"] && rng.chance(50) {
        return ("Principal", json!("*"));
    }
    if names.is_empty() {
        let service = rng.word(&world::SERVICES);
        return ("Principal", json!({ "Service": list(rng, vec![service]) }));
    }
    let mut element = json!({ "AWS": list(rng, names) });
    if rng.chance(8) {
        element["Service"] = json!(rng.word(&world::SERVICES));
    }
    ("Principal", element)
}

fn actions(rng: &mut Rng, case: &Case, apply: bool) -> (&'static str, Value) {
    let action = &case.action;
    let (service, name) = action.split_once(':').unwrap_or(("kms", ""));
    let fitting = match rng.below(8) {
        0 => "*".to_owned(),
        1 => format!("{service}:*"),
        2 => format!("{service}:{}*", &name[..1 + rng.below(name.len())]),
        3 => format!("{service}:?{}", &name[1..]),
        4 => action.to_lowercase(),
        5 => action.to_uppercase(),
        _ => action.clone(),
    };
    let other =
        rng.word(&["kms:ListKeys", "kms:Put*", "s3:GetObject", "kms:ReEncrypt*", "iam:*", "kms:?ign"]);
    if rng.chance(8) {
        return ("NotAction", list(rng, vec![if apply { other } else { fitting }]));
    }
    let mut values = vec![if apply { fitting } else { other }];
    if rng.chance(20) {
        values.push(rng.word(&["kms:Describe*", "kms:GetPublicKey", "sts:AssumeRole"]));
    }
    ("Action", list(rng, values))
}

fn resources(rng: &mut Rng, case: &Case, apply: bool) -> (&'static str, Value) {
    let text = case.on.text();
    let fitting = match rng.below(6) {
        0 if text != "*" => text.to_owned(),
        1 if text != "*" => format!("{}*", &text[..12 + rng.below(text.len() - 12)]),
        2 if text != "*" => text.replacen("us-east-1", "*", 1),
        3 if text != "*" => format!("{}?", &text[..text.len() - 1]),
        _ => "*".to_owned(),
    };
    let other = rng.word(&[
        "arn:aws:kms:*:*:alias/*",
        "arn:aws:kms:us-east-1:111122223333:key/ffffffff-12ab-34cd-56ef-1234567890ab",
        "arn:aws:iam::111122223333:user/${aws:username}",
        "arn:aws:iam::111122223333:user/${aws:PrincipalTag/owner, 'alice'}",
        "arn:aws:s3:::b",
    ]);
    if rng.chance(6) {
        return ("NotResource", list(rng, vec![if apply { other } else { fitting }]));
    }
    ("Resource", list(rng, vec![if apply { fitting } else { other }]))
}

/// Breaks a document in one of the ways that are refused.
pub(crate) fn broken(rng: &mut Rng, kind: Kind, text: &str) -> String {
    if rng.chance(10) {
        return text.replacen("\"Effect\":", "\"Effect\":\"Deny\",\"Effect\":", 1);
    }
    if rng.chance(5) {
        return text[..text.len() - 1].to_owned();
    }
    let mut document: Value = serde_json::from_str(text).unwrap();
    if rng.chance(15) {
        let (name, value) =
            rng.pick(&[&("Version", "2012-10-18"), &("Extra", "x"), &("version", "2012-10-17")]);
        document[*name] = json!(value);
        return document.to_string();
    }
    let statement = match &mut document["Statement"] {
        Value::Array(all) if !all.is_empty() => &mut all[0],
        other => other,
    };
    if !statement.is_object() {
        *statement = json!({ "Effect": "Allow" });
    }
    let (name, value) = breaks(rng);
    if let (true, Some(statement)) =
        (name == "Principal" && kind.names_principals(), statement.as_object_mut())
    {
        statement.remove("NotPrincipal");
    }
    if let (true, Some(statement)) = (["Action", "Resource"].contains(&name), statement.as_object_mut()) {
        statement.remove(&format!("Not{name}"));
    }
    statement[name] = value;
    document.to_string()
}

/// An element with a value that no statement may have.
fn breaks(rng: &mut Rng) -> (&'static str, Value) {
    let condition = |operator: &str, key: &str, value: &str| json!({ operator: { key: value } });
    let all = [
        ("Effect", json!("allow")),
        ("Effect", Value::Null),
        ("Extra", json!("x")),
        ("Action", json!("Decrypt")),
        ("Condition", condition("StringEqual", "aws:username", "x")),
        ("Condition", condition("StringEqualsIfExist", "aws:username", "x")),
        ("Condition", condition("ForEachValue:StringEquals", "aws:username", "x")),
        ("Condition", condition("NullIfExists", "aws:username", "true")),
        ("Condition", condition("NumericEquals", "aws:MultiFactorAuthAge", "ten")),
        ("Condition", condition("DateLessThan", "aws:CurrentTime", "yesterday")),
        ("Condition", condition("DateLessThan", "aws:CurrentTime", "2026-02-30")),
        ("Condition", condition("Bool", "aws:SecureTransport", "yes")),
        ("Condition", condition("Null", "aws:SecureTransport", "1")),
        ("Condition", condition("IpAddress", "aws:SourceIp", "10.0.0.0/33")),
        ("Condition", condition("IpAddress", "aws:SourceIp", "10.0.0")),
        ("Condition", condition("BinaryEquals", "aws:username", "a!==")),
        ("Condition", condition("StringEquals", "kms:Nothing", "x")),
        ("Condition", condition("StringEquals", "username", "x")),
        ("Condition", condition("StringEquals", "kms:RecipientAttestation:PCR32", "x")),
        ("Condition", json!("x")),
        ("Condition", condition("StringLike", "aws:userid", "${aws:username")),
        ("Condition", condition("StringLike", "aws:userid", "${}")),
        ("Condition", condition("ArnLike", "aws:SourceArn", "arn:aws:s3:::${aws:username, x}")),
        ("Condition", condition("ForAllValues:StringEquals", "aws:username", "x")),
        ("Resource", json!("arn:aws:kms:us-east-1:111122223333:key/${aws:username")),
        ("Action", json!([])),
        ("Sid", json!("not plain")),
        ("Principal", json!({ "AWS": "arn:aws:iam::111122223333:user/nobody" })),
        ("Principal", json!({ "CanonicalUser": "x" })),
    ];
    all[rng.below(all.len())].clone()
}
