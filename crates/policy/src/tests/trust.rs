//! Who may assume a role.

use super::*;
use crate::{
    AssumeRoleFacts, RequestFacts, Rule, SessionFacts, WebIdentity, decide_trust, decide_web_identity,
};

const ACTION: &str = "sts:AssumeRole";
const PROVIDER: &str = "arn:aws:iam::111122223333:oidc-provider/idp.example/x";

fn trust(statements: &[&str]) -> Document {
    Document::parse(DocumentKind::TrustPolicy, &document(statements), &World).unwrap()
}

fn trusts(effect: &str, principal: &str, more: &str) -> String {
    format!(r#""Effect":"{effect}","Principal":{principal},"Action":"sts:*"{more}"#)
}

fn rule(who: &str, trust: &Document, context: &Context<'_>, evidence: &Evidence<'_>) -> Rule {
    let (caller, role) = (caller(who), PrincipalArn::parse(ROLE).unwrap());
    let question = Question { caller: &caller, action: ACTION.into(), resource: Resource::None, context };
    decide_trust(&question, &role, trust, evidence).rule()
}

#[test]
fn trust_policy_is_to_a_role_what_a_key_policy_is_to_a_key() {
    let (none, allow) = (Evidence::default(), [named("Allow", "sts:AssumeRole")]);
    let with = Evidence { identity: &allow, ..none };
    let context = Context::default();
    for (principal, who, without, expected) in [
        (ALICE, ALICE, Rule::ResourcePolicyNamesCaller, Rule::ResourcePolicyNamesCaller),
        (ALICE, BOB, Rule::NoResourcePolicyAllows, Rule::NoResourcePolicyAllows),
        (ROOT, ALICE, Rule::NoIdentityPolicyAllows, Rule::ResourcePolicyDelegates),
        (ROLE, SESSION, Rule::ResourcePolicyNamesIssuer, Rule::ResourcePolicyNamesIssuer),
        (OTHER_USER, OTHER_USER, Rule::NoIdentityPolicyAllows, Rule::CrossAccount),
        (OTHER_ROOT, OTHER_USER, Rule::NoIdentityPolicyAllows, Rule::CrossAccount),
    ] {
        let trust = trust(&[&trusts("Allow", &format!(r#"{{"AWS":"{principal}"}}"#), "")]);
        assert_eq!(rule(who, &trust, &context, &none), without, "{principal} {who}");
        assert_eq!(rule(who, &trust, &context, &with), expected, "{principal} {who}");
    }
    let denying = trust(&[&trusts("Allow", r#""*""#, ""), &trusts("Deny", r#""*""#, "")]);
    assert_eq!(rule(ALICE, &denying, &context, &with), Rule::ExplicitDeny);
}

#[test]
fn external_id_is_asked_for() {
    let condition =
        r#","Condition":{"StringEquals":{"sts:ExternalId":"x","sts:RoleSessionName":"${aws:username}"}}"#;
    let trust = trust(&[&trusts("Allow", &format!(r#"{{"AWS":"{ALICE}"}}"#), condition)]);
    let with = |external_id| {
        let assume_role =
            AssumeRoleFacts { external_id, role_session_name: Some("alice"), ..Default::default() };
        Context { request: RequestFacts { assume_role, ..RequestFacts::default() }, ..Context::default() }
    };
    let none = Evidence::default();
    assert_eq!(rule(ALICE, &trust, &with(Some("x")), &none), Rule::ResourcePolicyNamesCaller);
    assert_eq!(rule(ALICE, &trust, &with(Some("y")), &none), Rule::NoResourcePolicyAllows);
    assert_eq!(rule(ALICE, &trust, &with(None), &none), Rule::NoResourcePolicyAllows);
}

#[test]
fn resource_account_is_the_roles() {
    let condition = r#","Condition":{"StringEquals":{"aws:ResourceAccount":"111122223333"}}"#;
    let trust = trust(&[&trusts("Allow", &format!(r#"{{"AWS":"{OTHER_ROOT}"}}"#), condition)]);
    assert_eq!(rule(OTHER_ROOT, &trust, &Context::default(), &Evidence::default()), Rule::CrossAccount);
}

fn web(provider: &str, audience: &str, trust: &Document) -> bool {
    let claims: &[(&str, &[&str])] = &[("amr", &["mfa", "pwd"])];
    let token = WebIdentity { issuer: "idp.example/x", audience, subject: "sub", claims };
    let session = SessionFacts { web_identity: Some(token), ..SessionFacts::default() };
    let context = Context { session, ..Context::default() };
    let role = PrincipalArn::parse(ROLE).unwrap();
    decide_web_identity(provider, "sts:AssumeRoleWithWebIdentity", &role, trust, &context).is_allowed()
}

#[test]
fn web_identity_needs_its_provider_named_and_its_conditions_met() {
    let principal = format!(r#"{{"Federated":"{PROVIDER}"}}"#);
    let condition = r#","Condition":{"StringEquals":{"idp.example/x:aud":"app","idp.example/x:sub":"sub"},
        "ForAnyValue:StringEquals":{"idp.example/x:amr":"mfa"}}"#;
    let good = trust(&[&trusts("Allow", &principal, condition)]);
    assert!(web(PROVIDER, "app", &good));
    assert!(!web(PROVIDER, "other", &good));
    assert!(!web("arn:aws:iam::111122223333:oidc-provider/idp.example/y", "app", &good));
    let other_issuer = trust(&[&trusts("Allow", &principal, &condition.replace("example/x", "example/y"))]);
    assert!(!web(PROVIDER, "app", &other_issuer));
}

#[test]
fn everybody_does_not_name_a_provider_but_denies_it() {
    let principal = format!(r#"{{"Federated":"{PROVIDER}"}}"#);
    assert!(!web(PROVIDER, "app", &trust(&[&trusts("Allow", r#""*""#, "")])));
    assert!(!web(PROVIDER, "app", &trust(&[&trusts("Allow", &format!(r#"{{"AWS":"{ROOT}"}}"#), "")])));
    let denied = trust(&[&trusts("Allow", &principal, ""), &trusts("Deny", r#""*""#, "")]);
    assert!(!web(PROVIDER, "app", &denied));
    let spared = format!(r#""Effect":"Deny","NotPrincipal":{principal},"Action":"*""#);
    assert!(web(PROVIDER, "app", &trust(&[&trusts("Allow", &principal, ""), &spared])));
}
