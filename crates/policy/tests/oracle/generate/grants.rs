//! Random grants on the key, and the grants that CreateGrant asks for.

use super::facts::pairs;
use super::rng::Rng;
use super::world;
use crate::case::{Case, GrantData, NewGrant, Pairs};

const SOURCES: [&str; 2] = ["arn:aws:s3:::bucket", "arn:aws:logs:us-east-1:111122223333:log-group:g"];

/// A grant that often means the caller and its action.
pub(crate) fn grant(rng: &mut Rng, case: &Case, id: usize) -> GrantData {
    let mut operations = some_operations(rng);
    let operation = case.action.strip_prefix("kms:").unwrap_or_default();
    if rng.chance(75) && world::GRANTABLE.contains(&operation) {
        operations.push(operation.to_owned());
    }
    let mut grant = GrantData {
        id: format!("grant-{id}"),
        grantee: principal(rng, case),
        retiring: rng.chance(40).then(|| principal(rng, case)),
        operations,
        source_arn: source(rng, case),
        ..GrantData::default()
    };
    if rng.chance(55) {
        let wanted = wanted_pairs(rng, &case.facts.request.encryption_context);
        if rng.chance(50) { grant.equals = Some(wanted) } else { grant.subset = Some(wanted) }
    }
    grant
}

/// Nothing mostly; else that of the request, or any.
fn source(rng: &mut Rng, case: &Case) -> Option<String> {
    let own = case.facts.source_arn.clone().filter(|_| rng.chance(60));
    own.or_else(|| rng.maybe(12, &SOURCES)).filter(|_| rng.chance(70))
}

fn some_operations(rng: &mut Rng) -> Vec<String> {
    (0..1 + rng.below(4)).map(|_| rng.word(&world::GRANTABLE)).collect()
}

/// A principal that can be a grantee and, mostly, means the caller.
fn principal(rng: &mut Rng, case: &Case) -> String {
    let (itself, issuer, account) = world::meaning(&case.caller);
    let mut means = match rng.below(10) {
        0..=3 => itself,
        4..=6 => issuer,
        7 => account,
        _ => Vec::new(),
    };
    // An account is named by its root here.
    means.retain(|text| text.len() != 12);
    if means.is_empty() {
        let text = world::anybody(rng);
        return if text.len() == 12 { format!("arn:aws:iam::{text}:root") } else { text };
    }
    means.swap_remove(rng.below(means.len()))
}

/// The request's own pairs, fewer of them, or others.
fn wanted_pairs(rng: &mut Rng, context: &Option<Pairs>) -> Pairs {
    let mut wanted = context.clone().unwrap_or_default();
    match rng.below(4) {
        0 => return pairs(rng),
        1 => {
            let first = wanted.keys().next().cloned();
            first.and_then(|key| wanted.remove(&key));
        }
        _ => {}
    }
    wanted
}

/// The grant that CreateGrant asks for: often one that a grant of the case covers.
pub(crate) fn new_grant(rng: &mut Rng, case: &Case) -> NewGrant {
    let mut new = NewGrant {
        operations: some_operations(rng),
        source_arn: rng.maybe(20, &SOURCES),
        grantee_principal: rng.chance(70).then(|| world::anybody(rng)),
        retiring_principal: rng.chance(50).then(|| world::anybody(rng)),
        ..NewGrant::default()
    };
    if new.grantee_principal.is_none() {
        new.grantee_service_principal = Some(rng.word(&world::SERVICES));
        new.retiring_service_principal = rng.maybe(70, &world::SERVICES);
    }
    if rng.chance(50) {
        let wanted = pairs(rng);
        if rng.chance(50) { new.equals = Some(wanted) } else { new.subset = Some(wanted) }
    }
    if let (Some(under), true) = (case.grants.first(), rng.chance(75)) {
        new.operations = under.operations[..1 + rng.below(under.operations.len())].to_vec();
        new.source_arn.clone_from(&under.source_arn);
        (new.equals, new.subset) = (under.equals.clone(), under.subset.clone());
        alter(rng, &mut new);
    }
    new
}

/// Stricter, looser, or as it is.
fn alter(rng: &mut Rng, new: &mut NewGrant) {
    let pair = |pairs: &mut Pairs, rng: &mut Rng| pairs.insert("more".to_owned(), rng.word(&["x", "y"]));
    match rng.below(8) {
        0 => new.equals = new.equals.take().or(new.subset.take()),
        1 => new.subset = new.subset.take().or(new.equals.take()),
        2 => (new.equals, new.subset) = (None, None),
        3 => new.source_arn = None,
        4 => new.operations.push(rng.word(&world::GRANTABLE)),
        5 => {
            new.subset.as_mut().map(|pairs| pair(pairs, rng));
        }
        6 => {
            new.equals.as_mut().map(|pairs| pair(pairs, rng));
        }
        _ => {}
    }
}
