//! Random cases from a seed, biased so that many allow and every rule decides often.

mod condition;
mod facts;
mod grants;
mod policy;
mod rng;
mod values;
mod world;

use crate::case::{Case, GrantData, On, Who};
use crate::oracle::validity::Kind;
use policy::policy;
use rng::Rng;

/// The case of a seed.
pub(crate) fn case(seed: u64) -> Case {
    let rng = &mut Rng::new(seed);
    let mut case = Case { about: format!("seed {seed}"), directory: world::directory(), ..Case::default() };
    match rng.below(100) {
        0..=3 => web_identity(rng, &mut case),
        4..=10 => trust(rng, &mut case),
        11..=14 => retire(rng, &mut case),
        15..=18 => own_account(rng, &mut case),
        _ => kms(rng, &mut case),
    }
    case.narrowed = rng.chance(50);
    if rng.chance(4) {
        break_one(rng, &mut case);
    }
    case
}

fn kms(rng: &mut Rng, case: &mut Case) {
    case.caller = world::caller(rng, &mut case.directory);
    (case.action, case.on) = world::kms_action(rng, case.caller.account());
    facts::fill(rng, case);
    let on_key = matches!(case.on, On::Key(_));
    if on_key && rng.chance(45) {
        case.grants = (0..1 + rng.below(2)).map(|id| grants::grant(rng, case, id)).collect();
    }
    if case.action == "kms:CreateGrant" || rng.chance(2) {
        let new = grants::new_grant(rng, case);
        case.facts.request.encryption_context = new.equals.clone().or(new.subset.clone());
        case.facts.request.grant = Some(new);
    }
    if on_key {
        let allow = if case.grants.is_empty() { 75 } else { 40 };
        case.key_policy = Some(policy(rng, Kind::Key, case, allow));
    }
    own_policies(rng, case);
}

fn own_account(rng: &mut Rng, case: &mut Case) {
    case.caller = world::caller(rng, &mut case.directory);
    (case.action, case.on) = world::other_action(rng, case.caller.account());
    facts::fill(rng, case);
    own_policies(rng, case);
}

fn retire(rng: &mut Rng, case: &mut Case) {
    case.caller = world::caller(rng, &mut case.directory);
    case.action = "kms:RetireGrant".to_owned();
    // Now and then another account's key, and a grant that another account issued, which may be the caller's.
    let owner = if rng.chance(70) { case.caller.account().to_owned() } else { rng.word(&world::ACCOUNTS) };
    case.on = loop {
        if let (_, on @ On::Key(_)) = world::kms_action(rng, &owner) {
            break on;
        }
    };
    facts::fill(rng, case);
    let issuer = if rng.chance(60) { case.caller.account().to_owned() } else { rng.word(&world::ACCOUNTS) };
    case.retire = Some(GrantData { issuer: Some(issuer), ..grants::grant(rng, case, 0) });
    case.key_policy = Some(policy(rng, Kind::Key, case, 50));
    own_policies(rng, case);
}

fn trust(rng: &mut Rng, case: &mut Case) {
    case.caller = world::caller(rng, &mut case.directory);
    case.action = "sts:AssumeRole".to_owned();
    let account = if rng.chance(75) { case.caller.account() } else { rng.pick(&world::ACCOUNTS) };
    case.on = On::Other(format!("arn:aws:iam::{account}:role/{}", rng.pick(&world::ROLES)));
    facts::fill(rng, case);
    sts_parameters(rng, case);
    case.trust = Some(policy(rng, Kind::Trust, case, 80));
    own_policies(rng, case);
}

fn web_identity(rng: &mut Rng, case: &mut Case) {
    case.caller = Who::WebIdentity { provider: rng.word(&world::PROVIDERS) };
    case.action = "sts:AssumeRoleWithWebIdentity".to_owned();
    case.on = On::Other(format!("arn:aws:iam::{}:role/{}", world::ACCOUNTS[0], rng.pick(&world::ROLES)));
    facts::fill(rng, case);
    sts_parameters(rng, case);
    case.facts.web_identity = Some(facts::web_identity(rng));
    case.trust = Some(policy(rng, Kind::Trust, case, 80));
}

fn sts_parameters(rng: &mut Rng, case: &mut Case) {
    let request = &mut case.facts.request;
    request.external_id = rng.maybe(50, &["ext-1", "ext-2"]);
    request.role_session_name = rng.maybe(90, &world::SESSIONS);
    request.requested_source_identity = rng.maybe(40, &facts::VALUES);
    request.transitive_tag_keys =
        facts::TAG_KEYS[..rng.below(3)].iter().map(|key| (*key).to_owned()).collect();
}

/// Identity policies, the boundary, session policies. The root has none of them.
fn own_policies(rng: &mut Rng, case: &mut Case) {
    let root = matches!(case.caller, Who::Root { .. });
    if root {
        return;
    }
    for i in 0..rng.below(3) {
        let text = policy(rng, Kind::Identity, case, 70);
        case.identity.push((format!("policy-{i}"), text));
    }
    if rng.chance(25) {
        case.boundary = Some(policy(rng, Kind::Identity, case, 75));
    }
    let session = match case.caller {
        Who::RoleSession { .. } => rng.chance(35),
        Who::FederatedUser { .. } => true,
        _ => false,
    };
    if session {
        case.session = Some((0..rng.below(3)).map(|_| policy(rng, Kind::Session, case, 80)).collect());
    }
}

/// Breaks one of the policies.
fn break_one(rng: &mut Rng, case: &mut Case) {
    let mut documents: Vec<(Kind, &mut String)> = Vec::new();
    documents.extend(case.key_policy.iter_mut().map(|text| (Kind::Key, text)));
    documents.extend(case.trust.iter_mut().map(|text| (Kind::Trust, text)));
    documents.extend(case.identity.iter_mut().map(|(_, text)| (Kind::Identity, text)));
    documents.extend(case.boundary.iter_mut().map(|text| (Kind::Identity, text)));
    documents.extend(case.session.iter_mut().flatten().map(|text| (Kind::Session, text)));
    if documents.is_empty() {
        return;
    }
    let at = rng.below(documents.len());
    let (kind, text) = &mut documents[at];
    **text = policy::broken(rng, *kind, text);
}
