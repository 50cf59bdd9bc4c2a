//! Is it safe to delete a key? What would break, as far as the state and the audit record tell.

use serde::{Deserialize, Serialize};
use strongroom_audit::{Usage, event_seconds};

/// A key that was used within so many days is in use.
const IN_USE_DAYS: u64 = 90;

const DAY: u64 = 86_400;

/// The operations after which something is encrypted under the key, or depends on it.
const LEAVES_CIPHERTEXT: [&str; 6] = [
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "ReEncrypt",
];

/// What the running service says about a key: its answer to `KeyUsage`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct KeyFacts {
    /// The key's ARN.
    pub key: String,
    /// Its state.
    pub state: String,
    /// When it was made.
    pub created: String,
    /// When it will be deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deletion: Option<String>,
    /// The last use that the state knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_use: Option<LastUse>,
    /// Aliases that lead to it.
    pub aliases: Vec<String>,
    /// Grants on it.
    pub grants: Vec<Grant>,
    /// How many more there are.
    pub grants_left_out: usize,
    /// Whom its key policy names.
    pub policy_principals: Vec<String>,
    /// Whether its key policy is the default one.
    pub default_policy: bool,
}

/// A last use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LastUse {
    /// When.
    pub at: String,
    /// The operation.
    pub operation: String,
    /// The request's id.
    pub request_id: String,
    /// The record's id.
    pub event_id: String,
}

/// A grant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: String,
    /// To whom.
    pub grantee: String,
    /// For what.
    pub operations: Vec<String>,
}

/// Whether a key may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is in use.
    InUse,
    /// It is not in use, and something hangs on it.
    LookFirst,
    /// Nothing is known that would break.
    NothingKnown,
    /// No service runs that could say what hangs on it.
    Unknown,
}

impl Verdict {
    /// For a human.
    pub fn text(self) -> &'static str {
        match self {
            Self::InUse => "No: the key is in use",
            Self::LookFirst => "Look first: the key is not in use, but something hangs on it",
            Self::NothingKnown => "Nothing is known that would break",
            Self::Unknown => "Unknown: no service runs that could say what hangs on the key",
        }
    }
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Deletion {
    /// Whether the key may go.
    pub verdict: Verdict,
    /// What would break, or might: one sentence each.
    pub breaks: Vec<String>,
}

/// What would break. `usage` has the uses on the record, `facts` what the service says, `now` is in seconds.
pub fn deletion(usage: &Usage, facts: Option<&KeyFacts>, now: u64) -> Deletion {
    let mut breaks = Vec::new();
    let in_use = uses(usage, facts, now, &mut breaks);
    ciphertexts(usage, &mut breaks);
    if let Some(facts) = facts {
        hangs_on(facts, &mut breaks);
    }
    let verdict = match (in_use, facts, breaks.is_empty()) {
        (true, ..) => Verdict::InUse,
        (false, None, _) => Verdict::Unknown,
        (false, Some(_), true) => Verdict::NothingKnown,
        (false, Some(_), false) => Verdict::LookFirst,
    };
    Deletion { verdict, breaks }
}

/// Who used it lately, and whether anybody did.
fn uses(usage: &Usage, facts: Option<&KeyFacts>, now: u64, breaks: &mut Vec<String>) -> bool {
    let recent = |at: &str| event_seconds(at).is_none_or(|at| at.saturating_add(IN_USE_DAYS * DAY) >= now);
    for (principal, operations) in &usage.by {
        let lately: Vec<&str> = operations
            .iter()
            .filter(|(_, count)| recent(&count.last))
            .map(|(name, _)| name.as_str())
            .collect();
        if !lately.is_empty() {
            breaks.push(format!(
                "{principal} used it for {} in the last {IN_USE_DAYS} days",
                lately.join(", ")
            ));
        }
    }
    if usage.others.values().any(|count| recent(&count.last)) {
        breaks.push(format!("others used it in the last {IN_USE_DAYS} days"));
    }
    let known = facts.and_then(|facts| facts.last_use.as_ref()).filter(|last| recent(&last.at));
    if breaks.is_empty()
        && let Some(last) = known
    {
        breaks.push(format!("it was used for {} at {}", last.operation, last.at));
    }
    !breaks.is_empty()
}

fn ciphertexts(usage: &Usage, breaks: &mut Vec<String>) {
    let counts = usage.by.values().chain([&usage.others]).flatten();
    let made: u64 = counts
        .filter(|(operation, _)| LEAVES_CIPHERTEXT.contains(&operation.as_str()))
        .map(|(_, count)| count.count)
        .sum();
    if made > 0 {
        breaks.push(format!("what was encrypted in {made} calls on the record could not be opened any more"));
    }
}

fn hangs_on(facts: &KeyFacts, breaks: &mut Vec<String>) {
    breaks.extend(facts.aliases.iter().map(|alias| format!("{alias} leads to it")));
    let grant = |grant: &Grant| {
        format!("grant {} lets {} use it for {}", grant.id, grant.grantee, grant.operations.join(", "))
    };
    breaks.extend(facts.grants.iter().map(grant));
    if facts.grants_left_out > 0 {
        breaks.push(format!("{} more grants are on it", facts.grants_left_out));
    }
    breaks.extend(facts.policy_principals.iter().map(|name| format!("its key policy names {name}")));
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use strongroom_audit::UseCount;

    const NOW: u64 = 1_767_225_600 + 200 * DAY;

    fn used(operation: &str, last: &str) -> Usage {
        let count = UseCount { count: 3, last: last.to_owned() };
        let operations = BTreeMap::from([(operation.to_owned(), count)]);
        Usage { count: 3, by: BTreeMap::from([("alice".to_owned(), operations)]), ..Usage::default() }
    }

    #[test]
    fn key_that_was_used_lately_is_in_use() {
        let answer = deletion(&used("Decrypt", "2026-07-01T00:00:00Z"), Some(&KeyFacts::default()), NOW);
        assert_eq!(answer.verdict, Verdict::InUse);
        assert_eq!(answer.breaks, ["alice used it for Decrypt in the last 90 days"]);
    }

    #[test]
    fn last_use_that_only_the_state_knows_counts() {
        let last = LastUse {
            at: "2026-07-01T00:00:00Z".to_owned(),
            operation: "Sign".to_owned(),
            request_id: String::new(),
            event_id: String::new(),
        };
        let facts = KeyFacts { last_use: Some(last), ..KeyFacts::default() };
        assert_eq!(deletion(&Usage::default(), Some(&facts), NOW).verdict, Verdict::InUse);
    }

    #[test]
    fn old_ciphertexts_aliases_grants_and_policy_want_a_look() {
        let facts = KeyFacts {
            aliases: vec!["alias/a".to_owned()],
            grants: vec![Grant {
                id: "g".to_owned(),
                grantee: "bob".to_owned(),
                operations: vec!["Encrypt".to_owned()],
            }],
            policy_principals: vec!["carol".to_owned()],
            ..KeyFacts::default()
        };
        let answer = deletion(&used("Encrypt", "2026-01-01T00:00:00Z"), Some(&facts), NOW);
        assert_eq!(answer.verdict, Verdict::LookFirst);
        let expected = [
            "what was encrypted in 3 calls on the record could not be opened any more",
            "alias/a leads to it",
            "grant g lets bob use it for Encrypt",
            "its key policy names carol",
        ];
        assert_eq!(answer.breaks, expected);
    }

    #[test]
    fn key_on_which_nothing_hangs_and_one_of_which_nobody_knows() {
        let nothing = deletion(&Usage::default(), Some(&KeyFacts::default()), NOW);
        assert_eq!((nothing.verdict, nothing.breaks.len()), (Verdict::NothingKnown, 0));
        assert_eq!(deletion(&Usage::default(), None, NOW).verdict, Verdict::Unknown);
    }
}
