//! Decisions by the index against those of a walk through all grants, and how little of it they look at.

use super::super::{Grants, tests::ROLE, tests::grant_with};
use super::*;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use strongroom_policy::{
    Caller, Context, Evidence, GrantFacts, Pairs, RequestFacts, Resource, Rule, ViaFacts, decide_with_grants,
};
use strongroom_types::{AccountId, KeyArn, UniqueId};

const OPERATIONS: [&str; 4] = ["CreateGrant", "Decrypt", "DescribeKey", "Encrypt"];

/// The caller's session, its role, its account, and another role, by name and unique id.
const GRANTEES: [(&str, Option<&str>); 4] = [
    ("arn:aws:sts::111122223333:assumed-role/r/s", Some(ROLE)),
    ("arn:aws:iam::111122223333:role/r", Some(ROLE)),
    ("arn:aws:iam::111122223333:root", None),
    ("arn:aws:iam::111122223333:role/other", Some("AROAOTHEROTHER")),
];

/// Which grantee, operations, a constraint (whether on the whole context, and its pairs), and a source ARN.
type Made = (usize, Vec<&'static str>, Option<(bool, Pairs)>, Option<String>);

fn some_pairs() -> impl Strategy<Value = Pairs> {
    btree_map("[abc]", "[12]", 0..4)
}

fn some_grant() -> impl Strategy<Value = Made> {
    // Few are without: one that lets everything hides what is done with the others.
    let constraint = proptest::option::weighted(0.9, (any::<bool>(), some_pairs()));
    let operations = subsequence(OPERATIONS.to_vec(), 1..=3);
    (0..GRANTEES.len(), operations, constraint, proptest::option::of("[xy]"))
}

fn entry(number: usize, (grantee, operations, constraint, source_arn): &Made) -> Arc<GrantEntry> {
    let mut id = [0; 32];
    // Ids are not in the order in which the grants were made.
    id[..2].copy_from_slice(&[(number * 37 % 251) as u8, number as u8]);
    let of_kind = |equals: bool| {
        constraint.as_ref().filter(|(whole, _)| *whole == equals).map(|(_, pairs)| pairs.clone())
    };
    let constraints = (of_kind(true), of_kind(false));
    grant_with(id, GRANTEES[*grantee], operations, constraints, source_arn.clone())
}

fn caller() -> Caller {
    let account = AccountId::parse("111122223333").unwrap();
    Caller::role_session(account, "r", UniqueId::parse(ROLE).unwrap(), "s")
}

/// An operation, an encryption context, a source ARN, and the grant that CreateGrant is to make.
type Request = (&'static str, Pairs, Option<String>, Made);

fn some_request() -> impl Strategy<Value = Request> {
    let operation = select(OPERATIONS.to_vec());
    (operation, some_pairs(), proptest::option::of("[xy]"), some_grant())
}

/// What decides a request: by grants that are found, and by all of the caller's, one after the other.
fn both_ways(grants: &Grants, (operation, pairs, source_arn, child): &Request) -> [Rule; 2] {
    let child = entry(0, child);
    let new = GrantFacts {
        operations: child.grant.operations,
        constraints: child.grant.constraints.as_ref(),
        source_arn: child.grant.source_arn.as_deref(),
        ..GrantFacts::default()
    };
    let request =
        RequestFacts { encryption_context: Some(pairs), grant: Some(new), ..RequestFacts::default() };
    let via = ViaFacts { source_arn: source_arn.as_deref(), ..ViaFacts::default() };
    let (caller, context) = (caller(), Context { request, via, ..Context::default() });
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    let (key, action) = (KeyArn::parse(key).unwrap(), format!("kms:{operation}"));
    let resource = Resource::Key(&key);
    let question = Question { caller: &caller, action: action.as_str().into(), resource, context: &context };
    let evidence = Evidence::default();
    let found = decide_with_grants(&question, &evidence, grants.for_request(&question));
    let keys = caller.index_keys();
    let all = keys.iter().flat_map(|grantee| grants.of(grantee)).map(|entry| &entry.grant);
    [found.rule(), decide_with_grants(&question, &evidence, all).rule()]
}

proptest! {
    #[test]
    fn decisions_are_those_of_a_walk(
        made in vec(some_grant(), 0..40),
        deleted in vec(0_usize..40, 0..20),
        requests in vec(some_request(), 1..12),
    ) {
        let mut grants = Grants::default();
        let entries: Vec<_> = made.iter().enumerate().map(|(number, made)| entry(number, made)).collect();
        entries.iter().for_each(|entry| grants.put(entry.clone()));
        let before = grants.clone();
        for entry in deleted.iter().filter_map(|number| entries.get(*number)) {
            grants.delete(&entry.id);
        }
        for request in &requests {
            for grants in [&grants, &before] {
                let [found, walked] = both_ways(grants, request);
                prop_assert_eq!(found, walked, "{:?}", request);
            }
        }
        for grantee in caller().index_keys() {
            let all = grants.of(&grantee).count();
            prop_assert_eq!(grants.number_of(&grantee), all);
            for operation in [None, Some(GrantOperation::Encrypt)] {
                let lists = |entry: &&Arc<GrantEntry>| {
                    operation.is_some_and(|operation| entry.grant.operations.contains(operation))
                };
                let listing = grants.of(&grantee).filter(lists).count();
                prop_assert_eq!(grants.listing(&grantee, operation, true).filter(lists).count(), listing);
                prop_assert_eq!(grants.listing(&grantee, operation, true).count(), listing);
                prop_assert_eq!(grants.listing(&grantee, operation, false).count(), all - listing);
            }
        }
    }
}

/// How often a place is looked up until a request is let, or none is left that could let it.
fn seeks(grants: &Grants, operation: &str, pairs: &[(&str, &str)]) -> (bool, usize) {
    let (found, seeks, _) = looks(grants, operation, pairs);
    (found, seeks)
}

/// The same, and how many grants are passed or come to.
fn looks(grants: &Grants, operation: &str, pairs: &[(&str, &str)]) -> (bool, usize, usize) {
    let pairs: Pairs = pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let request = RequestFacts { encryption_context: Some(&pairs), ..RequestFacts::default() };
    let (caller, context) = (caller(), Context { request, ..Context::default() });
    let action = format!("kms:{operation}");
    let resource = Resource::None;
    let question = Question { caller: &caller, action: action.as_str().into(), resource, context: &context };
    SEEKS.set(0);
    STEPS.set(0);
    let covers = |grant: &strongroom_policy::Grant| {
        let operation = GrantOperation::parse(operation).unwrap();
        grant.authority().covers(operation, Some(&pairs), None).is_ok()
    };
    (grants.for_request(&question).any(covers), SEEKS.get(), STEPS.get())
}

#[test]
fn of_many_grants_that_begin_alike_a_few_are_looked_at() {
    let mut grants = Grants::default();
    let put = |grants: &mut Grants, number: u16, kind: u8, operations: &[&str], constraints| {
        let mut id = [kind; 32];
        id[..2].copy_from_slice(&number.to_be_bytes());
        grants.put(grant_with(id, GRANTEES[1], operations, constraints, None));
    };
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    for number in 0..2_000_u16 {
        let alike = Pairs::from([pair("tenant", "x"), pair("volume", &number.to_string())]);
        put(&mut grants, number, 1, &["Decrypt"], (Some(alike.clone()), None));
        put(&mut grants, number, 2, &["Decrypt"], (None, Some(alike)));
        // The names of the pairs differ, not their values.
        let named = Pairs::from([pair("tenant", "x"), pair(&format!("volume-{number}"), "")]);
        put(&mut grants, number, 3, &["Decrypt"], (None, Some(named)));
        // They differ from the first pair on.
        let first = Pairs::from([pair(&format!("name-{number}"), ""), pair("tenant", "x")]);
        put(&mut grants, number, 5, &["Decrypt"], (None, Some(first)));
        put(&mut grants, number, 4, &["Encrypt"], (None, None));
    }
    let (tenant, volume, app) = (("tenant", "x"), ("volume", "77"), ("app", "a"));
    for (operation, context, lets) in [
        ("Decrypt", &[tenant, volume][..], true),
        ("Decrypt", &[app, tenant, volume], true),
        ("Decrypt", &[tenant, ("volume-77", "")], true),
        ("Decrypt", &[app, tenant, ("volume", "none"), ("zone", "z")], false),
        ("Decrypt", &[tenant], false),
        ("Decrypt", &[volume], false),
        ("Decrypt", &[], false),
        ("Encrypt", &[tenant], true),
        ("Encrypt", &[], true),
        ("DescribeKey", &[], false),
        ("GenerateDataKey", &[tenant, volume], false),
    ] {
        let (found, seeks) = seeks(&grants, operation, context);
        assert_eq!(found, lets, "{operation} {context:?}");
        assert!((1..25).contains(&seeks), "{operation} {context:?}: {seeks}");
    }
}

/// Where every grant has a place of its own to go on at, nothing can be passed over: they are walked through.
#[test]
fn grants_that_are_all_in_the_way_are_not_looked_up_one_by_one() {
    let mut grants = Grants::default();
    let names: Vec<String> = (0..600).map(|number| format!("a{number:03}")).collect();
    for (number, name) in names.iter().enumerate() {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&(number as u16).to_be_bytes());
        // The context has the first of its pairs.
        let pairs = Pairs::from([(name.clone(), String::new()), ("b".to_owned(), String::new())]);
        grants.put(grant_with(id, GRANTEES[1], &["Decrypt"], (None, Some(pairs)), None));
    }
    let mut context: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let (found, few) = seeks(&grants, "Decrypt", &context);
    assert!(!found && few < 25, "{found} {few}");
    context.push(("b", ""));
    let (found, few) = seeks(&grants, "Decrypt", &context);
    assert!(found && few < 25, "{found} {few}");
}

/// A grant by its number.
fn numbered(
    number: u16,
    operations: &[&str],
    constraints: (Option<Pairs>, Option<Pairs>),
) -> Arc<GrantEntry> {
    let mut id = [0; 32];
    id[..2].copy_from_slice(&number.to_be_bytes());
    grant_with(id, GRANTEES[1], operations, constraints, None)
}

/// The members of a list whose bits are set.
fn chosen<T: Copy>(all: &[T], bits: u16) -> Vec<T> {
    all.iter().enumerate().filter(|(at, _)| (bits >> *at) & 1 == 1).map(|(_, one)| *one).collect()
}

/// A constraint on the whole context is looked up once, however many there are on parts of it.
#[test]
fn constraints_equal_to_parts_of_the_context_are_not_walked_through() {
    let names: Vec<String> = (0..12).map(|number| format!("k{number:02}")).collect();
    let context: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "v")).collect();
    let part = |bits: u16| -> Pairs {
        chosen(&context, bits).into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    let whole = (1 << 12) - 1;
    let mut grants = Grants::default();
    for bits in 0..whole {
        grants.put(numbered(bits, &["Decrypt"], (Some(part(bits)), None)));
    }
    let (found, seeks, steps) = looks(&grants, "Decrypt", &context);
    assert!(!found && (1..6).contains(&seeks) && (2..40).contains(&steps), "{found} {seeks} {steps}");
    let (found, seeks, steps) = looks(&grants, "Decrypt", &context[..11]);
    assert!(found && (1..6).contains(&seeks) && (2..40).contains(&steps), "{found} {seeks} {steps}");
    grants.put(numbered(whole, &["Decrypt"], (Some(part(whole)), None)));
    let (found, seeks, steps) = looks(&grants, "Decrypt", &context);
    assert!(found && (1..6).contains(&seeks) && (2..40).contains(&steps), "{found} {seeks} {steps}");
    // They are in nobody's way among constraints on a part.
    grants.put(numbered(whole + 1, &["Decrypt"], (None, Some(part(1 << 11)))));
    grants.delete(&numbered(whole, &["Decrypt"], (None, None)).id);
    let (found, seeks, steps) = looks(&grants, "Decrypt", &context);
    assert!(found && (1..6).contains(&seeks) && (1..40).contains(&steps), "{found} {seeks} {steps}");
}

/// Sets of operations are passed in one walk.
#[test]
fn many_sets_of_operations_are_looked_up_together() {
    const LISTED: [&str; 11] = [
        "Decrypt",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
        "CreateGrant",
        "DescribeKey",
        "RetireGrant",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
    ];
    let other = Pairs::from([("other".to_owned(), "pair".to_owned())]);
    for equals in [true, false] {
        let mut grants = Grants::default();
        for bits in 1..1_u16 << LISTED.len() {
            let constraints = if equals { (Some(other.clone()), None) } else { (None, Some(other.clone())) };
            grants.put(numbered(bits, &chosen(&LISTED, bits), constraints));
        }
        for context in [&[("a", "b")][..], &[("z", "z")], &[]] {
            let (found, seeks, steps) = looks(&grants, "Decrypt", context);
            assert!(!found && (1..10).contains(&seeks), "{found} {seeks}");
            assert!((2_047..3_000).contains(&steps), "each of them once: {steps}");
        }
        let (found, seeks, steps) = looks(&grants, "Decrypt", &[("other", "pair")]);
        assert!(found && (1..10).contains(&seeks) && steps < 10, "{found} {seeks} {steps}");
    }
}

/// Grants under which no grant of these operations can be made are not walked through, whatever their constraints.
#[test]
fn new_grant_is_looked_up_by_what_it_lists() {
    let names: Vec<String> = (0..10).map(|number| format!("k{number:02}")).collect();
    let part = |bits: u16| -> Pairs {
        chosen(&names.iter().collect::<Vec<_>>(), bits)
            .into_iter()
            .map(|name| (name.clone(), "v".to_owned()))
            .collect()
    };
    let whole = (1 << 10) - 1;
    let mut grants = Grants::default();
    for bits in 1..whole {
        grants.put(numbered(bits, &["CreateGrant", "Encrypt"], (None, Some(part(bits)))));
    }
    grants.put(numbered(whole, &["CreateGrant", "Decrypt"], (None, Some(part(whole)))));
    for (operations, lets) in [
        (vec!["Decrypt"], true),
        (vec!["Encrypt"], true),
        (vec!["Decrypt", "Encrypt"], false),
        (vec!["DescribeKey"], false),
    ] {
        let new = (1, operations.clone(), Some((true, part(whole))), None);
        let request = ("CreateGrant", Pairs::new(), None, new);
        STEPS.set(0);
        let [found, walked] = both_ways(&grants, &request);
        assert_eq!(found, walked);
        let steps = STEPS.get();
        assert!((found == Rule::GrantToIssuer) == lets, "{operations:?}: {found:?}");
        assert!((1..60).contains(&steps), "{operations:?}: {steps}");
    }
}
