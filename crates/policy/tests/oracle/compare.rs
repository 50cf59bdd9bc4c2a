//! One case asked of both, and what counts as the same answer.

use crate::case::Case;
use crate::engine_side::{self, Answer};
use crate::explained;
use crate::oracle::{self, Verdict};
use crate::tally::Tally;
use strongroom_policy::Rule;

/// Asks both. The error says how they differ.
pub(crate) fn compare(case: &Case, tally: &mut Tally) -> Result<(), String> {
    let refused = oracle::validity::refused(case);
    let answer = match (engine_side::decide(case), refused) {
        (Err(_), Some(why)) => {
            tally.count("verdict", "refused");
            tally.count("refused", why.split(' ').next().unwrap_or_default());
            return Ok(());
        }
        (Err(error), None) => return Err(format!("the engine refuses: {error}; the oracle does not")),
        (Ok(_), Some(why)) => return Err(format!("the oracle refuses: {why}; the engine does not")),
        (Ok(answer), None) => answer,
    };
    let verdict = oracle::decide(case, tally);
    agree(&answer, &verdict, case)?;
    let allowed = matches!(verdict, Verdict::Allowed(_));
    tally.count("verdict", if allowed { "allowed" } else { "denied" });
    tally.count("rule of the engine", &format!("R{:02} {:?}", answer.rule.number(), answer.rule));
    tally.count("action", &case.action);
    explained::check(case, &answer, tally)
}

/// Whether the engine's answer is one that the oracle gives: the verdict, a true reason, and silence about another
/// account's resources.
pub(crate) fn agree(answer: &Answer, verdict: &Verdict, case: &Case) -> Result<(), String> {
    let same = match (&answer.verdict, verdict) {
        (Verdict::Allowed(_), Verdict::Allowed(by)) => by.iter().any(|by| is(answer.rule, by)),
        (Verdict::Denied(reason), Verdict::Denied(reasons)) => {
            reason.is_subset(reasons) && answer.foreign == oracle::other_account(case)
        }
        _ => false,
    };
    match same {
        true => Ok(()),
        false => Err(format!("the engine answers {answer:?}; the oracle {verdict:?}")),
    }
}

/// Whether a rule of the engine is what the oracle calls so.
fn is(rule: Rule, by: &str) -> bool {
    match by {
        "policy: itself" => rule == Rule::ResourcePolicyNamesCaller,
        "policy: issuer" | "policy: everybody" => rule == Rule::ResourcePolicyNamesIssuer,
        "policy: delegated" => rule == Rule::ResourcePolicyDelegates,
        "grant: itself" => rule == Rule::GrantToCaller,
        "grant: issuer" | "grant: delegated" => rule == Rule::GrantToIssuer,
        "other account: grant" => matches!(rule, Rule::GrantToCaller | Rule::GrantToIssuer),
        "other account: both" => rule == Rule::CrossAccount,
        "identity" => rule == Rule::IdentityAllows,
        // Retiring and web identities have no rules of their own.
        _ => by.starts_with("retire") || by == "federated",
    }
}
