//! What is read, and what is refused with which text.

use super::{ALICE, ROOT, account, document};
use crate::{KeyPolicy, PolicyError, default_policy_text};
use proptest::prelude::*;

fn read(text: &str) -> Result<KeyPolicy, PolicyError> {
    KeyPolicy::parse(text, &account())
}

fn refusal(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

/// A statement that is right but for these members.
fn refusal_of(principal: &str, action: &str, resource: &str, more: &str) -> String {
    refusal(&document(&[&format!(
        r#""Effect":"Allow","Principal":{principal},"Action":{action},"Resource":{resource}{more}"#
    )]))
}

#[test]
fn default_policy_is_what_its_text_says() {
    let text = default_policy_text(&account());
    assert!(text.starts_with("{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\","));
    assert!(text.ends_with("\n  } ]\n}"));
    let (parsed, built) = (read(&text).unwrap(), KeyPolicy::default_for(&account()));
    assert_eq!(format!("{parsed:?}"), format!("{built:?}"));
}

#[test]
fn forms_that_are_accepted() {
    let statement = r#"{"Effect":"Deny","Principal":{"AWS":["*","111122223333"]},
        "NotAction":["kms:a","kms:b"],"NotResource":"*"}"#;
    for text in [
        format!(r#"{{"Statement":{statement}}}"#),
        format!(r#"{{"Version":"2008-10-17","Id":"x","Statement":[{statement},{statement}]}}"#),
    ] {
        assert!(read(&text).is_ok(), "{text}");
    }
}

#[test]
fn statement_without_action_or_resource_is_accepted() {
    for members in [
        r#""Effect":"Allow","Principal":"*","Action":"kms:*""#,
        r#""Effect":"Allow","Principal":"*","Resource":"*""#,
        r#""Effect":"Allow","Principal":"*""#,
    ] {
        assert!(read(&document(&[members])).is_ok(), "{members}");
    }
}

#[test]
fn not_a_json_object() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for text in ["", "{", "[]", "\"x\"", "{} x", "{\"Version\":\"2012-10-17\",}", deep.as_str()] {
        assert_eq!(refusal(text), "Policy is not valid JSON.", "{text}");
    }
}

#[test]
fn member_named_twice() {
    for members in [
        r#""Effect":"Deny","Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#,
        r#""Effect":"Deny","\u0045ffect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#,
    ] {
        assert_eq!(
            refusal(&document(&[members])),
            "Policy contains the element 'Effect' more than once in the same object."
        );
    }
}

#[test]
fn top_level_faults() {
    let statement = r#""Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}"#;
    let version = "Policy element 'Version' must be '2012-10-17' or '2008-10-17'.";
    for (text, expected) in [
        (format!(r#"{{"Version":"2013-10-17",{statement}}}"#), version),
        (format!(r#"{{"Version":2012,{statement}}}"#), "Policy element 'Version' must be a string."),
        (format!(r#"{{"Id":[],{statement}}}"#), "Policy element 'Id' must be a string."),
        (
            format!(r#"{{"version":"2012-10-17",{statement}}}"#),
            "Policy contains an unknown element: 'version'.",
        ),
        (r#"{"Version":"2012-10-17"}"#.to_owned(), "Policy element 'Statement' is required."),
        (r#"{"Statement":[]}"#.to_owned(), "Policy element 'Statement' is required."),
        (
            r#"{"Statement":["x"]}"#.to_owned(),
            "Policy element 'Statement' must be an object or a list of objects.",
        ),
    ] {
        assert_eq!(refusal(&text), expected, "{text}");
    }
}

#[test]
fn statement_faults() {
    for (members, expected) in [
        (r#""Principal":"*","Action":"kms:*","Resource":"*""#, "Policy element 'Effect' is required."),
        (
            r#""Effect":"allow","Principal":"*","Action":"kms:*","Resource":"*""#,
            "Policy element 'Effect' must be 'Allow' or 'Deny'.",
        ),
        (r#""Effect":"Allow","Action":"kms:*","Resource":"*""#, "Policy element 'Principal' is required."),
        (
            r#""Sid":1,"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#,
            "Policy element 'Sid' must be a string.",
        ),
        (
            r#""Effect":"Allow","Principal":"*","Action":"kms:*","NotAction":"kms:*","Resource":"*""#,
            "Policy contains a statement with both 'Action' and 'NotAction'.",
        ),
        (
            r#""Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","NotResource":"*""#,
            "Policy contains a statement with both 'Resource' and 'NotResource'.",
        ),
    ] {
        assert_eq!(refusal(&document(&[members])), expected, "{members}");
    }
    let list = "must be a string or a list of at least one string.";
    assert_eq!(refusal_of(r#""*""#, "[]", r#""*""#, ""), format!("Policy element 'Action' {list}"));
    assert_eq!(refusal_of(r#""*""#, r#""*""#, "[null]", ""), format!("Policy element 'Resource' {list}"));
    assert_eq!(
        refusal_of(r#""*""#, r#""Decrypt""#, r#""*""#, ""),
        "Policy contains an action without a service prefix: 'Decrypt'."
    );
}

#[test]
fn what_is_not_evaluated_yet_is_refused_by_name() {
    let any = r#""*""#;
    let later = |what: &str| format!("Policy uses {what}, which is not supported yet.");
    assert_eq!(refusal_of(any, any, any, r#","Condition":{}"#), later("the element 'Condition'"));
    assert_eq!(refusal_of(any, any, any, r#","NotPrincipal":"*""#), later("the element 'NotPrincipal'"));
    assert_eq!(refusal_of(any, any, any, r#","Extra":1"#), "Policy contains an unknown element: 'Extra'.");
    for kind in ["Service", "Federated", "CanonicalUser"] {
        let principal = format!(r#"{{"AWS":"*","{kind}":"x"}}"#);
        assert_eq!(refusal_of(&principal, any, any, ""), later(&format!("a '{kind}' principal")));
    }
    for (service, kind) in [("iam", "role"), ("sts", "assumed-role"), ("sts", "federated-user")] {
        let principal = format!(r#"{{"AWS":"arn:aws:{service}::111122223333:{kind}/x"}}"#);
        assert_eq!(refusal_of(&principal, any, any, ""), later(&format!("a '{kind}' principal")));
    }
    assert_eq!(
        refusal_of(any, any, r#""a${aws:username}""#, ""),
        later("a policy variable ('a${aws:username}')")
    );
}

#[test]
fn invalid_principals() {
    for principal in [
        r#""alice""#,
        "[]",
        "{}",
        r#"{"Other":"*"}"#,
        r#"{"AWS":"11112222333"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:user/*"}"#,
        r#"{"AWS":"arn:aws:iam::*:root"}"#,
        r#"{"AWS":"arn:aws-cn:iam::111122223333:root"}"#,
        r#"{"AWS":["*","AIDACKCEVSQ6C2EXAMPLE"]}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:group/x"}"#,
    ] {
        assert_eq!(
            refusal_of(principal, r#""*""#, r#""*""#, ""),
            "Policy contains a statement with one or more invalid principals.",
            "{principal}"
        );
    }
}

#[test]
fn named_principals_are_listed() {
    let members = format!(
        r#""Effect":"Allow","Principal":{{"AWS":["{ALICE}","*","111122223333"]}},"Action":"*","Resource":"*""#
    );
    let policy = read(&document(&[&members])).unwrap();
    let named: Vec<String> = policy.principals().map(ToString::to_string).collect();
    assert_eq!(named, [ALICE, ROOT]);
}

proptest! {
    #[test]
    fn parse_never_panics(text in ".{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn parse_never_panics_on_json_like_text(
        text in r#"([{}\[\],:]|"(Version|Statement|Effect|Principal|AWS|Action|Resource|\*|2012-10-17)"|1|null){0,40}"#,
    ) {
        let _ = read(&text);
    }
}
