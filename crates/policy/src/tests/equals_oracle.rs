//! Random policies: the engine and the oracle answer alike, and enough of the answers are an allow.

use super::{ALICE, BOB, KEY, OTHER_ROOT, OTHER_USER, ROOT, World, caller as caller_of, key};
use crate::oracle::{Verdict, verdict};
use crate::{Context, Decision, Document, DocumentKind, Evidence, Question, Resource, Rule, decide};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeMap;

const CASES: u32 = 4_096;

/// One value, or a list of up to three.
fn one_or_more(values: Vec<&'static str>) -> impl Strategy<Value = Value> {
    let list = proptest::collection::vec(select(values.clone()), 1..4).prop_map(|list| json!(list));
    prop_oneof![3 => select(values).prop_map(|value| json!(value)), 1 => list]
}

fn principals() -> impl Strategy<Value = Value> {
    let names = vec![ROOT, ROOT, ALICE, ALICE, BOB, "*", "111122223333", OTHER_ROOT, OTHER_USER];
    prop_oneof![4 => one_or_more(names).prop_map(|names| json!({ "AWS": names })), 1 => Just(json!("*"))]
}

fn actions() -> impl Strategy<Value = Value> {
    one_or_more(vec!["kms:*", "*", "kms:Decrypt", "KMS:decrypt", "kms:D*t", "kms:?ecrypt", "kms:Encrypt"])
}

fn resources() -> impl Strategy<Value = Value> {
    one_or_more(vec!["*", "*", KEY, "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:*", "*/x"])
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop_oneof![6 => Just("Allow"), 1 => Just("Deny")];
    let action_element = prop_oneof![12 => Just("Action"), 1 => Just("NotAction"), 1 => Just("")];
    let resource_element = prop_oneof![12 => Just("Resource"), 1 => Just("NotResource"), 1 => Just("")];
    (effect, principals(), action_element, actions(), resource_element, resources()).prop_map(
        |(effect, principals, action_element, actions, resource_element, resources)| {
            let mut statement = json!({ "Effect": effect, "Principal": principals });
            for (element, value) in [(action_element, actions), (resource_element, resources)] {
                if !element.is_empty() {
                    statement[element] = value;
                }
            }
            statement
        },
    )
}

fn policy() -> impl Strategy<Value = Value> {
    proptest::collection::vec(statement(), 1..6)
        .prop_map(|statements| json!({ "Version": "2012-10-17", "Statement": statements }))
}

fn of(decision: &Decision) -> Verdict {
    match decision {
        Decision::Allowed(_) => Verdict::Allowed,
        Decision::Denied(denial) if denial.foreign => Verdict::OtherAccount,
        Decision::Denied(denial) => match denial.rule {
            Rule::ExplicitDeny => Verdict::ExplicitDeny,
            Rule::NoIdentityPolicyAllows => Verdict::NoIdentityPolicyAllows,
            _ => Verdict::NoResourcePolicyAllows,
        },
    }
}

#[test]
fn decide_equals_the_oracle_on_random_policies() {
    let callers = select(vec![ROOT, ROOT, ROOT, ALICE, ALICE, BOB, OTHER_ROOT, OTHER_USER]);
    let asked = select(vec!["kms:Decrypt", "kms:Decrypt", "kms:Encrypt", "kms:PutKeyPolicy"]);
    let counts: RefCell<BTreeMap<Verdict, u32>> = RefCell::new(BTreeMap::new());
    let mut runner = TestRunner::new(Config { cases: CASES, failure_persistence: None, ..Config::default() });
    let check = |(policy, caller, action): (Value, &'static str, &'static str)| {
        let compiled = Document::parse(DocumentKind::KeyPolicy, &policy.to_string(), &World).unwrap();
        let (principal, key, context) = (caller_of(caller), key(), Context::default());
        let resource = Resource::Key(&key);
        let question = Question { caller: &principal, action: action.into(), resource, context: &context };
        let decision = decide(&question, &Evidence { key_policy: Some(&compiled), ..Evidence::default() });
        let expected = verdict(&policy, caller, action, KEY);
        prop_assert_eq!(of(&decision), expected);
        *counts.borrow_mut().entry(expected).or_default() += 1;
        Ok(())
    };
    runner.run(&(policy(), callers, asked), check).unwrap();
    let counts = counts.into_inner();
    assert_eq!(counts.len(), 5, "every verdict occurs: {counts:?}");
    assert!(counts[&Verdict::Allowed] * 4 >= CASES, "a quarter allows: {counts:?}");
}
