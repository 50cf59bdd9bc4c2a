//! Grants: who may, what the constraints ask for, and that none widens another.

use super::*;
use crate::{
    Authority, Constraints, Grant, GrantFacts, GrantMismatch, GrantOperation, GrantOperations, Pairs,
    RequestFacts, Rule, ViaFacts, decide_retire_grant, decide_with_grants,
};
use proptest::prelude::*;

/// A grant without constraints.
pub(super) fn grant(grantee: &str, operations: &[&str]) -> Grant {
    Grant {
        id: Arc::from(grantee),
        grantee: bound(grantee),
        retiring: None,
        issuer: account(),
        operations: operations.iter().map(|name| GrantOperation::parse(name).unwrap()).collect(),
        constraints: None,
        source_arn: None,
    }
}

fn pairs(text: &str) -> Pairs {
    text.split_whitespace()
        .filter_map(|pair| pair.split_once('='))
        .map(|(k, v)| (k.into(), v.into()))
        .collect()
}

fn rule(who: &str, action: &str, context: &Context<'_>, evidence: &Evidence<'_>) -> Rule {
    ask(who, action, context, evidence).rule()
}

#[test]
fn grantee_of_each_kind_may_within_what_limits_it() {
    let (allow, nothing) = ([named("Allow", "*")], identity(&[&attached("Allow", "s3:*")]));
    let policy = key_policy(&[&about("Allow", BOB, "kms:PutKeyPolicy")]);
    let context = Context::default();
    for (grantee, who, expected, with_identity, limited) in [
        (ALICE, ALICE, Rule::GrantToCaller, Rule::GrantToCaller, false),
        (SESSION, SESSION, Rule::GrantToCaller, Rule::GrantToCaller, false),
        (FEDERATED, FEDERATED, Rule::GrantToCaller, Rule::GrantToCaller, false),
        (ROOT, ROOT, Rule::GrantToCaller, Rule::GrantToCaller, false),
        (OTHER_USER, OTHER_USER, Rule::GrantToCaller, Rule::GrantToCaller, true),
        (ROLE, SESSION, Rule::GrantToIssuer, Rule::GrantToIssuer, true),
        (ALICE, FEDERATED, Rule::GrantToIssuer, Rule::GrantToIssuer, true),
        (ROOT, ALICE, Rule::NoIdentityPolicyAllows, Rule::GrantToIssuer, true),
        (OTHER_ROOT, OTHER_USER, Rule::NoIdentityPolicyAllows, Rule::GrantToIssuer, true),
        (ALICE, BOB, Rule::NoResourcePolicyAllows, Rule::NoResourcePolicyAllows, false),
        (ALICE, OTHER_USER, Rule::NoResourcePolicyAllows, Rule::NoResourcePolicyAllows, false),
    ] {
        let grant = grant(grantee, &["Decrypt"]);
        let grants = [&grant];
        let evidence = Evidence { key_policy: Some(&policy), grants: &grants, ..Evidence::default() };
        let with = Evidence { identity: &allow, ..evidence };
        assert_eq!(rule(who, "kms:Decrypt", &context, &evidence), expected, "{grantee} {who}");
        assert_eq!(rule(who, "kms:Decrypt", &context, &with), with_identity, "{grantee} {who}");
        assert!(!ask(who, "kms:Encrypt", &context, &with).is_allowed(), "{grantee} {who}");
        let limit = rule(who, "kms:Decrypt", &context, &Evidence { boundary: Some(&nothing), ..with });
        assert_eq!(limit == Rule::NoBoundaryAllows, limited, "{grantee} {who}");
        if let Decision::Allowed(reason) = ask(who, "kms:Decrypt", &context, &with) {
            assert_eq!(reason.grant.as_deref(), Some(grantee));
            let of_account = [ROOT, OTHER_ROOT].contains(&grantee) && who != grantee;
            assert_eq!(reason.identity.is_some(), of_account, "{grantee} {who}: passed on by a policy");
        }
    }
}

#[test]
fn grants_are_drawn_only_until_one_lets_and_not_at_all_when_policies_decide() {
    let (encrypts, decrypts, of_account) =
        (grant(ALICE, &["Encrypt"]), grant(ALICE, &["Decrypt"]), grant(ROOT, &["Decrypt"]));
    let grants = [&encrypts, &decrypts, &of_account, &decrypts];
    let (who, context, key) = (caller(ALICE), Context::default(), key());
    let question = Question {
        caller: &who,
        action: "kms:Decrypt".into(),
        resource: Resource::Key(&key),
        context: &context,
    };
    let allowing = key_policy(&[&about("Allow", ALICE, "kms:Decrypt")]);
    let denying = key_policy(&[&about("Deny", ALICE, "kms:Decrypt")]);
    let silent = key_policy(&[&about("Allow", BOB, "*")]);
    for (policy, rule, expected) in [
        (&silent, Rule::GrantToCaller, 2),
        (&allowing, Rule::ResourcePolicyNamesCaller, 0),
        (&denying, Rule::ExplicitDeny, 0),
    ] {
        let evidence = Evidence { key_policy: Some(policy), grants: &grants, ..Evidence::default() };
        let mut drawn = 0;
        let decision = decide_with_grants(&question, &evidence, grants.into_iter().inspect(|_| drawn += 1));
        assert_eq!((decision.rule(), drawn), (rule, expected));
        assert_eq!(decision, decide(&question, &evidence));
    }
    let evidence = Evidence { key_policy: Some(&silent), grants: &grants, ..Evidence::default() };
    assert!(!decide_with_grants(&question, &evidence, []).is_allowed(), "those of the evidence do not count");
}

#[test]
fn constraints_say_their_pairs() {
    for constraints in [Constraints::Equals(pairs("a=b c=d")), Constraints::Subset(pairs("a=b c=d"))] {
        assert_eq!(*constraints.pairs(), pairs("a=b c=d"), "{}", constraints.kind());
    }
}

#[test]
fn grant_does_not_override_an_explicit_deny_and_is_nothing_without_a_key() {
    let (grant, policy) = (grant(ALICE, &["Decrypt"]), key_policy(&[&about("Deny", ALICE, "*")]));
    let grants = [&grant];
    let evidence = Evidence { grants: &grants, ..Evidence::default() };
    assert!(ask(ALICE, "kms:Decrypt", &Context::default(), &evidence).is_allowed());
    let denied = Evidence { key_policy: Some(&policy), ..evidence };
    assert_eq!(rule(ALICE, "kms:Decrypt", &Context::default(), &denied), Rule::ExplicitDeny);
    let (caller, context) = (caller(ALICE), Context::default());
    let question = Question {
        caller: &caller,
        action: "kms:Decrypt".into(),
        resource: Resource::None,
        context: &context,
    };
    assert!(!decide(&question, &evidence).is_allowed());
}

#[test]
fn constraints_are_held_against_the_encryption_context() {
    let all: GrantOperations = GrantOperation::ALL.iter().copied().collect();
    let check = |constraints: &Constraints, operation, context: Option<&str>| {
        let authority = Authority { operations: all, constraints: Some(constraints), source_arn: None };
        let context = context.map(pairs);
        authority.covers(operation, context.as_ref(), None).is_ok()
    };
    let (equals, subset) = (Constraints::Equals(pairs("a=1")), Constraints::Subset(pairs("a=1")));
    for (context, equal, contained) in [
        (Some("a=1"), true, true),
        (Some("a=1 b=2"), false, true),
        (Some("a=2"), false, false),
        (Some("A=1"), false, false),
        (Some(""), false, false),
        (None, false, false),
    ] {
        assert_eq!(check(&equals, GrantOperation::Decrypt, context), equal, "{context:?}");
        assert_eq!(check(&subset, GrantOperation::Decrypt, context), contained, "{context:?}");
        for free in [GrantOperation::DescribeKey, GrantOperation::RetireGrant] {
            assert!(check(&equals, free, context) && check(&subset, free, context));
        }
    }
    assert!(check(&Constraints::Equals(Pairs::new()), GrantOperation::Encrypt, None));
    assert!(!check(&Constraints::Equals(Pairs::new()), GrantOperation::Encrypt, Some("a=1")));
}

#[test]
fn source_arn_is_asked_for_also_for_describe_key() {
    let mut grant = grant(ALICE, &["Decrypt", "DescribeKey"]);
    grant.source_arn = Some("arn:aws:s3:::b".into());
    let grants = [&grant];
    let evidence = Evidence { grants: &grants, ..Evidence::default() };
    for (source_arn, expected) in
        [(Some("arn:aws:s3:::b"), true), (Some("arn:aws:s3:::c"), false), (None, false)]
    {
        let context = Context { via: ViaFacts { source_arn, ..ViaFacts::default() }, ..Context::default() };
        for action in ["kms:Decrypt", "kms:DescribeKey"] {
            assert_eq!(
                ask(ALICE, action, &context, &evidence).is_allowed(),
                expected,
                "{action} {source_arn:?}"
            );
        }
    }
}

#[test]
fn grant_under_a_grant_does_not_widen_but_a_policy_has_no_such_limit() {
    let mut parent = grant(ALICE, &["CreateGrant", "Decrypt"]);
    parent.constraints = Some(Constraints::Subset(pairs("a=1")));
    let grants = [&parent];
    let granted = Evidence { grants: &grants, ..Evidence::default() };
    let policy = key_policy(&[&about("Allow", ALICE, "kms:CreateGrant")]);
    let by_policy = Evidence { key_policy: Some(&policy), ..granted };
    let (equal, wide) = (Constraints::Equals(pairs("a=1 b=2")), Constraints::Subset(pairs("b=2")));
    for (operations, constraints, expected) in [
        (&["Decrypt"][..], Some(&equal), true),
        (&["Decrypt", "CreateGrant"], Some(&equal), true),
        (&["Decrypt", "Encrypt"], Some(&equal), false),
        (&["Decrypt"], Some(&wide), false),
        (&["Decrypt"], None, false),
    ] {
        let operations = grant(ALICE, operations).operations;
        let new = GrantFacts { operations, constraints, ..GrantFacts::default() };
        let request = RequestFacts { grant: Some(new), ..RequestFacts::default() };
        let context = Context { request, ..Context::default() };
        assert_eq!(ask(ALICE, "kms:CreateGrant", &context, &granted).is_allowed(), expected, "{new:?}");
        assert!(ask(ALICE, "kms:CreateGrant", &context, &by_policy).is_allowed());
    }
    assert!(!ask(ALICE, "kms:CreateGrant", &Context::default(), &granted).is_allowed());
}

#[test]
fn why_a_grant_does_not_apply() {
    let decrypt = grant(ALICE, &["Decrypt"]);
    assert_eq!(decrypt.authority().covers(GrantOperation::Sign, None, None), Err(GrantMismatch::Operation));
    for operation in GrantOperation::ALL {
        assert_eq!(GrantOperation::parse(operation.as_str()), Some(*operation));
        assert_eq!(GrantOperation::of_action(&format!("kms:{}", operation.as_str())), Some(*operation));
        let set: GrantOperations = [*operation].into_iter().collect();
        assert!(set.iter().eq([*operation]) && set.contains(*operation));
    }
    assert_eq!(GrantOperation::of_action("kms:PutKeyPolicy"), None);
}

#[test]
fn grants_are_retired_by_whom_the_grant_says() {
    let (allow, deny) = ([named("Allow", "kms:RetireGrant")], [named("Deny", "kms:RetireGrant")]);
    let (key, context) = (key(), Context::default());
    let open = key_policy(&[&about("Allow", "*", "*")]);
    let of = |retiring: Option<&str>, operations: &[&str]| Grant {
        retiring: retiring.map(bound),
        ..grant(OTHER_USER, operations)
    };
    let theirs = |retiring: Option<&str>| {
        let issuer = caller(OTHER_ROOT).account().clone();
        Grant { issuer, ..of(retiring, &["Decrypt"]) }
    };
    let retire = |who: &str, grant: &Grant, identity: &[IdentityPolicy]| {
        let (caller, resource) = (caller(who), Resource::Key(&key));
        let question =
            Question { caller: &caller, action: "kms:RetireGrant".into(), resource, context: &context };
        let evidence = Evidence { key_policy: Some(&open), identity, ..Evidence::default() };
        decide_retire_grant(&question, &evidence, grant).is_allowed()
    };
    for (who, grant, alone, delegated) in [
        (ALICE, of(Some(ALICE), &["Decrypt"]), true, true),
        (BOB, of(Some(ALICE), &["Decrypt"]), false, true),
        (SESSION, of(Some(ROLE), &["Decrypt"]), true, true),
        (OTHER_USER, of(None, &["Decrypt"]), false, false),
        (OTHER_USER, of(None, &["RetireGrant"]), true, true),
        (OTHER_USER, of(Some(OTHER_USER), &["Decrypt"]), true, true),
        (OTHER_USER, of(Some(OTHER_ROOT), &["Decrypt"]), false, true),
        (OTHER_ROOT, of(Some(OTHER_ROOT), &["Decrypt"]), true, true),
        (OTHER_ROOT, of(None, &["Decrypt"]), false, false),
        (ROOT, of(None, &["Decrypt"]), true, true),
        (OTHER_ROOT, theirs(None), true, true),
        (OTHER_USER, theirs(None), false, true),
        (ROOT, theirs(None), false, false),
        (ALICE, theirs(None), false, false),
        (ALICE, theirs(Some(ALICE)), true, true),
    ] {
        assert_eq!(retire(who, &grant, &[]), alone, "{who} {grant:?}");
        assert_eq!(retire(who, &grant, &allow), delegated, "{who} {grant:?}");
        assert!(!retire(who, &grant, &deny), "{who} {grant:?}");
    }
}

/// As for every other grant: on the keys of their own account only whom it names is free of their limits.
#[test]
fn on_another_accounts_key_a_grant_is_retired_within_limits() {
    let (key, context) = (key(), Context::default());
    let (nothing, allow) =
        (identity(&[&attached("Allow", "s3:*")]), identity(&[&attached("Allow", "kms:RetireGrant")]));
    let rule = |who: &str, grant: &Grant, boundary: &Arc<Document>, session: &Arc<Document>| {
        let (caller, resource) = (caller(who), Resource::Key(&key));
        let question =
            Question { caller: &caller, action: "kms:RetireGrant".into(), resource, context: &context };
        let session = [session.clone()];
        let evidence =
            Evidence { boundary: Some(&**boundary), session: Some(&session[..]), ..Evidence::default() };
        decide_retire_grant(&question, &evidence, grant).rule()
    };
    let retired_by = |who: &str| Grant { retiring: Some(bound(who)), ..grant(BOB, &["Decrypt"]) };
    let issued_by_others = Grant { issuer: caller(OTHER_ROOT).account().clone(), ..retired_by(ALICE) };
    for (who, grant, limited) in [
        (ALICE, retired_by(ALICE), false),
        (ALICE, issued_by_others, false),
        (SESSION, retired_by(SESSION), false),
        (OTHER_USER, retired_by(OTHER_USER), true),
        (OTHER_USER, grant(OTHER_USER, &["RetireGrant"]), true),
    ] {
        let unless = |rule: Rule| if limited { rule } else { Rule::GrantToCaller };
        assert_eq!(rule(who, &grant, &allow, &allow), Rule::GrantToCaller, "{who} {grant:?}");
        assert_eq!(rule(who, &grant, &nothing, &allow), unless(Rule::NoBoundaryAllows), "{who} {grant:?}");
        assert_eq!(
            rule(who, &grant, &allow, &nothing),
            unless(Rule::NoSessionPolicyAllows),
            "{who} {grant:?}"
        );
    }
}

fn some_pairs() -> impl Strategy<Value = Pairs> {
    proptest::collection::btree_map("[ab]", "[12]", 0..3)
}

fn some_constraints() -> impl Strategy<Value = Option<Constraints>> {
    let constraints =
        prop_oneof![some_pairs().prop_map(Constraints::Equals), some_pairs().prop_map(Constraints::Subset)];
    proptest::option::of(constraints)
}

fn some_operations() -> impl Strategy<Value = GrantOperations> {
    use GrantOperation::{CreateGrant, Decrypt, DescribeKey, RetireGrant};
    proptest::sample::subsequence(vec![CreateGrant, Decrypt, DescribeKey, RetireGrant], 0..=4)
        .prop_map(|operations| operations.into_iter().collect())
}

proptest! {
    /// T-17: authority(child) is contained in authority(parent), and nothing stricter is refused needlessly.
    #[test]
    fn authority_of_a_grant_is_within_that_of_its_parent(
        child in (some_operations(), some_constraints(), proptest::option::of("[xy]")),
        parent in (some_operations(), some_constraints(), proptest::option::of("[xy]")),
        contexts in proptest::collection::vec(proptest::option::of(some_pairs()), 1..8),
    ) {
        let authority = |(operations, constraints, source): &(GrantOperations, Option<Constraints>, Option<String>)| {
            let operations = *operations;
            (operations, constraints.clone(), source.clone())
        };
        let (child, parent) = (authority(&child), authority(&parent));
        fn view(of: &(GrantOperations, Option<Constraints>, Option<String>)) -> Authority<'_> {
            Authority { operations: of.0, constraints: of.1.as_ref(), source_arn: of.2.as_deref() }
        }
        let (child, parent) = (view(&child), view(&parent));
        if child.within(&parent) {
            for context in &contexts {
                for operation in GrantOperation::ALL {
                    for source in [None, Some("x"), Some("y")] {
                        let covered = |by: &Authority<'_>| by.covers(*operation, context.as_ref(), source).is_ok();
                        prop_assert!(!covered(&child) || covered(&parent), "{child:?} {parent:?} {operation:?}");
                    }
                }
            }
        }
        prop_assert!(child.within(&child));
    }
}
