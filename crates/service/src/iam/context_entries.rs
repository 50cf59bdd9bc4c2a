//! `ContextEntries` of a simulation: what condition keys are to read.

use crate::fault::Fault;
use crate::iam::simulation::invalid;
use std::net::IpAddr;
use strongroom_api::iam::shape::ContextEntry;
use strongroom_policy::{Given, Time};

/// Keys that a question always has a value for, but a simulation only if its request gives one.
const UNSAID: [&str; 1] = ["aws:securetransport"];

/// The same of keys that a caller has values for, when nobody is named who calls.
const CALLERS: [&str; 7] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principaltype",
    "aws:userid",
    "aws:username",
    "kms:calleraccount",
];

/// The most bytes of all keys and values together, and four more for each: as much as an encryption context has. A policy
/// may hold every value against every one of its patterns.
const BYTES_MAX: usize = 8_192;

/// The values that are given, and no value for what is not known.
pub(super) fn given(entries: Option<&Vec<ContextEntry>>, caller_is_named: bool) -> Result<Given, Fault> {
    let texts = |entry: &ContextEntry| {
        let values = entry.context_key_values.iter().flatten();
        values.chain(&entry.context_key_name).map(|text| text.len() + 4).sum::<usize>()
    };
    if entries.into_iter().flatten().map(texts).sum::<usize>() > BYTES_MAX {
        return Err(invalid(format!("The context entries have more than {BYTES_MAX} bytes together.")));
    }
    let mut said = Given::new();
    for entry in entries.into_iter().flatten() {
        let Some(name) = &entry.context_key_name else {
            return Err(invalid("A context entry has no ContextKeyName.".to_owned()));
        };
        let values = entry.context_key_values.clone().unwrap_or_default();
        check(name, entry.context_key_type.as_deref(), &values)?;
        if said.insert(name.to_ascii_lowercase(), values).is_some() {
            return Err(invalid(format!("The context key {name} comes twice.")));
        }
    }
    let callers = CALLERS.iter().filter(|_| !caller_is_named);
    for unknown in UNSAID.iter().chain(callers) {
        said.entry((*unknown).to_owned()).or_default();
    }
    Ok(said)
}

/// Whether a key has a value in a simulation, as policies write its name.
pub(super) fn is_given(given: &Given, key: &str) -> bool {
    given.get(&key.to_ascii_lowercase()).is_some_and(|values| !values.is_empty())
}

/// Holds the values against the type that they are said to have; without one they are texts.
fn check(name: &str, kind: Option<&str>, values: &[String]) -> Result<(), Fault> {
    let kind = kind.unwrap_or("stringList");
    let (is_list, base) = kind.strip_suffix("List").map_or((false, kind), |base| (true, base));
    if values.is_empty() || (!is_list && values.len() > 1) {
        return Err(invalid(format!("The context key {name} of type {kind} has {} values.", values.len())));
    }
    let reads: fn(&str) -> bool = match base {
        "string" => |_| true,
        "boolean" => |text| ["true", "false"].iter().any(|known| text.eq_ignore_ascii_case(known)),
        "numeric" => |text| text.parse::<f64>().is_ok_and(f64::is_finite),
        "ip" => |text| text.parse::<IpAddr>().is_ok(),
        "date" => |text| Time::parse(text).is_some(),
        // No condition key of KMS, IAM or STS holds bytes.
        _ => |_| false,
    };
    match values.iter().find(|value| !reads(value)) {
        Some(value) => Err(invalid(format!("The value {value} of {name} is not of type {kind}."))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, kind: Option<&str>, values: &[&str]) -> ContextEntry {
        ContextEntry {
            context_key_name: Some(name.to_owned()),
            context_key_type: kind.map(str::to_owned),
            context_key_values: Some(values.iter().map(|value| (*value).to_owned()).collect()),
        }
    }

    #[test]
    fn values_are_of_the_type_they_are_said_to_have() {
        let good: [(&str, &[&str]); 7] = [
            ("string", &["x"]),
            ("stringList", &["x", "y"]),
            ("boolean", &["True"]),
            ("numeric", &["-1.5"]),
            ("numericList", &["1", "2"]),
            ("ip", &["192.0.2.1"]),
            ("date", &["2030-01-01T00:00:00Z"]),
        ];
        for (kind, values) in good {
            let entries = vec![entry("aws:X", Some(kind), values)];
            assert_eq!(given(Some(&entries), true).unwrap()["aws:x"], values, "{kind}");
        }
        let bad: [(&str, &[&str]); 8] = [
            ("string", &[]),
            ("string", &["x", "y"]),
            ("stringList", &[]),
            ("boolean", &["yes"]),
            ("numericList", &["1", "x"]),
            ("ip", &["192.0.2.0/24"]),
            ("date", &["tomorrow"]),
            ("binary", &["AA=="]),
        ];
        for (kind, values) in bad {
            let entries = vec![entry("aws:X", Some(kind), values)];
            assert!(given(Some(&entries), true).is_err(), "{kind} {values:?}");
        }
    }

    #[test]
    fn entries_are_bounded_together() {
        let of =
            |length: usize| vec![entry("aws:X", None, &["x"]), entry("aws:Y", None, &[&"y".repeat(length)])];
        let longest = 8_192 - (5 + 4) - (1 + 4) - (5 + 4) - 4;
        assert!(given(Some(&of(longest)), true).is_ok());
        assert!(given(Some(&of(longest + 1)), true).is_err());
        let many = [""; 2_048];
        assert!(given(Some(&vec![entry("aws:X", None, &many)]), true).is_err());
    }

    #[test]
    fn key_is_given_once_whatever_its_case() {
        let entries = vec![entry("aws:X", None, &["1"]), entry("AWS:x", None, &["2"])];
        assert!(given(Some(&entries), true).is_err());
    }

    #[test]
    fn what_nobody_said_is_missing() {
        let entries = vec![entry("aws:UserName", None, &["bob"])];
        let found = given(Some(&entries), false).unwrap();
        assert!(is_given(&found, "aws:username"));
        assert!(found["aws:userid"].is_empty() && found["aws:securetransport"].is_empty());
        assert!(!is_given(&found, "aws:userid") && !is_given(&found, "aws:SourceIp"));
        assert!(!given(None, true).unwrap().contains_key("aws:userid"));
    }
}
