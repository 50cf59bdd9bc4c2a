//! Why a grant could not be retired: who may, why the caller may not, and what would change that.

use super::*;
use crate::{
    Change, Grant, GrantNames, Match, PolicyName, RetirerKind, Rule, decide_retire_grant,
    explain_retire_grant,
};
use serde_json::json;

/// Policies by the name that changes give them, and the grant's retiring principal.
#[derive(Clone, Default)]
struct Policies {
    key: Option<String>,
    identity: Vec<IdentityPolicy>,
    boundary: Option<Arc<Document>>,
    session: Option<Vec<Arc<Document>>>,
    retiring: Option<String>,
}

impl Policies {
    fn explain(&self, who: &str, operations: &[&str]) -> crate::Explanation {
        let (caller, key, context) = (caller(who), key(), Context::default());
        let policy =
            self.key.as_ref().map(|text| Document::parse(DocumentKind::KeyPolicy, text, &World).unwrap());
        let resource = Resource::Key(&key);
        let question =
            Question { caller: &caller, action: "kms:RetireGrant".into(), resource, context: &context };
        let evidence = Evidence {
            key_policy: policy.as_ref(),
            identity: &self.identity,
            boundary: self.boundary.as_deref(),
            session: self.session.as_deref(),
            ..Evidence::default()
        };
        let retiring = self.retiring.as_deref().map(bound);
        let grant = Grant { retiring, ..grants::grant(OTHER_USER, operations) };
        let names = GrantNames { grantee: OTHER_USER, retiring: self.retiring.as_deref() };
        let explanation = explain_retire_grant(&question, &evidence, &grant, names);
        let decision = decide_retire_grant(&question, &evidence, &grant);
        assert_eq!((explanation.allowed, explanation.rule), (decision.is_allowed(), decision.rule()));
        assert_eq!(explanation.determining.iter().collect::<Vec<_>>(), decision.statements());
        explanation
    }

    fn apply(&mut self, changes: &[Change]) {
        for change in changes {
            let made = || {
                let text = change.apply(None).unwrap().unwrap();
                Arc::new(Document::parse(DocumentKind::Identity, &text, &World).unwrap())
            };
            match (change, change.policy()) {
                (Change::Regrant { retiring, .. }, _) => self.retiring = Some(retiring.clone()),
                (_, Some(PolicyName::KeyPolicy)) => self.key = change.apply(self.key.as_deref()).unwrap(),
                (Change::Remove(_), Some(PolicyName::Identity(_))) => self.identity.clear(),
                (_, Some(PolicyName::Identity(name))) => {
                    self.identity.push(IdentityPolicy { name: name.clone(), document: made() });
                }
                (_, Some(PolicyName::Boundary)) => self.boundary = Some(made()),
                (_, Some(PolicyName::Session(_))) => self.session.get_or_insert_default().push(made()),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn retirers_are_told_with_why_the_caller_is_none() {
    let policies = Policies { retiring: Some(ALICE.to_owned()), ..Policies::default() };
    let explanation = policies.explain(BOB, &["Decrypt"]);
    assert_eq!((explanation.allowed, explanation.rule), (false, Rule::NoIdentityPolicyAllows));
    let shown = serde_json::to_value(&explanation).unwrap();
    assert_eq!(
        shown["retirement"]["retirers"],
        json!([
            { "kind": "RetiringPrincipal", "principal": ALICE, "may": true, "matched": null },
            { "kind": "Grantee", "principal": OTHER_USER, "may": false, "matched": null },
            { "kind": "IssuingAccount", "principal": ROOT, "may": true, "matched": "Account" },
        ])
    );
    let foreign = Policies::default().explain(OTHER_USER, &["Decrypt"]);
    let retirement = foreign.retirement.unwrap();
    let [grantee, account] = &retirement.retirers[..] else { panic!("two ways") };
    assert_eq!((grantee.kind, grantee.may), (RetirerKind::Grantee, false));
    assert_eq!(
        grantee.matched,
        Some(Match::Itself),
        "it is the caller, but the grant does not list RetireGrant"
    );
    assert_eq!((account.kind, account.matched), (RetirerKind::IssuingAccount, None));
    let other = explain_other_question();
    assert!(other.get("retirement").is_none(), "only where a grant is to be retired: {other}");
}

#[test]
fn key_policy_warns_of_a_key_that_no_request_has() {
    let condition = r#""Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}"#;
    let statement = format!("{},{condition}", about("Allow", ROOT, "*"));
    let policies = Policies { key: Some(document(&[&statement])), ..Policies::default() };
    let warnings = policies.explain(BOB, &["Decrypt"]).warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("aws:PrincipalOrgID"), "{warnings:?}");
}

fn explain_other_question() -> serde_json::Value {
    let (caller, context) = (caller(ALICE), Context::default());
    let resource = Resource::None;
    let question = Question { caller: &caller, action: "kms:ListKeys".into(), resource, context: &context };
    serde_json::to_value(crate::explain(&question, &Evidence::default())).unwrap()
}

#[test]
fn suggested_change_lets_the_caller_retire_the_grant() {
    let nothing = identity(&[&attached("Allow", "s3:*")]);
    let deny = document(&[&about("Deny", "*", "kms:RetireGrant")]);
    let plain = Policies::default();
    let limited = Policies { boundary: Some(nothing), session: Some(Vec::new()), ..Policies::default() };
    let limited_and_named = Policies { retiring: Some(OTHER_USER.to_owned()), ..limited.clone() };
    let denied = Policies { key: Some(deny), retiring: Some(ALICE.to_owned()), ..Policies::default() };
    let by_user = Policies { identity: vec![named("Deny", "kms:*")], ..denied.clone() };
    for (who, before, operations, changes) in [
        (BOB, &plain, &["Decrypt"], 1),
        (BOB, &limited, &["Decrypt"], 3),
        (OTHER_USER, &plain, &["Decrypt"], 1),
        (OTHER_USER, &limited, &["Decrypt"], 3),
        (OTHER_USER, &limited_and_named, &["Decrypt"], 2),
        (ALICE, &denied, &["Decrypt"], 2),
        (ALICE, &by_user, &["Decrypt"], 3),
    ] {
        let explanation = before.explain(who, operations);
        assert_eq!(
            (explanation.allowed, explanation.changes.len()),
            (false, changes),
            "{:?}",
            explanation.changes
        );
        let mut after = before.clone();
        after.apply(&explanation.changes);
        let flipped = after.explain(who, operations);
        assert!(flipped.allowed && flipped.changes.is_empty(), "{who} after {:?}", explanation.changes);
    }
    let foreign = plain.explain(OTHER_ROOT, &["Decrypt"]);
    let shown = serde_json::to_value(&foreign.changes).unwrap();
    assert_eq!(shown, json!([{ "Regrant": { "grant": OTHER_USER, "retiring": OTHER_ROOT } }]));
}
