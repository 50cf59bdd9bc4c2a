//! What the random cases have to reach, so that their agreement says something.

use crate::oracle::keys;
use crate::tally::Tally;
use strongroom_policy::Rule;

/// Every operator without prefix and suffix.
#[rustfmt::skip]
const OPERATORS: [&str; 27] = [
    "StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
    "StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals",
    "NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan",
    "DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress",
    "NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null",
];

/// Keys of what Strongroom does not have: never present.
const NEVER_PRESENT: [&str; 3] = ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:ResourceOrgID"];

/// Keys that no request of these cases lacks.
#[rustfmt::skip]
const ALWAYS_PRESENT: [&str; 5] =
    ["aws:SecureTransport", "aws:CurrentTime", "aws:EpochTime", "aws:ResourceAccount", "aws:ViaAWSService"];

#[rustfmt::skip]
const PRINCIPALS: [&str; 12] = [
    "everybody true", "account id true", "account id false", "root true", "root false", "user true", "user false",
    "role true", "role false", "session true", "session false", "Service false",
];

#[rustfmt::skip]
const MORE_PRINCIPALS: [&str; 10] = [
    "federated user true", "federated user false", "unique id true", "Federated true", "Federated false",
    "NotPrincipal Deny true", "NotPrincipal Deny false", "NotPrincipal Allow true", "NotPrincipal Allow false",
    "AWS for a web identity false",
];

#[rustfmt::skip]
const WAYS: [&str; 12] = [
    "policy: itself", "policy: issuer", "policy: everybody", "policy: delegated", "grant: itself", "grant: issuer",
    "grant: delegated", "other account: grant", "other account: both", "identity", "retire", "federated",
];

/// Ways that are open in few of the cases about a grant to retire, which are few themselves.
const RARE_WAYS: [&str; 2] = ["retire: issued", "retire: issued on another's key"];

/// Whose account issued the grant that is to be retired.
#[rustfmt::skip]
const ISSUERS: [&str; 4] = [
    "issued by the caller's account true, by the key's true", "issued by the caller's account true, by the key's false",
    "issued by the caller's account false, by the key's true", "issued by the caller's account false, by the key's false",
];

#[rustfmt::skip]
const REASONS: [&str; 8] = [
    "deny: resource", "deny: identity", "deny: boundary", "deny: session", "no resource policy allows",
    "no identity policy allows", "no boundary allows", "no session policy allows",
];

/// Checks the counts of so many cases.
pub(crate) fn check(tally: &Tally, cases: u64) {
    let allowed = tally.get("verdict", "allowed");
    assert!(allowed * 4 >= cases, "{allowed} of {cases} are allowed: less than a quarter");
    let mut missing = Vec::new();
    let mut at_least = |group: &str, name: &str, wanted: u64| {
        let found = tally.get(group, name);
        if found < wanted {
            missing.push(format!("{group}: {name} {found}, wanted {wanted}"));
        }
    };
    for rule in Rule::ALL {
        at_least("rule of the engine", &format!("R{:02} {rule:?}", rule.number()), cases / 1_000);
    }
    WAYS.iter().for_each(|way| at_least("allowed by", way, cases / 1_000));
    RARE_WAYS.iter().for_each(|way| at_least("allowed by", way, cases / 4_000));
    ISSUERS.iter().for_each(|whose| at_least("retired grant", whose, cases / 4_000));
    REASONS.iter().for_each(|reason| at_least("denied by", reason, cases / 1_000));
    PRINCIPALS.iter().chain(&MORE_PRINCIPALS).for_each(|name| at_least("principal", name, cases / 2_000));
    operators(&mut at_least, cases);
    for key in keys::ALL {
        if !ALWAYS_PRESENT.contains(key) {
            at_least("key", &format!("{key} missing"), cases / 50_000);
        }
        if !NEVER_PRESENT.contains(key) {
            at_least("key", &format!("{key} present"), cases / 20_000);
        }
    }
    at_least("verdict", "refused", cases / 100);
    at_least("explanation", "changes allow", cases / 1_000);
    assert!(missing.is_empty(), "not reached often enough:\n{}", missing.join("\n"));
}

/// Each alone and with IfExists, and with both sets, met, not met and without its key.
fn operators(at_least: &mut impl FnMut(&str, &str, u64), cases: u64) {
    for operator in OPERATORS {
        let (outcomes, sets): (&[&str], &[&str]) = match operator {
            "Null" => (&["true", "false", "missing"], &[""]),
            _ => (&["true", "false", "missing"], &["", "ForAnyValue:", "ForAllValues:"]),
        };
        for (outcome, set) in outcomes.iter().flat_map(|outcome| sets.iter().map(move |set| (outcome, set))) {
            // The rarest set of numbers is met once in a hundred thousand cases. Half of that is wanted.
            let (alone, in_set) = (cases / 20_000, cases / 200_000);
            at_least(
                "operator",
                &format!("{set}{operator} {outcome}"),
                if set.is_empty() { alone } else { in_set },
            );
            if operator != "Null" && set.is_empty() {
                at_least("operator", &format!("{operator}IfExists {outcome}"), cases / 50_000);
            }
        }
    }
}
