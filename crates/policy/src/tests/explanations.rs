//! Explanations: what they tell, that they replay to the same verdict, and that the suggested change flips a denial.

use super::*;
use crate::{
    Change, ConditionFinding, Effect, Element, Explanation, Grant, PolicyName, RequestFacts, Rule,
    SessionFacts, StatementName, explain, observe, smallest_change,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use strongroom_types::AliasArn;

#[test]
fn explanation_says_what_did_not_match_on_which_key_and_value() {
    let statement = format!(
        r#""Sid":"s","Effect":"Allow","Principal":{{"AWS":"{ALICE}"}},"Action":"kms:Decrypt","Resource":"*",
        "Condition":{{"StringEquals":{{"kms:EncryptionContext:app":["a","b"]}},"Bool":{{"aws:MultiFactorAuthPresent":"true"}}}}"#
    );
    let policy = key_policy(&[&statement, &about("Allow", BOB, "kms:Encrypt")]);
    let grant = grants::grant(BOB, &["Decrypt"]);
    let grants = [&grant];
    let evidence = Evidence { key_policy: Some(&policy), grants: &grants, ..Evidence::default() };
    let pairs = [("app".to_owned(), "c".to_owned())].into();
    let request = RequestFacts { encryption_context: Some(&pairs), ..RequestFacts::default() };
    let context = Context { request, ..Context::default() };
    let (caller, key) = (caller(ALICE), key());
    let question = Question {
        caller: &caller,
        action: "kms:Decrypt".into(),
        resource: Resource::Key(&key),
        context: &context,
    };
    let explanation = explain(&question, &evidence);
    assert_eq!((explanation.allowed, explanation.rule_number), (false, 9));
    let finding = |operator: &str, key: &str, wanted: &[&str], actual: Option<&str>| ConditionFinding {
        operator: operator.to_owned(),
        key: key.to_owned(),
        wanted: wanted.iter().map(|value| (*value).to_owned()).collect(),
        actual: actual.map(|value| vec![value.to_owned()]),
        holds: false,
    };
    let [first, second] = &explanation.statements[..] else { panic!("two statements") };
    assert_eq!(
        first.conditions,
        [
            finding("StringEquals", "kms:EncryptionContext:app", &["a", "b"], Some("c")),
            finding("Bool", "aws:MultiFactorAuthPresent", &["true"], None),
        ]
    );
    assert_eq!((first.mismatches.len(), first.effect, first.matched), (0, Effect::Allow, None));
    assert_eq!(second.mismatches, [Element::Action, Element::Principal]);
    let shown: Value = serde_json::to_value(&explanation).unwrap();
    assert_eq!(shown["grants"], json!([{ "id": BOB, "matched": null, "mismatch": "Grantee" }]));
    assert_eq!(shown["statements"][0]["statement"], json!({ "policy": "KeyPolicy", "index": 0, "sid": "s" }));
    assert_eq!(
        shown["changes"],
        json!([{ "Add": { "to": "KeyPolicy", "principal": ALICE, "action": "kms:Decrypt", "resource": "*" } }])
    );
    assert_eq!(
        shown["message"],
        format!(
            "User: {ALICE} is not authorized to perform: kms:Decrypt on resource: {KEY} because no resource-based \
             policy allows the kms:Decrypt action"
        )
    );
    let seen = observe(&question, &evidence);
    assert_eq!(seen, Explanation { warnings: Vec::new(), changes: Vec::new(), ..explanation });
}

#[test]
fn explanation_goes_on_after_the_first_mismatch() {
    let statement = format!(
        r#""Effect":"Allow","Principal":{{"AWS":"{BOB}"}},"Action":"kms:Decrypt","Resource":"{BOB}",
        "Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}"#
    );
    let policy = key_policy(&[&statement]);
    let evidence = Evidence { key_policy: Some(&policy), ..Evidence::default() };
    let (caller, key, context) = (caller(ALICE), key(), Context::default());
    let resource = Resource::Key(&key);
    let question = Question { caller: &caller, action: "kms:Decrypt".into(), resource, context: &context };
    let explanation = explain(&question, &evidence);
    let [only] = &explanation.statements[..] else { panic!("one statement") };
    assert_eq!(only.mismatches, [Element::Principal, Element::Resource]);
    assert_eq!(only.conditions.len(), 1);
}

#[test]
fn warnings_name_the_policy_of_the_caller_that_they_are_about() {
    let never = |effect: &str| {
        identity(&[&format!(
            r#"{},"Condition":{{"StringEquals":{{"kms:ViaService":"s3.us-east-1.amazonaws.com"}}}}"#,
            attached(effect, "kms:Decrypt")
        )])
    };
    let key_statement =
        r#""Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},"Action":"*","Resource":"*""#;
    let policy = key_policy(&[&about("Allow", ROOT, "*"), key_statement]);
    let own = [IdentityPolicy { name: Arc::from("own"), document: never("Allow") }, named("Allow", "*")];
    let (boundary, session) = (never("Deny"), [identity(&[&attached("Allow", "*")]), never("Allow")]);
    let evidence = Evidence {
        key_policy: Some(&policy),
        identity: &own,
        boundary: Some(&boundary),
        session: Some(&session),
        ..Evidence::default()
    };
    let (caller, key, context) = (caller(ALICE), key(), Context::default());
    let question = Question {
        caller: &caller,
        action: "kms:Decrypt".into(),
        resource: Resource::Key(&key),
        context: &context,
    };
    let of_key = "Statement 1 names the service s3.amazonaws.com, which never calls here.";
    let of_caller = ["Identity policy own", "Permissions boundary", "Session policy 2"].map(|name| {
        format!("{name}: Statement 0 uses the condition key kms:ViaService, which no request here has.")
    });
    let mut expected = vec![of_key.to_owned()];
    expected.extend(of_caller.clone());
    assert_eq!(explain(&question, &evidence).warnings, expected);
    // On another resource the key's policy says nothing.
    let question = Question { resource: Resource::Other("arn:aws:iam::111122223333:user/u"), ..question };
    assert_eq!(explain(&question, &evidence).warnings, of_caller);
}

#[test]
fn change_is_the_smallest() {
    let delegates = key_policy(&[&about("Allow", ROOT, "*")]);
    let (nothing, allow) = (identity(&[&attached("Allow", "s3:*")]), [named("Allow", "*")]);
    let none: [Arc<Document>; 0] = [];
    let base = Evidence { key_policy: Some(&delegates), ..Evidence::default() };
    let (key, context) = (key(), Context::default());
    for (who, evidence, expected) in [
        (ROOT, base, ""),
        (ALICE, base, "Identity(\"suggested-by-explain\")"),
        (ALICE, Evidence { boundary: Some(&nothing), ..base }, "KeyPolicy"),
        (ALICE, Evidence { identity: &allow, boundary: Some(&nothing), ..base }, "Boundary"),
        (SESSION, Evidence { identity: &allow, session: Some(&none), ..base }, "Session(0)"),
        (ALICE, Evidence::default(), "KeyPolicy"),
        (OTHER_USER, base, "KeyPolicy Identity(\"suggested-by-explain\")"),
        (OTHER_ROOT, base, "KeyPolicy"),
    ] {
        let caller = caller(who);
        let resource = Resource::Key(&key);
        let question =
            Question { caller: &caller, action: "kms:Decrypt".into(), resource, context: &context };
        let changes = smallest_change(&question, &evidence);
        let changed: Vec<_> =
            changes.iter().map(|change| format!("{:?}", change.policy().unwrap())).collect();
        assert_eq!(changed.join(" "), expected, "{who}");
    }
}

#[test]
fn nothing_is_suggested_for_an_alias_of_another_account() {
    let foreign = AliasArn::parse("arn:aws:kms:eu-west-1:444455556666:alias/a").unwrap();
    let (caller, context) = (caller(ALICE), Context::default());
    let of = |resource| {
        let question =
            Question { caller: &caller, action: "kms:UpdateAlias".into(), resource, context: &context };
        smallest_change(&question, &Evidence::default()).len()
    };
    assert_eq!(of(Resource::Alias(&foreign)), 0, "no policy of either account could allow it");
    let own = AliasArn::parse("arn:aws:kms:eu-west-1:111122223333:alias/a").unwrap();
    assert_eq!(of(Resource::Alias(&own)), 1);
}

#[test]
fn statement_that_is_not_there_cannot_be_removed() {
    let policy = document(&[&about("Allow", ROOT, "*")]);
    let remove = |index| {
        Change::Remove(StatementName { policy: PolicyName::KeyPolicy, index, sid: None }).apply(Some(&policy))
    };
    assert_eq!(remove(0).unwrap(), None);
    assert!(remove(1).is_err() && remove(2).is_err());
}

/// Policies as texts, so that changes can be applied to them.
#[derive(Clone, Debug, Default)]
struct Texts(BTreeMap<PolicyName, String>);

impl Texts {
    fn apply(&mut self, change: &Change) {
        let policy = change.policy().unwrap();
        let before = self.0.remove(policy);
        if let Some(after) = change.apply(before.as_deref()).unwrap() {
            self.0.insert(policy.clone(), after);
        }
    }

    fn of(
        &self,
        kind: DocumentKind,
        wanted: impl Fn(&PolicyName) -> bool,
    ) -> Vec<(PolicyName, Arc<Document>)> {
        let found = self.0.iter().filter(|(name, _)| wanted(name));
        found
            .map(|(name, text)| (name.clone(), Arc::new(Document::parse(kind, text, &World).unwrap())))
            .collect()
    }

    /// Decides, and checks that the explanation says the same and replays.
    fn decide(&self, case: &Case) -> (Decision, Vec<Change>) {
        let key_policy = self.of(DocumentKind::KeyPolicy, |name| *name == PolicyName::KeyPolicy).pop();
        let boundary = self.of(DocumentKind::Identity, |name| *name == PolicyName::Boundary).pop();
        let session: Vec<_> = self
            .of(DocumentKind::Session, |name| matches!(name, PolicyName::Session(_)))
            .into_iter()
            .map(|(_, document)| document)
            .collect();
        let identity: Vec<_> = self
            .of(DocumentKind::Identity, |name| matches!(name, PolicyName::Identity(_)))
            .into_iter()
            .map(|(name, document)| IdentityPolicy {
                name: match name {
                    PolicyName::Identity(name) => name,
                    _ => Arc::from("?"),
                },
                document,
            })
            .collect();
        let grants: Vec<&Grant> = case.grants.iter().collect();
        let evidence = Evidence {
            key_policy: key_policy.as_ref().map(|(_, document)| &**document),
            identity: &identity,
            boundary: boundary.as_ref().map(|(_, document)| &**document),
            session: case.has_session.then_some(&session[..]),
            grants: &grants,
        };
        let pairs = [("app".to_owned(), case.app.to_owned())].into();
        let request = RequestFacts { encryption_context: Some(&pairs), ..RequestFacts::default() };
        let context = Context { session: case.session, request, ..Context::default() };
        let (caller, key) = (caller(case.caller), key());
        let resource = if case.on_key { Resource::Key(&key) } else { Resource::None };
        let question = Question { caller: &caller, action: case.action.into(), resource, context: &context };
        let decision = decide(&question, &evidence);
        let explanation = explain(&question, &evidence);
        assert_eq!((explanation.allowed, explanation.rule), (decision.is_allowed(), decision.rule()));
        assert_eq!(explanation.determining.iter().collect::<Vec<_>>(), decision.statements());
        for name in decision.statements() {
            let finding = explanation.statements.iter().find(|finding| finding.statement == *name).unwrap();
            assert!(finding.matched.is_some() && finding.mismatches.is_empty());
            assert!(finding.conditions.iter().all(|condition| condition.holds));
        }
        (decision, explanation.changes)
    }
}

#[derive(Clone, Debug)]
struct Case {
    texts: Texts,
    has_session: bool,
    grants: Vec<Grant>,
    caller: &'static str,
    action: &'static str,
    app: &'static str,
    on_key: bool,
    session: SessionFacts<'static>,
}

impl Case {
    /// The same after changes.
    fn after(&self, changes: &[Change]) -> Self {
        let mut after = self.clone();
        for change in changes {
            match change {
                Change::Bring { values, .. } => {
                    values.iter().for_each(|(key, value)| after.bring(key, value));
                }
                change => after.texts.apply(change),
            }
        }
        after
    }

    /// As a session has it that was made with a code.
    fn bring(&mut self, key: &str, value: &str) {
        match key {
            "aws:MultiFactorAuthPresent" => self.session.mfa_present = Some(value.parse().unwrap()),
            "aws:MultiFactorAuthAge" => self.session.mfa_age_s = Some(value.parse().unwrap()),
            other => panic!("{other}"),
        }
    }

    /// Decides, and checks that the changes that are suggested allow, and that each is needed.
    fn check(&self) -> Result<(Decision, Vec<Change>), TestCaseError> {
        let (decision, changes) = self.texts.decide(self);
        prop_assert_eq!(decision.is_allowed(), changes.is_empty());
        if !decision.is_allowed() {
            let after = self.after(&changes);
            let (flipped, _) = after.texts.decide(&after);
            prop_assert!(flipped.is_allowed(), "{:?} after {:?}", flipped, changes);
        }
        if let [but_last @ .., _] = &changes[..] {
            let without_last = self.after(but_last);
            let (denied, _) = without_last.texts.decide(&without_last);
            prop_assert!(!denied.is_allowed(), "{:?} is too much", changes);
        }
        Ok((decision, changes))
    }
}

/// Conditions that policies have, and none.
fn conditions() -> Vec<Value> {
    vec![
        json!({}),
        json!({ "StringEquals": { "kms:EncryptionContext:app": "a" } }),
        json!({ "StringNotLike": { "aws:PrincipalArn": "*alice" } }),
    ]
}

/// The same, and conditions that a code of an MFA device meets, or lifts, or does not.
fn conditions_on_codes() -> Vec<Value> {
    let of_codes = [
        json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }),
        json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } }),
        json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": "300" } }),
        json!({ "NumericGreaterThanIfExists": { "aws:MultiFactorAuthAge": "300" } }),
        json!({ "Null": { "aws:MultiFactorAuthAge": "true" } }),
    ];
    conditions().into_iter().chain(of_codes).collect()
}

/// Access keys, sessions without a code, with one, and with one of long ago.
fn sessions() -> Vec<SessionFacts<'static>> {
    [(None, None), (Some(false), None), (Some(true), Some(60)), (Some(true), Some(4_000))]
        .map(|(mfa_present, mfa_age_s)| SessionFacts { mfa_present, mfa_age_s, ..SessionFacts::default() })
        .to_vec()
}

fn statement(with_principal: bool, conditions: Vec<Value>) -> impl Strategy<Value = Value> {
    let principals = vec![ROOT, ALICE, SESSION, ROLE, FEDERATED, OTHER_ROOT, OTHER_USER, "*"];
    let effect = prop_oneof![8 => Just("Allow"), 1 => Just("Deny")];
    let element = prop_oneof![9 => Just("Principal"), 1 => Just("NotPrincipal")];
    let actions = select(vec!["kms:*", "kms:Decrypt", "kms:De*", "kms:Encrypt"]);
    let conditions = select(conditions);
    let listed = subsequence(principals, 1..4);
    (effect, element, listed, actions, conditions).prop_map(
        move |(effect, element, listed, action, condition)| {
            let mut statement =
                json!({ "Effect": effect, "Action": action, "Resource": "*", "Condition": condition });
            if with_principal {
                statement[element] = json!({ "AWS": listed });
            }
            statement
        },
    )
}

fn text(with_principal: bool, conditions: Vec<Value>) -> impl Strategy<Value = String> {
    proptest::collection::vec(statement(with_principal, conditions), 1..4)
        .prop_map(|statements| json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
}

fn texts(conditions: &[Value]) -> impl Strategy<Value = (Texts, bool)> + use<> {
    let text = |with_principal| text(with_principal, conditions.to_vec());
    let identity = || proptest::option::of(text(false));
    let session = proptest::collection::vec(text(false), 0..3);
    let parts = (text(true), identity(), identity(), identity(), proptest::option::weighted(0.3, session));
    parts.prop_map(|(key, one, two, boundary, session)| {
        let mut texts = BTreeMap::from([(PolicyName::KeyPolicy, key)]);
        let named = |name: &str| PolicyName::Identity(Arc::from(name));
        texts.extend(one.map(|text| (named("one"), text)));
        texts.extend(two.map(|text| (named("two"), text)));
        texts.extend(boundary.map(|text| (PolicyName::Boundary, text)));
        let has_session = session.is_some();
        for (at, text) in session.into_iter().flatten().enumerate() {
            texts.insert(PolicyName::Session(at), text);
        }
        (Texts(texts), has_session)
    })
}

fn case(conditions: &[Value], sessions: Vec<SessionFacts<'static>>) -> impl Strategy<Value = Case> + use<> {
    let callers = select(vec![ROOT, ALICE, ALICE, SESSION, SESSION, FEDERATED, OTHER_USER, OTHER_ROOT]);
    let grantees = vec![ROOT, ALICE, ROLE, SESSION, FEDERATED, OTHER_USER, OTHER_ROOT];
    let grants = proptest::option::weighted(0.5, select(grantees)).prop_map(|grantee| {
        grantee.map(|grantee| grants::grant(grantee, &["Decrypt"])).into_iter().collect()
    });
    let actions = select(vec!["kms:Decrypt", "kms:Decrypt", "kms:Encrypt"]);
    let (apps, on_key) = (select(vec!["a", "b"]), proptest::bool::weighted(0.9));
    (texts(conditions), grants, callers, actions, apps, on_key, select(sessions)).prop_map(
        |((texts, has_session), grants, caller, action, app, on_key, session)| Case {
            texts,
            has_session,
            grants,
            caller,
            action,
            app,
            on_key,
            session,
        },
    )
}

fn config() -> Config {
    Config { cases: 8_192, failure_persistence: None, ..Config::default() }
}

#[test]
fn explanations_replay_and_suggested_changes_flip_random_denials() {
    let counts: RefCell<BTreeMap<Rule, u32>> = RefCell::new(BTreeMap::new());
    let check = |case: Case| -> Result<(), TestCaseError> {
        let (decision, _) = case.check()?;
        *counts.borrow_mut().entry(decision.rule()).or_default() += 1;
        Ok(())
    };
    let cases = case(&conditions(), vec![SessionFacts::default()]);
    TestRunner::new(config()).run(&cases, check).unwrap();
    let counts = counts.into_inner();
    assert_eq!(counts.len(), Rule::ALL.len(), "every rule decides: {counts:?}");
    assert!(counts.values().all(|count| *count >= 20), "{counts:?}");
    let allowed: u32 =
        counts.iter().filter(|(rule, _)| (2..=8).contains(&rule.number())).map(|(_, n)| n).sum();
    assert!(allowed * 4 >= 8_192, "a quarter allows: {counts:?}");
    println!("{counts:?}");
}

fn is_bring(change: &Change) -> bool {
    matches!(change, Change::Bring { .. })
}

#[test]
fn codes_that_are_brought_flip_random_denials() {
    let (alone, with_others) = (Cell::new(0), Cell::new(0));
    let check = |case: Case| -> Result<(), TestCaseError> {
        match &case.check()?.1[..] {
            [Change::Bring { .. }] => alone.set(alone.get() + 1),
            [Change::Bring { .. }, others @ ..] => {
                prop_assert!(!others.iter().any(is_bring));
                with_others.set(with_others.get() + 1);
            }
            others => prop_assert!(!others.iter().any(is_bring)),
        }
        Ok(())
    };
    TestRunner::new(config()).run(&case(&conditions_on_codes(), sessions()), check).unwrap();
    assert!(alone.get() >= 50 && with_others.get() >= 10, "{alone:?} {with_others:?}");
}
