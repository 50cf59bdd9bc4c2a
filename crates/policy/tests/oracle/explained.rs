//! Denials explained: the explanation is of the decision that was made, and the changes that it suggests allow. Trust
//! policies, tokens of providers and retired grants have tests of their own beside the engine.

use crate::case::{Case, Facts, Who};
use crate::engine_side::{self, Answer};
use crate::oracle::Verdict;
use crate::tally::Tally;
use std::collections::BTreeMap;
use strongroom_policy::{Change, PolicyName};

/// One in so many denials is explained: that takes longer than to decide.
const EVERY: u64 = 50;

/// Has one in [`EVERY`] denials explained. The error says what is wrong with the explanation.
pub(crate) fn check(case: &Case, answer: &Answer, tally: &mut Tally) -> Result<(), String> {
    let by_policies = case.trust.is_none() && case.retire.is_none();
    if matches!(answer.verdict, Verdict::Allowed(_)) || !by_policies {
        return Ok(());
    }
    tally.count("explanation", "denials");
    if tally.get("explanation", "denials") % EVERY != 1 {
        return Ok(());
    }
    let explanation = engine_side::explain(case).map_err(|error| error.to_string())?;
    if explanation.allowed || explanation.rule != answer.rule {
        let rule = explanation.rule;
        return Err(format!("the engine answers {answer:?} and explains {rule:?}"));
    }
    let changes = explanation.changes;
    if changes.is_empty() {
        tally.count("explanation", "nothing helps");
        return Ok(());
    }
    if !is_named(case) {
        tally.count("explanation", "somebody else has the name");
        return Ok(());
    }
    match engine_side::decide(&after(case, &changes)?) {
        Ok(Answer { verdict: Verdict::Allowed(_), .. }) => {
            tally.count("explanation", "changes allow");
            Ok(())
        }
        other => Err(format!("after {changes:?} the engine answers {other:?}")),
    }
}

/// Whether the caller's ARN, which a change may put into a policy, means the caller and nobody of an older name.
fn is_named(case: &Case) -> bool {
    let (arn, id) = match &case.caller {
        Who::User { account, path_and_name, id } => {
            (format!("arn:aws:iam::{account}:user/{path_and_name}"), id)
        }
        Who::RoleSession { account, role, id, .. } => (format!("arn:aws:iam::{account}:role/{role}"), id),
        Who::Nobody | Who::Root { .. } | Who::FederatedUser { .. } | Who::WebIdentity { .. } => return true,
    };
    case.directory.get(&arn) == Some(id)
}

/// The case after changes, applied in the order given.
fn after(case: &Case, changes: &[Change]) -> Result<Case, String> {
    let (mut texts, mut facts) = (texts(case), case.facts.clone());
    for change in changes {
        if let Change::Bring { values, .. } = change {
            values.iter().try_for_each(|(key, value)| bring(&mut facts, key, value))?;
            continue;
        }
        let policy = change.policy().ok_or_else(|| format!("{change:?} changes no policy"))?;
        let before = texts.remove(policy);
        if let Some(text) = change.apply(before.as_deref()).map_err(|error| error.to_string())? {
            texts.insert(policy.clone(), text);
        }
    }
    Ok(with(Case { facts, ..case.clone() }, texts))
}

/// The policies of a case by name.
fn texts(case: &Case) -> BTreeMap<PolicyName, String> {
    let key = case.key_policy.iter().map(|text| (PolicyName::KeyPolicy, text));
    let identity =
        case.identity.iter().map(|(name, text)| (PolicyName::Identity(name.as_str().into()), text));
    let boundary = case.boundary.iter().map(|text| (PolicyName::Boundary, text));
    let session = case.session.iter().flatten().enumerate();
    let session = session.map(|(place, text)| (PolicyName::Session(place), text));
    key.chain(identity).chain(boundary).chain(session).map(|(name, text)| (name, text.clone())).collect()
}

/// A case with these policies in place of its own.
fn with(mut case: Case, texts: BTreeMap<PolicyName, String>) -> Case {
    (case.key_policy, case.boundary) = (None, None);
    case.identity.clear();
    // A session that was limited stays so: without a policy, to nothing.
    case.session.iter_mut().for_each(Vec::clear);
    for (name, text) in texts {
        match name {
            PolicyName::KeyPolicy => case.key_policy = Some(text),
            PolicyName::TrustPolicy => case.trust = Some(text),
            PolicyName::Identity(name) => case.identity.push((name.to_string(), text)),
            PolicyName::Boundary => case.boundary = Some(text),
            PolicyName::Session(_) => case.session.get_or_insert_default().push(text),
        }
    }
    case
}

/// As the request has it that the caller signs with a session made with a code.
fn bring(facts: &mut Facts, key: &str, value: &str) -> Result<(), String> {
    match key {
        "aws:MultiFactorAuthPresent" => facts.mfa_present = value.parse().ok(),
        "aws:MultiFactorAuthAge" => facts.mfa_age_s = value.parse().ok(),
        other => return Err(format!("nobody knows how to bring {other}")),
    }
    Ok(())
}
