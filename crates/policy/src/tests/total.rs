//! Every condition that is taken is decided, for every key, action and context; and negation is negation.

use super::keys::{KEYS, Owned};
use super::*;
use crate::KmsAction;
use proptest::prelude::*;
use proptest::sample::select;

/// Operators with their negations.
const NEGATIONS: [(&str, &str); 7] = [
    ("StringEquals", "StringNotEquals"),
    ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
    ("StringLike", "StringNotLike"),
    ("NumericEquals", "NumericNotEquals"),
    ("DateEquals", "DateNotEquals"),
    ("IpAddress", "NotIpAddress"),
    ("ArnLike", "ArnNotLike"),
];

/// Whether a policy with this condition denies; `None` when it is refused.
fn denies(
    operator: &str,
    key: &str,
    values: &[String],
    action: KmsAction,
    context: &Context<'_>,
) -> Option<bool> {
    let statement = serde_json::json!({
        "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": { operator: { key: values } },
    });
    let text = serde_json::json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*" }, statement,
    ]});
    let policy = Document::parse(DocumentKind::KeyPolicy, &text.to_string(), &World).ok()?;
    let evidence = Evidence { key_policy: Some(&policy), ..Evidence::default() };
    Some(!ask(SESSION, action.as_str(), context, &evidence).is_allowed())
}

/// Values that some key has, and others.
fn value() -> impl Strategy<Value = String> {
    let known = select(KEYS.iter().map(|(_, value, _)| (*value).to_owned()).collect::<Vec<_>>());
    let variable = select(KEYS.iter().map(|(key, _, _)| format!("${{{key}}}")).collect::<Vec<_>>());
    prop_oneof![
        4 => known,
        2 => variable,
        1 => select(vec!["*", "10.0.0.0/8", "365", "2013-07-01", "arn:*:*:*:*:*", "${*}", "a${aws:userid, 'b'}?"])
            .prop_map(ToOwned::to_owned),
        1 => ".{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_condition_is_decided_and_negation_is_its_opposite(
        (key, _, _) in select(KEYS),
        (operator, negation) in select(&NEGATIONS[..]),
        values in proptest::collection::vec(value(), 1..4),
        action in select(KmsAction::ALL),
        filled in any::<bool>(),
    ) {
        let owned = Owned::new();
        let context = if filled { owned.context() } else { Context::default() };
        let ask = |operator: &str| denies(operator, key, &values, action, &context);
        let plain = ask(operator);
        prop_assert_eq!(ask(negation), plain.map(|held| !held));
        let any = ask(&format!("ForAnyValue:{operator}"));
        prop_assert_eq!(ask(&format!("ForAllValues:{negation}")), any.map(|held| !held));
        prop_assert_eq!(any, plain);
        let missing = denies("Null", key, &["true".to_owned()], action, &context) == Some(true);
        prop_assert_eq!(ask(&format!("{operator}IfExists")), plain.map(|held| held || missing));
    }
}
