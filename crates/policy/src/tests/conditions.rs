//! Conditions: every operator on present, missing and several values; combination; variables.

use super::{ALICE, SESSION, ask, key_policy};
use crate::{Context, Evidence, Given, NetworkFacts, Pairs, RequestFacts, SessionFacts, ViaFacts};
use strongroom_types::Timestamp;

/// Whether a Deny with this condition denies: the condition alone decides. (A Deny takes every condition.)
fn holds_for(caller: &str, condition: &str, context: &Context<'_>) -> bool {
    let allow = r#""Effect":"Allow","Principal":"*","Action":"*","Resource":"*""#;
    let deny =
        format!(r#""Effect":"Deny","Principal":"*","Action":"*","Resource":"*","Condition":{{{condition}}}"#);
    let policy = key_policy(&[allow, &deny]);
    let evidence = Evidence { key_policy: Some(&policy), ..Evidence::default() };
    !ask(caller, "kms:Encrypt", context, &evidence).is_allowed()
}

fn holds(condition: &str, context: &Context<'_>) -> bool {
    holds_for(ALICE, condition, context)
}

fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A variable many times over is compared piece by piece: a pattern is never made longer than the text.
#[test]
fn value_repeated_in_a_policy_is_held_against_the_text_piece_by_piece() {
    let long = "İx".repeat(1_000);
    let (tags, context) =
        (pairs(&[("t", "İx")]), pairs(&[("k", "İxİx"), ("long", long.as_str()), ("dot", "İ")]));
    let request = RequestFacts { encryption_context: Some(&context), ..RequestFacts::default() };
    let of = |operator: &str, key: &str, wanted: &str| {
        holds(
            &format!(r#""{operator}":{{"kms:EncryptionContext:{key}":"{wanted}"}}"#),
            &Context { request, ..full(&tags) },
        )
    };
    let tag = "${aws:PrincipalTag/t}";
    for operator in ["StringEquals", "StringEqualsIgnoreCase", "StringLike"] {
        assert!(of(operator, "k", &tag.repeat(2)), "{operator}");
        assert!(of(operator, "long", &tag.repeat(1_000)), "{operator}");
        for wanted in [tag.to_owned(), tag.repeat(3), format!("{tag}{tag}y"), format!("{tag}x")] {
            assert!(!of(operator, "k", &wanted), "{operator} {wanted}");
        }
        assert!(!of(operator, "long", &tag.repeat(1_001)), "{operator}");
    }
    // What one letter becomes in lower case may be said in two pieces.
    assert!(of("StringEqualsIgnoreCase", "dot", "i${aws:PrincipalTag/none, '\u{307}'}"));
}

/// One value for each type of operator.
fn full(tags: &Pairs) -> Context<'_> {
    Context {
        session: SessionFacts {
            principal_tags: Some(tags),
            mfa_present: Some(true),
            mfa_age_s: Some(300),
            ..SessionFacts::default()
        },
        network: NetworkFacts { source_ip: Some([10, 1, 2, 3].into()), ..NetworkFacts::default() },
        now: Timestamp::from_millis(1_372_636_800_000),
        via: ViaFacts { source_arn: Some("arn:aws:s3:::bucket/a:b"), ..ViaFacts::default() },
        ..Context::default()
    }
}

/// Operator, key, values of which one matches, values of which none does.
const OPERATORS: [(&str, &str, &str, &str); 27] = [
    ("StringEquals", "aws:PrincipalTag/t", r#"["x","Val*"]"#, r#"["val*","V*"]"#),
    ("StringNotEquals", "aws:PrincipalTag/t", r#"["val*","V*"]"#, r#"["x","Val*"]"#),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/t", r#"["x","vAL*"]"#, r#"["val"]"#),
    ("StringNotEqualsIgnoreCase", "aws:PrincipalTag/t", r#"["val"]"#, r#"["x","vAL*"]"#),
    ("StringLike", "aws:PrincipalTag/t", r#"["x","V?l*"]"#, r#"["v*","Va?"]"#),
    ("StringNotLike", "aws:PrincipalTag/t", r#"["v*","Va?"]"#, r#"["x","V?l*"]"#),
    ("NumericEquals", "aws:MultiFactorAuthAge", "[1,300]", r#""300.5""#),
    ("NumericNotEquals", "aws:MultiFactorAuthAge", "[1,2]", "[1,300]"),
    ("NumericLessThan", "aws:MultiFactorAuthAge", "301", "300"),
    ("NumericLessThanEquals", "aws:MultiFactorAuthAge", "300", "299"),
    ("NumericGreaterThan", "aws:MultiFactorAuthAge", "299", "300"),
    ("NumericGreaterThanEquals", "aws:MultiFactorAuthAge", "300", "301"),
    ("DateEquals", "aws:CurrentTime", r#""2013-07-01T00:00:00Z""#, r#""2013-07-01T00:00:01Z""#),
    ("DateNotEquals", "aws:CurrentTime", "1", r#""2013-07-01""#),
    ("DateLessThan", "aws:CurrentTime", "1372636801", "1372636800"),
    ("DateLessThanEquals", "aws:CurrentTime", "1372636800", "1372636799"),
    ("DateGreaterThan", "aws:CurrentTime", "1372636799", "1372636800"),
    ("DateGreaterThanEquals", "aws:CurrentTime", "1372636800", "1372636801"),
    ("Bool", "aws:MultiFactorAuthPresent", "true", r#""false""#),
    ("BinaryEquals", "aws:PrincipalTag/b", r#"["AA==","QVFJRA=="]"#, r#""AQID""#),
    ("IpAddress", "aws:SourceIp", r#"["::/0","10.0.0.0/8"]"#, r#""10.1.2.4""#),
    ("NotIpAddress", "aws:SourceIp", r#""10.1.2.4""#, r#"["::/0","10.0.0.0/8"]"#),
    ("ArnEquals", "aws:SourceArn", r#""arn:aws:s3:*:*:buck?t/*""#, r#""arn:aws:*:bucket/a:b""#),
    ("ArnLike", "aws:SourceArn", r#"["x","arn:*:s3:::bucket/a:b"]"#, r#""arn:aws:s3:::bucket""#),
    ("ArnNotEquals", "aws:SourceArn", r#""arn:aws:s3:::bucket""#, r#""arn:*:s3:::bucket/a:b""#),
    ("ArnNotLike", "aws:SourceArn", r#""arn:aws:s3:::bucket""#, r#"["x","*"]"#),
    ("Null", "aws:PrincipalTag/t", "false", "true"),
];

#[test]
fn every_operator_with_a_value_present() {
    let tags = pairs(&[("t", "Val*"), ("b", "AQID")]);
    for (operator, key, good, bad) in OPERATORS {
        for (prefix, suffix) in
            [("", ""), ("", "IfExists"), ("ForAnyValue:", ""), ("ForAllValues:", "IfExists")]
        {
            if operator == "Null" && !(prefix.is_empty() && suffix.is_empty()) {
                continue;
            }
            let condition = |values: &str| format!(r#""{prefix}{operator}{suffix}":{{"{key}":{values}}}"#);
            assert!(holds(&condition(good), &full(&tags)), "{}", condition(good));
            assert!(!holds(&condition(bad), &full(&tags)), "{}", condition(bad));
        }
    }
}

#[test]
fn every_operator_with_the_key_missing() {
    let context = Context::default();
    for (operator, key, good, bad) in OPERATORS.iter().filter(|(operator, ..)| *operator != "Null") {
        let key = if key.contains("CurrentTime") { "aws:TokenIssueTime" } else { key };
        let negated = operator.contains("Not");
        for values in [good, bad] {
            for (prefix, suffix, expected) in [
                ("", "", negated),
                ("", "IfExists", true),
                ("ForAllValues:", "", true),
                ("ForAnyValue:", "", false),
                ("ForAnyValue:", "IfExists", true),
            ] {
                let condition = format!(r#""{prefix}{operator}{suffix}":{{"{key}":{values}}}"#);
                assert_eq!(holds(&condition, &context), expected, "{condition}");
            }
        }
    }
    assert!(holds(r#""Null":{"aws:PrincipalTag/t":"true"}"#, &context));
    assert!(!holds(r#""Null":{"aws:PrincipalTag/t":"false"}"#, &context));
    assert!(holds(r#""Null":{"aws:PrincipalTag/t":["true","false"]}"#, &context));
}

#[test]
fn value_of_another_type_matches_nothing() {
    let tags = pairs(&[("t", "Val*")]);
    for (operator, value) in [
        ("NumericEquals", "1"),
        ("DateLessThan", "1"),
        ("Bool", "true"),
        ("BinaryEquals", r#""AQID""#),
        ("IpAddress", r#""0.0.0.0/0""#),
        ("ArnLike", r#""*""#),
    ] {
        assert!(
            !holds(&format!(r#""{operator}":{{"aws:PrincipalTag/t":{value}}}"#), &full(&tags)),
            "{operator}"
        );
    }
    for (operator, value) in [("NumericNotEquals", "1"), ("NotIpAddress", r#""0.0.0.0/0""#)] {
        assert!(
            holds(&format!(r#""{operator}":{{"aws:PrincipalTag/t":{value}}}"#), &full(&tags)),
            "{operator}"
        );
    }
}

#[test]
fn several_values_under_each_quantifier() {
    let context_pairs = pairs(&[("a", "1"), ("b", "2")]);
    let request = RequestFacts { encryption_context: Some(&context_pairs), ..RequestFacts::default() };
    let context = Context { request, ..Context::default() };
    for (operator, values, expected) in [
        ("ForAnyValue:StringEquals", r#"["a","x"]"#, true),
        ("ForAnyValue:StringEquals", r#"["x","A"]"#, false),
        ("ForAllValues:StringEquals", r#"["a","b","c"]"#, true),
        ("ForAllValues:StringEquals", r#"["a","c"]"#, false),
        ("ForAnyValue:StringNotEquals", r#"["a"]"#, true),
        ("ForAnyValue:StringNotEquals", r#"["a","b"]"#, false),
        ("ForAllValues:StringNotEquals", r#"["x"]"#, true),
        ("ForAllValues:StringNotEquals", r#"["a"]"#, false),
        ("StringEquals", r#"["a"]"#, true),
        ("StringEquals", r#"["x"]"#, false),
        ("StringNotEquals", r#"["x"]"#, true),
        ("StringNotEquals", r#"["a"]"#, false),
    ] {
        let condition = format!(r#""{operator}":{{"kms:EncryptionContextKeys":{values}}}"#);
        assert_eq!(holds(&condition, &context), expected, "{condition}");
    }
    assert!(holds(r#""Null":{"kms:EncryptionContextKeys":"true"}"#, &Context::default()));
}

#[test]
fn all_operators_and_all_keys_have_to_hold() {
    let tags = pairs(&[("t", "1"), ("u", "2")]);
    let context = full(&tags);
    let yes = r#""StringEquals":{"aws:PrincipalTag/t":"1","aws:PrincipalTag/u":"2"},"Bool":{"aws:MultiFactorAuthPresent":true}"#;
    assert!(holds(yes, &context));
    for (from, to) in [(r#":"1""#, r#":"0""#), (r#":"2""#, r#":"0""#), ("true", "false")] {
        assert!(!holds(&yes.replace(from, to), &context), "{to}");
    }
    assert!(holds("", &context));
}

#[test]
fn names_of_keys_and_their_parts_ignore_case_and_the_exact_one_wins() {
    let context_pairs = pairs(&[("App", "1"), ("app", "2")]);
    let request = RequestFacts { encryption_context: Some(&context_pairs), ..RequestFacts::default() };
    let context = Context { request, ..Context::default() };
    for (name, value) in [("App", "1"), ("app", "2"), ("APP", "1")] {
        let condition = format!(r#""StringEquals":{{"KMS:ENCRYPTIONCONTEXT:{name}":"{value}"}}"#);
        assert!(holds(&condition, &context), "{condition}");
    }
}

#[test]
fn variables_stand_for_values_taken_literally() {
    let tags =
        pairs(&[("t", "a*"), ("u", "a*"), ("v", "abc"), ("d", "company"), ("arn", "x:y"), ("w", "$*?")]);
    let context = full(&tags);
    for (operator, key, value, expected) in [
        ("StringEquals", "aws:PrincipalTag/t", "${aws:PrincipalTag/u}", true),
        ("StringLike", "aws:PrincipalTag/v", "${aws:PrincipalTag/u}", false),
        ("StringLike", "aws:PrincipalTag/v", "a${*}", false),
        ("StringLike", "aws:PrincipalTag/t", "?${*}", true),
        ("StringEquals", "aws:PrincipalTag/w", "${$}${*}${?}", true),
        ("StringEqualsIgnoreCase", "aws:PrincipalTag/t", "${AWS:principaltag/U}", true),
        ("StringEquals", "aws:username", "${aws:username}", true),
        ("StringEquals", "aws:PrincipalTag/d", "${aws:PrincipalTag/none, 'company'}", true),
        ("StringEquals", "aws:PrincipalTag/d", "${aws:PrincipalTag/d, 'other'}", true),
        ("StringEquals", "aws:PrincipalTag/d", "${aws:PrincipalTag/none}", false),
        ("StringNotEquals", "aws:PrincipalTag/d", "${aws:PrincipalTag/none}", true),
        ("StringEquals", "aws:PrincipalTag/t", "$x", false),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::${aws:PrincipalTag/none, 'bucket/a:b'}", true),
        ("ArnLike", "aws:SourceArn", "arn:aws:${aws:PrincipalTag/arn}:*:*", false),
    ] {
        let condition = format!(r#""{operator}":{{"{key}":"{value}"}}"#);
        assert_eq!(holds(&condition, &context), expected, "{condition}");
    }
    assert!(!holds_for(SESSION, r#""StringEquals":{"aws:userid":"${aws:username}"}"#, &context));
}

#[test]
fn arn_patterns_are_compared_part_by_part_however_many_of_them_are_fixed() {
    let tags = pairs(&[]);
    for (pattern, expected) in [
        ("arn:aws:s3:::bucket/a:b", true),
        ("arn:aws:s3:::bucket/*", true),
        ("arn:aws:s3:*::*", true),
        ("*:aws:s3:::bucket/a:b", true),
        ("arn:aws:s3:::bucket/a", false),
        ("arn:aws:s3:::", false),
        ("arn:aws:s3::1:*", false),
        ("arn:aw:s3:::*", false),
        ("arn:aws:s3:::bucket/a:b:*", false),
        ("arn:aws:s*", false),
        ("arn:aws:s3:*", false),
    ] {
        let condition = format!(r#""ArnLike":{{"aws:SourceArn":"{pattern}"}}"#);
        assert_eq!(holds(&condition, &full(&tags)), expected, "{pattern}");
    }
    let short = ViaFacts { source_arn: Some("arn:aws:s3::"), ..ViaFacts::default() };
    for pattern in ["arn:aws:s3:::*", "arn:aws:s3::*:*", "arn:*:*:*:*:*", "*"] {
        let context = Context { via: short, ..Context::default() };
        let condition = format!(r#""ArnLike":{{"aws:SourceArn":"{pattern}"}}"#);
        assert!(!holds(&condition, &context), "{pattern}: five parts are no ARN");
    }
}

#[test]
fn parts_of_an_arn_pattern_end_at_colons_outside_of_variables() {
    for (arn, pattern) in [
        ("arn:aws:s3:::bucket", "*"),
        ("arn:aws:s3:{:1:bucket", "arn:aws:s3:{:1:*"),
        ("arn:aws:iam::111122223333:role/x", "arn:aws:iam::${aws:PrincipalAccount}:role/*"),
    ] {
        let via = ViaFacts { source_arn: Some(arn), ..ViaFacts::default() };
        let condition = format!(r#""ArnLike":{{"aws:SourceArn":"{pattern}"}}"#);
        assert!(holds(&condition, &Context { via, ..Context::default() }), "{pattern}");
    }
}

#[test]
fn what_a_simulation_gives_stands_in_place_of_what_the_request_has() {
    let given = |key: &str, values: &[&str]| {
        Given::from([(key.to_owned(), values.iter().map(|value| (*value).to_owned()).collect())])
    };
    let tags = pairs(&[("t", "own")]);
    let cases: [(&str, &[&str], &str); 9] = [
        ("aws:principaltag/t", &["given"], r#""StringEquals":{"aws:PrincipalTag/T":"given"}"#),
        ("aws:sourceip", &["192.0.2.7"], r#""IpAddress":{"aws:SourceIp":"192.0.2.0/24"}"#),
        ("aws:multifactorauthage", &["7"], r#""NumericEquals":{"aws:MultiFactorAuthAge":"7"}"#),
        ("aws:currenttime", &["2030-01-01T00:00:00Z"], r#""DateGreaterThan":{"aws:CurrentTime":"2029"}"#),
        ("aws:securetransport", &["true"], r#""Bool":{"aws:SecureTransport":"true"}"#),
        ("aws:securetransport", &[], r#""Null":{"aws:SecureTransport":"true"}"#),
        ("aws:username", &[], r#""Null":{"aws:username":"true"}"#),
        ("aws:calledvia", &["x", "y"], r#""ForAnyValue:StringEquals":{"aws:CalledVia":"y"}"#),
        ("other:key", &["x"], r#""StringEquals":{"Other:Key":"x"}"#),
    ];
    for (key, values, condition) in cases {
        let given = given(key, values);
        assert!(!holds(condition, &full(&tags)), "{condition}: without it");
        assert!(holds(condition, &Context { given: Some(&given), ..full(&tags) }), "{condition}");
    }
    let given = given("kms:policyname", &["default"]);
    let context = Context { given: Some(&given), ..full(&tags) };
    assert!(!holds(r#""StringEquals":{"kms:PolicyName":"default"}"#, &context), "no key of kms:Encrypt");
}

#[test]
fn one_given_value_fills_a_policy_variable_unless_its_key_may_have_several() {
    let tags = pairs(&[("t", "own")]);
    for (key, variable, fills) in
        [("aws:username", "aws:username", true), ("aws:calledvia", "aws:CalledVia", false)]
    {
        let given = Given::from([(key.to_owned(), vec!["own".to_owned()])]);
        let condition = format!(r#""StringEquals":{{"aws:PrincipalTag/t":"${{{variable}}}"}}"#);
        let context = Context { given: Some(&given), ..full(&tags) };
        assert_eq!(holds(&condition, &context), fills, "{variable}");
    }
}

#[test]
fn times_networks_and_numbers_have_texts_for_string_operators() {
    let tags = pairs(&[]);
    for (key, value) in [
        ("aws:CurrentTime", "2013-07-01T00:00:00Z"),
        ("aws:EpochTime", "1372636800"),
        ("aws:SourceIp", "10.1.2.3"),
        ("aws:MultiFactorAuthAge", "300"),
        ("aws:SecureTransport", "false"),
    ] {
        assert!(holds(&format!(r#""StringEquals":{{"{key}":"{value}"}}"#), &full(&tags)), "{key}");
    }
    assert!(holds(r#""NumericGreaterThan":{"aws:EpochTime":"1372636799"}"#, &full(&tags)));
    assert!(holds(r#""DateEquals":{"aws:EpochTime":"2013-07-01"}"#, &full(&tags)));
}
