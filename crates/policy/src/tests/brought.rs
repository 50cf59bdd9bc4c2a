//! What a caller can bring by itself: it is told to bring a fresh code of its MFA device before anybody takes the
//! condition out of a policy; and whoever has no device is not.

use super::*;
use crate::{
    Change, GrantNames, SessionFacts, WebIdentity, can_bring, explain, explain_retire_grant, explain_trust,
};
use serde_json::json;

const PRESENT: &str = r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#;
const FRESH: &str = r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"300"}}"#;
const ABSENT: &str = r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#;

/// The kinds of changes, in their order.
fn kinds(changes: &[Change]) -> String {
    let kind = |change: &Change| match change {
        Change::Remove(_) => "Remove",
        Change::Add { .. } => "Add",
        Change::Regrant { .. } => "Regrant",
        Change::Bring { .. } => "Bring",
    };
    changes.iter().map(kind).collect::<Vec<_>>().join(" ")
}

fn on(condition: &str, statement: &str) -> String {
    format!(r#"{statement},"Condition":{condition}"#)
}

/// What is suggested to a caller who may not decrypt under a key policy of these statements.
fn suggested(who: &str, session: SessionFacts<'_>, statements: &[&str]) -> Vec<Change> {
    let (policy, caller, key) = (key_policy(statements), caller(who), key());
    let context = Context { session, ..Context::default() };
    let resource = Resource::Key(&key);
    let question = Question { caller: &caller, action: "kms:Decrypt".into(), resource, context: &context };
    let explanation = explain(&question, &Evidence { key_policy: Some(&policy), ..Evidence::default() });
    assert!(!explanation.allowed);
    explanation.changes
}

#[test]
fn code_is_brought_before_a_policy_is_changed() {
    let allow = |condition: &str| on(condition, &about("Allow", ALICE, "kms:Decrypt"));
    let (plain, denied) =
        (about("Allow", ALICE, "kms:Decrypt"), on(ABSENT, &about("Deny", "*", "kms:Decrypt")));
    let without = SessionFacts { mfa_present: Some(false), ..SessionFacts::default() };
    let stale = SessionFacts { mfa_present: Some(true), mfa_age_s: Some(4_000), ..SessionFacts::default() };
    let old = r#"{"NumericGreaterThan":{"aws:MultiFactorAuthAge":"300"}}"#;
    let long_lived = SessionFacts::default();
    for (session, statements, expected) in [
        (long_lived, vec![allow(PRESENT)], "Bring"),
        (without, vec![allow(PRESENT)], "Bring"),
        (long_lived, vec![allow(FRESH)], "Bring"),
        (stale, vec![allow(FRESH)], "Bring"),
        (long_lived, vec![plain.clone(), denied.clone()], "Bring"),
        (without, vec![plain.clone(), denied.clone()], "Bring"),
        (long_lived, vec![about("Allow", BOB, "kms:Decrypt"), denied.clone()], "Bring Add"),
        (long_lived, vec![allow(old)], "Add"),
        (long_lived, vec![plain, denied, about("Deny", ALICE, "kms:*")], "Bring Remove"),
    ] {
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        assert_eq!(kinds(&suggested(ALICE, session, &statements)), expected, "{statements:?}");
    }
    let shown = serde_json::to_value(suggested(ALICE, long_lived, &[&allow(PRESENT)])).unwrap();
    assert_eq!(
        shown[0]["Bring"]["values"],
        json!([["aws:MultiFactorAuthPresent", "true"], ["aws:MultiFactorAuthAge", "0"]])
    );
    assert!(shown[0]["Bring"]["how"].as_str().unwrap().contains("SerialNumber and TokenCode"));
}

#[test]
fn code_is_brought_by_whoever_can_have_a_device() {
    let by_provider = SessionFacts { web_identity: Some(WebIdentity::default()), ..SessionFacts::default() };
    let plain = SessionFacts::default();
    for (who, session, expected) in [
        (ALICE, plain, "Bring"),
        (SESSION, plain, "Bring"),
        (SESSION, by_provider, "Remove"),
        (ROOT, plain, "Remove"),
        (FEDERATED, plain, "Remove"),
    ] {
        let (allow, deny) =
            (about("Allow", who, "kms:Decrypt"), on(ABSENT, &about("Deny", "*", "kms:Decrypt")));
        assert_eq!(kinds(&suggested(who, session, &[&allow, &deny])), expected, "{who}");
    }
}

/// Sessions of users reach of STS only AssumeRole: a code cannot come with anything else.
#[test]
fn code_is_not_brought_where_no_session_of_a_user_gets() {
    let policy = identity(&[&on(PRESENT, &attached("Allow", "*"))]);
    let policies = [IdentityPolicy { name: Arc::from("p"), document: policy }];
    let evidence = Evidence { identity: &policies, ..Evidence::default() };
    let (caller, context) = (caller(ALICE), Context::default());
    for (action, can) in [
        ("kms:ListKeys", true),
        ("iam:ListUsers", true),
        ("sts:AssumeRole", true),
        ("sts:GetFederationToken", false),
    ] {
        let resource = Resource::None;
        let question = Question { caller: &caller, action: action.into(), resource, context: &context };
        let expected = if can { "Bring" } else { "Add" };
        assert_eq!(kinds(&explain(&question, &evidence).changes), expected, "{action}");
        assert_eq!(can_bring(&question, "AWS:multifactorauthage"), can, "{action}");
        assert!(!can_bring(&question, "aws:SourceIp"));
    }
}

#[test]
fn role_is_assumed_and_a_grant_retired_with_a_code() {
    let (caller, key, context) = (caller(ALICE), key(), Context::default());
    let ask = |action: &'static str| Question {
        caller: &caller,
        action: action.into(),
        resource: Resource::Key(&key),
        context: &context,
    };
    let trusted = format!(r#""Effect":"Allow","Principal":{{"AWS":"{ALICE}"}},"Action":"sts:AssumeRole""#);
    let text = document(&[&on(PRESENT, &trusted)]);
    let trust = Document::parse(DocumentKind::TrustPolicy, &text, &World).unwrap();
    let role = PrincipalArn::parse(ROLE).unwrap();
    let assumed = explain_trust(&ask("sts:AssumeRole"), &role, &trust, &Evidence::default());
    assert_eq!((assumed.allowed, &*kinds(&assumed.changes)), (false, "Bring"));
    let policy =
        key_policy(&[&about("Allow", ROOT, "kms:*"), &on(ABSENT, &about("Deny", "*", "kms:RetireGrant"))]);
    let evidence = Evidence { key_policy: Some(&policy), ..Evidence::default() };
    let grant = crate::Grant { retiring: Some(bound(ALICE)), ..grants::grant(OTHER_USER, &["Decrypt"]) };
    let names = GrantNames { grantee: OTHER_USER, retiring: Some(ALICE) };
    let retired = explain_retire_grant(&ask("kms:RetireGrant"), &evidence, &grant, names);
    assert_eq!((retired.allowed, &*kinds(&retired.changes)), (false, "Bring"));
}
