//! What is read, and what is refused with which text.

use super::{ALICE, FEDERATED, ROLE, ROOT, SESSION, World, account, document, id};
use crate::{Bindings, Document, DocumentKind, PolicyError, default_policy_text, rewrite_deleted};
use proptest::prelude::*;

fn read(text: &str) -> Result<Document, PolicyError> {
    Document::parse(DocumentKind::KeyPolicy, text, &World)
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
    let (parsed, built) = (read(&text).unwrap(), Document::default_key_policy(&account()));
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
fn actions_with_characters_that_none_has() {
    for action in ["kms:${aws:username}", "kms:Dec rypt", "kms:Decrypté"] {
        assert_eq!(
            refusal_of(r#""*""#, &format!(r#""{action}""#), r#""*""#, ""),
            format!("Policy contains an invalid action: '{action}'.")
        );
    }
}

#[test]
fn canonical_user_is_refused() {
    assert_eq!(
        refusal_of(r#"{"CanonicalUser":"x"}"#, r#""*""#, r#""*""#, ""),
        "Policy uses a 'CanonicalUser' principal, which is not supported."
    );
}

#[test]
fn condition_faults() {
    let with =
        |condition: &str| refusal_of(r#""*""#, r#""*""#, r#""*""#, &format!(r#","Condition":{condition}"#));
    let objects = "Policy element 'Condition' must be an object of objects.";
    let values = "Policy element 'Condition' must be a string, boolean or number, or a list of at least one of \
                  them, for each condition key.";
    for (condition, expected) in [
        ("1", objects),
        (r#"{"StringEquals":"x"}"#, objects),
        (r#"{"StringEquals":{"aws:userid":[]}}"#, values),
        (r#"{"StringEquals":{"aws:userid":{}}}"#, values),
        (r#"{"StringEquals":{"aws:userid":[null]}}"#, values),
        (r#"{"StringIs":{"aws:userid":"x"}}"#, "Invalid Condition type : StringIs."),
        (r#"{"StringEquals":{"userid":"x"}}"#, "Policy contains a condition key without a prefix: 'userid'."),
        (
            r#"{"StringEquals":{"kms:DataKeySpec":"x"}}"#,
            "Policy contains an unknown condition key: 'kms:DataKeySpec'.",
        ),
        (
            r#"{"DateLessThan":{"aws:CurrentTime":"tomorrow"}}"#,
            "Policy contains an invalid value for the condition operator 'DateLessThan': 'tomorrow' is not a date.",
        ),
        (
            r#"{"ForAllValues:StringEquals":{"aws:userid":"x"}}"#,
            "OverlyPermissiveCondition: the operator 'ForAllValues:StringEquals' with the single-valued condition \
             key 'aws:userid' in an Allow statement matches every request that lacks the key.",
        ),
    ] {
        assert_eq!(with(condition), expected, "{condition}");
    }
    for variable in
        ["${", "${}", "${*", "${username}", "${aws:userid, x}", "${aws:userid,'x'", "${aws:userid, 'x'y}"]
    {
        let expected = format!("Policy contains an invalid policy variable: '{variable}'.");
        assert_eq!(with(&format!(r#"{{"StringEquals":{{"aws:userid":"{variable}"}}}}"#)), expected);
    }
    assert_eq!(
        with(r#"{"StringEquals":{"aws:userid":"${kms:Nothing}"}}"#),
        "Policy contains an unknown condition key: 'kms:Nothing'."
    );
}

#[test]
fn conditions_that_are_taken() {
    for condition in [
        "{}",
        r#"{"StringEquals":{}}"#,
        r#"{"StringEquals":{"s3:prefix":"x","aws:New":true,"idp.example/path:8443:sub":7}}"#,
        r#"{"ForAllValues:StringEquals":{"aws:TagKeys":["a","b"],"s3:unknown":"x"}}"#,
        r#"{"BinaryEquals":{"aws:userid":"QUJD"}}"#,
    ] {
        let members = format!(
            r#""Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{condition}"#
        );
        assert!(read(&document(&[&members])).is_ok(), "{condition}");
    }
    let overly = r#""Effect":"Deny","Principal":"*","Action":"*","Resource":"*",
        "Condition":{"ForAllValues:StringEquals":{"aws:userid":"x"}}"#;
    assert!(read(&document(&[overly])).is_ok());
}

#[test]
fn older_version_has_no_variables() {
    let statement = r#"{"Effect":"Deny","Principal":"*","Action":"*","Resource":"${"}"#;
    assert!(read(&format!(r#"{{"Version":"2008-10-17","Statement":{statement}}}"#)).is_ok());
    assert!(read(&format!(r#"{{"Statement":{statement}}}"#)).is_ok());
    assert!(read(&format!(r#"{{"Version":"2012-10-17","Statement":{statement}}}"#)).is_err());
}

#[test]
fn each_kind_of_document_has_its_elements() {
    use DocumentKind::{Identity, KeyPolicy, Session, TrustPolicy};
    let (action, resource, principal) = (r#","Action":"*""#, r#","Resource":"*""#, r#","Principal":"*""#);
    for (kind, members, expected) in [
        (Identity, format!("{action}{resource}"), ""),
        (Session, format!("{action}{resource}"), ""),
        (
            Identity,
            format!("{action}{resource}{principal}"),
            "Policy document should not specify a principal.",
        ),
        (
            Session,
            format!(r#"{action}{resource},"NotPrincipal":"*""#),
            "Policy document should not specify a principal.",
        ),
        (Identity, resource.to_owned(), "Policy statement must contain actions."),
        (Identity, action.to_owned(), "Policy statement must contain resources."),
        (Identity, format!(r#"{action},"Resource":"x""#), r#"Resource x must be in ARN format or "*"."#),
        (
            Identity,
            format!(r#"{action}{resource},"Sid":"a b""#),
            "Statement ID (SID) 'a b' must be alphanumeric.",
        ),
        (TrustPolicy, format!("{action}{principal}"), ""),
        (TrustPolicy, format!("{action}{resource}{principal}"), "Has prohibited field Resource"),
        (TrustPolicy, principal.to_owned(), "Policy statement must contain actions."),
        (TrustPolicy, action.to_owned(), "Policy element 'Principal' is required."),
        (KeyPolicy, format!("{action}{resource}"), "Policy element 'Principal' is required."),
        (
            KeyPolicy,
            format!(r#"{action}{resource}{principal},"NotPrincipal":"*""#),
            "Policy contains a statement with both 'Principal' and 'NotPrincipal'.",
        ),
    ] {
        let text = document(&[&format!(r#""Effect":"Deny"{members}"#)]);
        let refused = Document::parse(kind, &text, &World).err().map(|error| error.to_string());
        assert_eq!(refused.unwrap_or_default(), expected, "{kind:?} {members}");
    }
    let same = r#""Sid":"a","Effect":"Deny","Action":"*","Resource":"*""#;
    let refused = Document::parse(Identity, &document(&[same, same]), &World).map(|_| ());
    assert_eq!(refused, Err(PolicyError::DuplicateSid));
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
        r#"{"AWS":["*","AIDACKCEVSQ6unknown"]}"#,
        r#"{"AWS":"ASIACKCEVSQ6C2EXAMPLE"}"#,
        r#"{"AWS":"arn:aws:iam::111122223333:user/nobody"}"#,
        r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/nobody/s"}"#,
        r#"{"Service":"*"}"#,
        r#"{"Service":"kms"}"#,
        r#"{"Federated":"*"}"#,
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
fn names_are_bound_and_the_bindings_read_the_text_again() {
    let names =
        [ALICE, ROLE, SESSION, FEDERATED, "*", "111122223333", ROOT, "AIDAFORMERLYBOB", "AROAFORMERLYROLE"];
    let list = names.map(|name| format!(r#""{name}""#)).join(",");
    let members = format!(
        r#""Effect":"Allow","Principal":{{"AWS":[{list}],"Service":"x.amazonaws.com"}},"Action":"*","Resource":"*""#
    );
    let text = document(&[&members]);
    let first = read(&text).unwrap();
    let arns: Vec<String> = first.bindings().arns.iter().map(|(arn, id)| format!("{arn} {id}")).collect();
    assert_eq!(
        arns,
        [
            format!("{ALICE} AIDA111122223333alice"),
            format!("{ROLE} AROA111122223333r"),
            format!("{SESSION} AROA111122223333r"),
        ]
    );
    assert_eq!(first.bindings().ids, [id("AIDAFORMERLYBOB"), id("AROAFORMERLYROLE")].into());
    assert_eq!(first.unique_ids().count(), 5);
    let again = Document::parse(DocumentKind::KeyPolicy, &text, first.bindings()).unwrap();
    assert_eq!(format!("{first:?}"), format!("{again:?}"));
    assert!(Document::parse(DocumentKind::KeyPolicy, &text, &Bindings::default()).is_err());
    let by_id = document(&[&super::about("Allow", "AIDAFORMERLYBOB", "*")]);
    assert!(Document::parse(DocumentKind::KeyPolicy, &by_id, first.bindings()).is_ok());
    assert!(Document::parse(DocumentKind::KeyPolicy, &by_id, &Bindings::default()).is_err());
}

#[test]
fn deleted_principals_are_shown_by_their_ids() {
    let text = document(&[
        &format!(
            r#""Effect":"Allow","Principal":{{"AWS":["{ALICE}","{ROLE}"]}},"Action":"*","Resource":"{ALICE}""#
        ),
        &format!(r#""Effect":"Deny","NotPrincipal":{{"AWS":"{ALICE}"}},"Action":"*","Resource":"\u00e9\"""#),
    ]);
    let bindings = read(&text).unwrap().bindings().clone();
    let unchanged = rewrite_deleted(&text, &bindings, |arn| bindings.arns.get(arn).cloned());
    assert_eq!(unchanged.unwrap(), text);
    let recreated = |arn: &strongroom_types::PrincipalArn| match arn.to_string().as_str() {
        ALICE => Some(id("AIDAANOTHERALICE")),
        _ => bindings.arns.get(arn).cloned(),
    };
    let rewritten = rewrite_deleted(&text, &bindings, recreated).unwrap();
    let value: serde_json::Value = serde_json::from_str(&rewritten).unwrap();
    let [first, second] = [0, 1].map(|at| &value["Statement"][at]);
    assert_eq!(first["Principal"]["AWS"], serde_json::json!(["AIDA111122223333alice", ROLE]));
    assert_eq!((&first["Resource"], &second["Resource"]), (&ALICE.into(), &"é\"".into()));
    assert_eq!(second["NotPrincipal"]["AWS"], "AIDA111122223333alice");
    assert!(
        rewritten.starts_with("{\n  \"Version\" : \"2012-10-17\",\n  \"Statement\" : [ {\n    \"Effect\"")
    );
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

    #[test]
    fn parse_never_panics_on_conditions_and_resources(
        text in r"(\$|\{|\}|'|,|:|\*|\?|aws|kms|userid|PrincipalTag/|é| ){0,12}",
        operator in "(ForAnyValue:|ForAllValues:)?(String|Arn|Date|Numeric|Ip)?(Not)?(Equals|Like|Address)(IfExists)?",
    ) {
        let json = serde_json::Value::from(text.as_str());
        let _ = read(&document(&[&format!(
            r#""Effect":"Deny","Principal":"*","Action":"*","Resource":{json},"Condition":{{"{operator}":{{{json}:{json}}}}}"#
        )]));
    }
}
