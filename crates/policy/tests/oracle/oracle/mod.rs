//! The evaluation written a second time: from the contract (section 6) and IAM's public documentation, on texts,
//! without anything compiled, in no hurry, and with no line in common with the engine.

mod condition;
mod context;
mod grant;
pub(crate) mod keys;
mod principal;
mod statement;
mod text;
pub(crate) mod validity;

pub(crate) use context::{Present, iso};

use crate::case::{Case, On, Who};
use crate::tally::Tally;
use principal::Named;
use statement::{Kind, Said, ask};
use std::collections::BTreeSet;

/// The oracle's answer. A denial may have several true reasons: the engine has to give one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed(BTreeSet<&'static str>),
    Denied(BTreeSet<&'static str>),
}

/// What the policies say about the request.
struct Heard {
    resource: Option<Said>,
    identity: bool,
    /// `None`: there is none, which limits nothing.
    boundary: Option<bool>,
    session: Option<bool>,
    denies: BTreeSet<&'static str>,
    grants: Vec<Named>,
}

/// Decides a case.
pub(crate) fn decide(case: &Case, tally: &mut Tally) -> Verdict {
    let heard = hear(case, tally);
    let verdict = conclude(case, &heard, tally);
    match &verdict {
        Verdict::Allowed(rules) => rules.iter().for_each(|rule| tally.count("allowed by", rule)),
        Verdict::Denied(rules) => rules.iter().for_each(|rule| tally.count("denied by", rule)),
    }
    verdict
}

fn hear(case: &Case, tally: &mut Tally) -> Heard {
    let mut denies = BTreeSet::new();
    let mut ask = |kind, policy: &str, name, tally: &mut Tally| {
        let said = ask(kind, policy, case, tally);
        if said.denies {
            denies.insert(name);
        }
        said
    };
    let key = case.key_policy.as_ref().map(|policy| ask(Kind::Key, policy, "deny: resource", tally));
    let trust = case.trust.as_ref().map(|policy| ask(Kind::Trust, policy, "deny: resource", tally));
    let mut identity = matches!(&case.caller, Who::Root { .. } | Who::FederatedUser { by: None, .. });
    for (_, policy) in &case.identity {
        identity |= !ask(Kind::Identity, policy, "deny: identity", tally).allows.is_empty();
    }
    let boundary = case
        .boundary
        .as_ref()
        .map(|policy| !ask(Kind::Identity, policy, "deny: boundary", tally).allows.is_empty());
    let session = case.session.as_ref().map(|policies| {
        let allowed: Vec<_> = policies
            .iter()
            .map(|p| !ask(Kind::Session, p, "deny: session", tally).allows.is_empty())
            .collect();
        allowed.contains(&true)
    });
    let grants = case.grants.iter().filter_map(|g| grant::lets(g, case, tally)).collect();
    Heard { resource: key.or(trust), identity, boundary, session, denies, grants }
}

/// The steps of contract section 6.1.
fn conclude(case: &Case, heard: &Heard, tally: &mut Tally) -> Verdict {
    if !heard.denies.is_empty() {
        return Verdict::Denied(heard.denies.clone());
    }
    let mut limits = BTreeSet::new();
    if heard.boundary == Some(false) {
        limits.insert("no boundary allows");
    }
    if heard.session == Some(false) {
        limits.insert("no session policy allows");
    }
    if let Some(grant) = &case.retire {
        return grant::retire(grant, case, heard.identity, limits, tally);
    }
    let Some(resource) = &heard.resource else {
        return without_resource_policy(heard, limits);
    };
    if matches!(case.caller, Who::WebIdentity { .. }) {
        return match resource.allows.is_empty() {
            true => Verdict::Denied(BTreeSet::from(["no resource policy allows"])),
            false => Verdict::Allowed(BTreeSet::from(["federated"])),
        };
    }
    match other_account(case) {
        false => same_account(resource, heard, limits),
        true => cross_account(resource, heard, limits),
    }
}

/// Whether the key, or the role that is to be assumed, is another account's.
pub(crate) fn other_account(case: &Case) -> bool {
    let nobody = matches!(case.caller, Who::Nobody | Who::WebIdentity { .. });
    let owned = !nobody && (matches!(case.on, On::Key(_)) || case.trust.is_some());
    owned && case.on.text().split(':').nth(4) != Some(case.caller.account())
}

/// Operations without a key: the caller's own policies decide.
fn without_resource_policy(heard: &Heard, mut limits: BTreeSet<&'static str>) -> Verdict {
    if heard.identity && limits.is_empty() {
        return Verdict::Allowed(BTreeSet::from(["identity"]));
    }
    if !heard.identity {
        limits.insert("no identity policy allows");
    }
    Verdict::Denied(limits)
}

/// Every way that is open, of the key policy's and of the grants'.
fn same_account(resource: &Said, heard: &Heard, limits: BTreeSet<&'static str>) -> Verdict {
    let free = limits.is_empty();
    let mut by = BTreeSet::new();
    for how in &resource.allows {
        match how {
            Named::Itself => by.insert("policy: itself"),
            Named::Issuer if free => by.insert("policy: issuer"),
            Named::Everybody if free => by.insert("policy: everybody"),
            Named::Account if free && heard.identity => by.insert("policy: delegated"),
            _ => false,
        };
    }
    for how in &heard.grants {
        match how {
            Named::Itself => by.insert("grant: itself"),
            Named::Issuer if free => by.insert("grant: issuer"),
            Named::Account if free && heard.identity => by.insert("grant: delegated"),
            _ => false,
        };
    }
    match by.is_empty() {
        false => Verdict::Allowed(by),
        true => refused(resource, heard, limits, |how| how == Named::Account),
    }
}

/// Both accounts have to allow; a grant is enough for both. There is no exception from the limits here.
fn cross_account(resource: &Said, heard: &Heard, limits: BTreeSet<&'static str>) -> Verdict {
    let mut by = BTreeSet::new();
    let enough = |how: &Named| *how != Named::Account || heard.identity;
    if limits.is_empty() && heard.grants.iter().any(enough) {
        by.insert("other account: grant");
    }
    if limits.is_empty() && heard.identity && !resource.allows.is_empty() {
        by.insert("other account: both");
    }
    match by.is_empty() {
        false => Verdict::Allowed(by),
        true => refused(resource, heard, limits, |_| true),
    }
}

/// The true reasons of an implicit denial. `needs_identity` says which ways of the key policy leave it to the
/// caller's identity policies.
fn refused(
    resource: &Said,
    heard: &Heard,
    limits: BTreeSet<&'static str>,
    needs_identity: impl Fn(Named) -> bool,
) -> Verdict {
    let granted = |how: &&Named| **how != Named::Account;
    if resource.allows.is_empty() && heard.grants.is_empty() {
        return Verdict::Denied(BTreeSet::from(["no resource policy allows"]));
    }
    let mut reasons = limits;
    if resource.allows.is_empty() {
        reasons.insert("no resource policy allows");
    }
    let delegated = resource.allows.iter().copied().any(needs_identity);
    let grant_delegated = heard.grants.iter().any(|how| !granted(&how));
    if !heard.identity && (delegated || grant_delegated) {
        reasons.insert("no identity policy allows");
    }
    Verdict::Denied(reasons)
}
