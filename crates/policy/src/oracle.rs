//! The decision told again, naively, from the document's text: what [`crate::decide`] has to equal.
//!
//! It shares no code with the engine: it reads the text with an ordinary JSON parser, compares ARNs as texts,
//! and matches wildcards by their recursive definition.

use serde_json::Value;

/// The answer without its details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    Allowed,
    ExplicitDeny,
    NoResourcePolicyAllows,
    NoIdentityPolicyAllows,
    OtherAccount,
}

/// Decides for a caller and a key given as ARNs.
pub(crate) fn verdict(policy: &Value, caller: &str, action: &str, key: &str) -> Verdict {
    let caller_account = caller.split(':').nth(4).unwrap();
    let same_account = key.split(':').nth(4).unwrap() == caller_account;
    let identity_allows = caller.ends_with(":root");
    let account_root = format!("arn:aws:iam::{caller_account}:root");
    let matching = |effect: &str, named: &[&str]| {
        list(&policy["Statement"]).iter().any(|statement| {
            statement["Effect"] == effect
                && principals(&statement["Principal"]).iter().any(|name| named.contains(&name.as_str()))
                && selected(statement, "Action", &action.to_lowercase(), true)
                && selected(statement, "Resource", key, false)
        })
    };
    let caller_itself = [caller, "*"];
    let caller_or_account = [caller, "*", account_root.as_str(), caller_account];
    let denied = matching("Deny", &caller_or_account);
    let allowed_at_all = matching("Allow", &caller_or_account);
    let allowed_directly = matching("Allow", &caller_itself);
    match (same_account, denied, allowed_at_all) {
        (false, false, true) if identity_allows => Verdict::Allowed,
        (false, _, _) => Verdict::OtherAccount,
        (true, true, _) => Verdict::ExplicitDeny,
        (true, false, false) => Verdict::NoResourcePolicyAllows,
        (true, false, true) if allowed_directly || identity_allows => Verdict::Allowed,
        (true, false, true) => Verdict::NoIdentityPolicyAllows,
    }
}

/// `*` is any run, `?` any one byte, everything else itself.
pub(crate) fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (None, Some(_)) => false,
        (Some((b'*', rest)), None) => glob(rest, text),
        (Some((b'*', rest)), Some((_, tail))) => glob(rest, text) || glob(pattern, tail),
        (Some(_), None) => false,
        (Some((p, rest)), Some((t, tail))) => (*p == b'?' || p == t) && glob(rest, tail),
    }
}

fn selected(statement: &Value, element: &str, text: &str, lower: bool) -> bool {
    let any = |value: &Value| {
        list(value).iter().any(|pattern| {
            let pattern = pattern.as_str().unwrap();
            let pattern = if lower { pattern.to_lowercase() } else { pattern.to_owned() };
            glob(pattern.as_bytes(), text.as_bytes())
        })
    };
    match (statement.get(element), statement.get(format!("Not{element}"))) {
        (Some(value), None) => any(value),
        (None, Some(value)) => !any(value),
        _ => false,
    }
}

fn principals(value: &Value) -> Vec<String> {
    let names = if value.is_object() { &value["AWS"] } else { value };
    list(names).iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn list(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        other => vec![other.clone()],
    }
}
