//! Why a role could not be assumed, by a caller or by the holder of a provider's token, and that the suggested change
//! lets just that one in.

use super::*;
use crate::{
    Change, Element, Explanation, PolicyName, Rule, SessionFacts, WebIdentity, decide_trust,
    decide_web_identity, explain_trust, explain_web_identity, observe_trust,
};
use serde_json::json;

const ACTION: &str = "sts:AssumeRole";
const WEB_ACTION: &str = "sts:AssumeRoleWithWebIdentity";
const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/idp.example/x";

fn trust(text: &str) -> Document {
    Document::parse(DocumentKind::TrustPolicy, text, &World).unwrap()
}

fn role() -> PrincipalArn {
    PrincipalArn::parse(ROLE).unwrap()
}

fn statement(effect: &str, principal: &str, more: &str) -> String {
    format!(r#""Effect":"{effect}","Principal":{principal},"Action":"sts:*"{more}"#)
}

/// What the policies say after the changes: the trust policy, and identity policies.
fn applied(text: &str, changes: &[Change]) -> (String, Vec<IdentityPolicy>) {
    let (mut text, mut identity) = (Some(text.to_owned()), Vec::new());
    for change in changes {
        match change.policy().unwrap() {
            PolicyName::TrustPolicy => text = change.apply(text.as_deref()).unwrap(),
            PolicyName::Identity(name) => {
                let made = change.apply(None).unwrap().unwrap();
                let document = Document::parse(DocumentKind::Identity, &made, &World).unwrap();
                identity.push(IdentityPolicy { name: name.clone(), document: Arc::new(document) });
            }
            other => panic!("{other:?}"),
        }
    }
    (text.unwrap(), identity)
}

#[test]
fn change_of_a_trust_policy_lets_the_caller_in() {
    let context = Context::default();
    let may = |who: &str, text: &str, identity: &[IdentityPolicy]| {
        let caller = caller(who);
        let question = Question {
            caller: &caller,
            action: ACTION.into(),
            resource: Resource::Other(ROLE),
            context: &context,
        };
        let evidence = Evidence { identity, ..Evidence::default() };
        let explanation = explain_trust(&question, &role(), &trust(text), &evidence);
        let decision = decide_trust(&question, &role(), &trust(text), &evidence);
        assert_eq!((explanation.allowed, explanation.rule), (decision.is_allowed(), decision.rule()));
        explanation
    };
    let aws = |arn: &str| format!(r#"{{"AWS":"{arn}"}}"#);
    let bob_only = document(&[&statement("Allow", &aws(BOB), "")]);
    let account = document(&[&statement("Allow", &aws(ROOT), "")]);
    let denied = document(&[&statement("Allow", &aws(ALICE), ""), &statement("Deny", r#""*""#, "")]);
    let only_denies = document(&[&statement("Deny", r#""*""#, "")]);
    for (who, text, changes) in [
        (ALICE, &bob_only, 1),
        (SESSION, &bob_only, 1),
        (ALICE, &account, 1),
        (OTHER_USER, &bob_only, 2),
        (ALICE, &denied, 1),
        (ALICE, &only_denies, 2),
    ] {
        let explanation = may(who, text, &[]);
        assert_eq!((explanation.allowed, explanation.changes.len()), (false, changes), "{who} {text}");
        let (after, identity) = applied(text, &explanation.changes);
        assert!(may(who, &after, &identity).allowed, "{who} {after}");
        assert!(may(who, &after, &identity).changes.is_empty());
    }
    let shown = serde_json::to_value(may(ALICE, &bob_only, &[]).changes).unwrap();
    let added = json!({ "to": "TrustPolicy", "principal": ALICE, "action": ACTION, "resource": ROLE });
    assert_eq!(shown, json!([{ "Add": added }]));
}

fn explained(subject: &str, text: &str) -> crate::Explanation {
    let claims: &[(&str, &[&str])] = &[("amr", &["pwd"])];
    let token = WebIdentity { issuer: "idp.example/x", audience: "app", subject, claims };
    let session = SessionFacts { web_identity: Some(token), ..SessionFacts::default() };
    let context = Context { session, ..Context::default() };
    let explanation = explain_web_identity(PROVIDER, WEB_ACTION, &role(), &trust(text), &context);
    let decision = decide_web_identity(PROVIDER, WEB_ACTION, &role(), &trust(text), &context);
    assert_eq!((explanation.allowed, explanation.rule), (decision.is_allowed(), decision.rule()));
    assert_eq!(explanation.determining.iter().collect::<Vec<_>>(), decision.statements());
    explanation
}

#[test]
fn web_identity_is_told_which_claim_did_not_match() {
    let federated = format!(r#"{{"Federated":"{PROVIDER}"}}"#);
    let condition = r#","Condition":{"StringEquals":{"idp.example/x:sub":"s1"},
        "ForAnyValue:StringEquals":{"idp.example/x:amr":"mfa"}}"#;
    let text = document(&[
        &statement("Allow", &federated, condition),
        &statement("Allow", &format!(r#"{{"AWS":"{ALICE}"}}"#), ""),
    ]);
    let explanation = explained("s2", &text);
    assert_eq!((explanation.allowed, explanation.rule), (false, Rule::NoResourcePolicyAllows));
    assert_eq!(explanation.principal, format!("{PROVIDER}:app:s2"));
    assert_eq!((&*explanation.action, &*explanation.resource), (WEB_ACTION, ROLE));
    assert_eq!(
        explanation.message.as_deref(),
        Some("Not authorized to perform sts:AssumeRoleWithWebIdentity")
    );
    let [first, second] = &explanation.statements[..] else { panic!("two statements") };
    let shown = serde_json::to_value(&first.conditions).unwrap();
    assert_eq!(
        shown,
        json!([
            { "operator": "StringEquals", "key": "idp.example/x:sub", "wanted": ["s1"], "actual": ["s2"], "holds": false },
            { "operator": "ForAnyValue:StringEquals", "key": "idp.example/x:amr", "wanted": ["mfa"], "actual": ["pwd"], "holds": false },
        ])
    );
    assert!(first.mismatches.is_empty() && first.matched.is_none());
    assert_eq!(second.mismatches, [Element::Principal]);
}

#[test]
fn trust_policy_warns_of_a_key_that_no_request_has() {
    let condition = r#","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#;
    let text = document(&[&statement("Allow", &format!(r#"{{"Federated":"{PROVIDER}"}}"#), condition)]);
    let warned = |warnings: &[String]| warnings.len() == 1 && warnings[0].contains("aws:PrincipalOrgID");
    assert!(warned(&explained("s1", &text).warnings));
    let (caller, context) = (caller(ALICE), Context::default());
    let resource = Resource::Other(ROLE);
    let question = Question { caller: &caller, action: ACTION.into(), resource, context: &context };
    assert!(warned(&explain_trust(&question, &role(), &trust(&text), &Evidence::default()).warnings));
}

/// The change opens the role to that subject of that audience, never to everybody who has a token of the provider.
#[test]
fn change_for_a_web_identity_lets_that_subject_in_and_no_other() {
    let federated = format!(r#"{{"Federated":"{PROVIDER}"}}"#);
    let nobody = document(&[&statement("Allow", &format!(r#"{{"AWS":"{ALICE}"}}"#), "")]);
    let denied = document(&[&statement("Allow", &federated, ""), &statement("Deny", r#""*""#, "")]);
    let only_denies = document(&[&statement("Deny", r#""*""#, "")]);
    let old = nobody.replace("2012-10-17", "2008-10-17");
    for (text, changes) in [(&nobody, 1), (&denied, 1), (&only_denies, 2), (&old, 1)] {
        for subject in ["s1", "repo:a/b:ref:*", "${aws:username}", "$${*}"] {
            let explanation = explained(subject, text);
            assert_eq!((explanation.allowed, explanation.changes.len()), (false, changes), "{text}");
            let (after, _) = applied(text, &explanation.changes);
            let flipped = explained(subject, &after);
            assert!(flipped.allowed && flipped.changes.is_empty(), "{subject} {after}");
            let other = explained("repo:a/b:ref:x", &after);
            assert_eq!(other.allowed, *text == denied, "only its own subject: {after}");
        }
    }
    let explanation = explained("s1", &nobody);
    assert_eq!(
        serde_json::to_value(&explanation.changes).unwrap()[0]["Add"]["conditions"],
        json!([["idp.example/x:aud", "app"], ["idp.example/x:sub", "s1"]])
    );
    let by_deny = explained("s1", &denied);
    assert_eq!((by_deny.rule, by_deny.determining[0].index), (Rule::ExplicitDeny, 1));
}

#[test]
fn observation_is_the_explanation_without_warnings_and_changes() {
    let trust = trust(&document(&[&statement("Allow", &format!(r#"{{"AWS":"{BOB}"}}"#), "")]));
    let (caller, context, evidence) = (caller(ALICE), Context::default(), Evidence::default());
    let question =
        Question { caller: &caller, action: ACTION.into(), resource: Resource::None, context: &context };
    let explained = explain_trust(&question, &role(), &trust, &evidence);
    let seen = observe_trust(&question, &role(), &trust, &evidence);
    assert!(!explained.allowed && !explained.changes.is_empty());
    assert_eq!(seen, Explanation { warnings: Vec::new(), changes: Vec::new(), ..explained });
}
