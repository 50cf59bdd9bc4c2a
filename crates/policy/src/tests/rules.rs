//! One test for each rule of the decision, and for each text of a denial.

use super::*;
use crate::{PolicyName, Reason, Rule};
use strongroom_types::{AliasArn, AliasName, Region};

const DECRYPT: &str = "kms:Decrypt";

/// The rule that decides on Decrypt, and whether it allows.
fn rule(caller: &str, evidence: &Evidence<'_>) -> Rule {
    ask(caller, DECRYPT, &Context::default(), evidence).rule()
}

/// By the key policy alone.
fn by_policy(caller: &str, policy: &Document) -> Rule {
    rule(caller, &Evidence { key_policy: Some(policy), ..Evidence::default() })
}

fn delegates() -> String {
    about("Allow", "111122223333", "kms:*")
}

#[test]
fn default_policy_lets_the_root_and_whom_identity_policies_allow() {
    let policy = Document::default_key_policy(&account());
    let allow = [named("Allow", "kms:De*")];
    let with = Evidence { key_policy: Some(&policy), identity: &allow, ..Evidence::default() };
    assert_eq!(by_policy(ROOT, &policy), Rule::ResourcePolicyNamesCaller);
    for caller in [ALICE, SESSION, FEDERATED] {
        assert_eq!(by_policy(caller, &policy), Rule::NoIdentityPolicyAllows, "{caller}");
        assert_eq!(rule(caller, &with), Rule::ResourcePolicyDelegates, "{caller}");
        assert!(!ask(caller, "kms:Encrypt", &Context::default(), &with).is_allowed(), "{caller}");
    }
    for caller in [OTHER_ROOT, OTHER_USER] {
        assert_eq!(rule(caller, &with), Rule::NoResourcePolicyAllows, "{caller}");
    }
}

#[test]
fn identity_policy_alone_never_opens_a_key() {
    let allow = [named("Allow", "*")];
    let policy = key_policy(&[&about("Allow", BOB, "kms:*")]);
    let evidence = Evidence { key_policy: Some(&policy), identity: &allow, ..Evidence::default() };
    for caller in [ROOT, ALICE, SESSION] {
        assert_eq!(rule(caller, &evidence), Rule::NoResourcePolicyAllows, "{caller}");
    }
    let without = Evidence { identity: &allow, ..Evidence::default() };
    assert_eq!(rule(ROOT, &without), Rule::NoResourcePolicyAllows);
}

#[test]
fn principal_that_is_named_itself_may_and_others_may_not() {
    for caller in [ROOT, ALICE, SESSION, FEDERATED] {
        let policy = key_policy(&[&about("Allow", caller, DECRYPT)]);
        assert_eq!(by_policy(caller, &policy), Rule::ResourcePolicyNamesCaller, "{caller}");
        assert_eq!(by_policy(BOB, &policy).number() > 8, caller != BOB, "{caller}");
    }
    let policy = key_policy(&[&about("Allow", &SESSION.replace("/s", "/t"), DECRYPT)]);
    assert_eq!(by_policy(SESSION, &policy), Rule::NoResourcePolicyAllows);
}

#[test]
fn role_stands_for_its_sessions_and_user_for_its_federated_users() {
    let policy = key_policy(&[&about("Allow", ROLE, DECRYPT), &about("Allow", ALICE, DECRYPT)]);
    assert_eq!(by_policy(SESSION, &policy), Rule::ResourcePolicyNamesIssuer);
    assert_eq!(by_policy(FEDERATED, &policy), Rule::ResourcePolicyNamesIssuer);
    assert_eq!(by_policy(BOB, &policy), Rule::NoResourcePolicyAllows);
}

#[test]
fn principal_with_a_new_unique_id_does_not_inherit() {
    let policy = key_policy(&[&about("Allow", ALICE, DECRYPT)]);
    let again = Caller::user(account(), "alice", id("AIDARECREATED"));
    let (key, context) = (key(), Context::default());
    let resource = Resource::Key(&key);
    let evidence = Evidence { key_policy: Some(&policy), ..Evidence::default() };
    let question = Question { caller: &again, action: DECRYPT.into(), resource, context: &context };
    assert!(!decide(&question, &evidence).is_allowed());
    let by_id = key_policy(&[&about("Allow", "AIDARECREATED", DECRYPT)]);
    assert!(decide(&question, &Evidence { key_policy: Some(&by_id), ..evidence }).is_allowed());
}

#[test]
fn explicit_deny_wins_wherever_it_stands() {
    let grant = grants::grant(ALICE, &["Decrypt"]);
    let (allow, deny) = (identity(&[&attached("Allow", "*")]), identity(&[&attached("Deny", "kms:De*")]));
    let (allowed, denied) = ([named("Allow", "*")], [named("Deny", DECRYPT)]);
    let open = key_policy(&[&about("Allow", "*", "*"), &about("Allow", ALICE, "*")]);
    let closed = key_policy(&[&about("Allow", ALICE, "*"), &about("Deny", ALICE, "kms:De*")]);
    let (session_allow, session_deny) = ([allow.clone()], [allow.clone(), deny.clone()]);
    let all = Evidence {
        key_policy: Some(&open),
        identity: &allowed,
        boundary: Some(&allow),
        session: Some(&session_allow),
        grants: &[&grant],
    };
    assert_eq!(rule(ALICE, &all), Rule::ResourcePolicyNamesCaller);
    for (evidence, text) in [
        (Evidence { key_policy: Some(&closed), ..all }, "a resource-based policy"),
        (Evidence { identity: &denied, ..all }, "an identity-based policy"),
        (Evidence { boundary: Some(&deny), ..all }, "a permissions boundary"),
        (Evidence { session: Some(&session_deny), ..all }, "a session policy"),
    ] {
        let decision = ask(ALICE, DECRYPT, &Context::default(), &evidence);
        assert_eq!(decision.rule(), Rule::ExplicitDeny);
        let [statement] = decision.statements()[..] else { panic!("one statement") };
        let Decision::Denied(denial) = &decision else { panic!("denied") };
        assert_eq!(denial.statement.as_ref(), Some(statement));
        let (caller, key, context) = (caller(ALICE), key(), Context::default());
        let resource = Resource::Key(&key);
        let question = Question { caller: &caller, action: DECRYPT.into(), resource, context: &context };
        assert_eq!(
            denial.message(&question),
            format!(
                "User: {ALICE} is not authorized to perform: {DECRYPT} on resource: {KEY} with an explicit deny in {text}"
            )
        );
    }
}

#[test]
fn deny_of_an_account_is_for_everybody_in_it() {
    let policy = key_policy(&[&about("Allow", "*", "*"), &about("Deny", "111122223333", "*")]);
    for caller in [ROOT, ALICE, SESSION, FEDERATED] {
        assert_eq!(by_policy(caller, &policy), Rule::ExplicitDeny, "{caller}");
    }
    assert_eq!(by_policy(OTHER_ROOT, &policy), Rule::CrossAccount);
}

#[test]
fn delegation_is_bounded_by_its_action_and_root_can_be_locked_out() {
    let policy = key_policy(&[&about("Allow", ROOT, "kms:Describe*"), &about("Allow", ALICE, "kms:*")]);
    let allow = [named("Allow", "*")];
    let evidence = Evidence { key_policy: Some(&policy), identity: &allow, ..Evidence::default() };
    assert!(ask(BOB, "kms:DescribeKey", &Context::default(), &evidence).is_allowed());
    assert_eq!(rule(BOB, &evidence), Rule::NoResourcePolicyAllows);
    assert_eq!(rule(ROOT, &evidence), Rule::NoResourcePolicyAllows);
    let may_put = |who| ask(who, "kms:PutKeyPolicy", &Context::default(), &evidence).is_allowed();
    assert!(may_put(ALICE) && !may_put(ROOT));
}

#[test]
fn limits_apply_to_whom_contract_section_6_2_says() {
    let nothing = identity(&[&attached("Allow", "s3:*")]);
    let (everything, allow) = (identity(&[&attached("Allow", "*")]), [named("Allow", "*")]);
    let none: [Arc<Document>; 0] = [];
    let other = [nothing.clone()];
    let sessions = [everything.clone()];
    for (principal, caller, limited) in [
        (ALICE, ALICE, false),
        (SESSION, SESSION, false),
        (FEDERATED, FEDERATED, false),
        (ROLE, SESSION, true),
        (ALICE, FEDERATED, true),
        ("*", ALICE, true),
        ("*", SESSION, true),
        ("111122223333", ALICE, true),
    ] {
        let policy = key_policy(&[&about("Allow", principal, "*")]);
        let open = Evidence { key_policy: Some(&policy), identity: &allow, ..Evidence::default() };
        let within = Evidence { boundary: Some(&everything), session: Some(&sessions), ..open };
        for (evidence, expected) in [
            (open, None),
            (within, None),
            (Evidence { boundary: Some(&nothing), ..open }, Some(Rule::NoBoundaryAllows)),
            (Evidence { session: Some(&other), ..open }, Some(Rule::NoSessionPolicyAllows)),
            (Evidence { session: Some(&none), ..open }, Some(Rule::NoSessionPolicyAllows)),
        ] {
            let decision = ask(caller, DECRYPT, &Context::default(), &evidence);
            let expected = expected.filter(|_| limited);
            assert_eq!(decision.is_allowed(), expected.is_none(), "{principal} {caller} {decision:?}");
            assert!(expected.is_none_or(|rule| decision.rule() == rule), "{principal} {caller} {decision:?}");
        }
    }
}

#[test]
fn other_account_needs_both_sides_and_the_limits() {
    let (allow, everything) = ([named("Allow", "*")], identity(&[&attached("Allow", "s3:*")]));
    for principal in [OTHER_USER, "444455556666", "*"] {
        let policy = key_policy(&[&about("Allow", principal, "*")]);
        let one = Evidence { key_policy: Some(&policy), ..Evidence::default() };
        let both = Evidence { identity: &allow, ..one };
        assert_eq!(rule(OTHER_USER, &one), Rule::NoIdentityPolicyAllows, "{principal}");
        assert_eq!(rule(OTHER_USER, &both), Rule::CrossAccount, "{principal}");
        assert_eq!(
            rule(OTHER_USER, &Evidence { boundary: Some(&everything), ..both }),
            Rule::NoBoundaryAllows
        );
    }
    let policy = key_policy(&[&about("Allow", "444455556666", "*")]);
    assert_eq!(by_policy(OTHER_ROOT, &policy), Rule::CrossAccount);
}

#[test]
fn other_account_learns_nothing() {
    let policy = key_policy(&[&about("Allow", "*", "*"), &about("Deny", "444455556666", "*")]);
    let denied = [named("Deny", "*")];
    for evidence in [
        Evidence::default(),
        Evidence { key_policy: Some(&policy), ..Evidence::default() },
        Evidence { identity: &denied, ..Evidence::default() },
    ] {
        let Decision::Denied(denial) = ask(OTHER_USER, DECRYPT, &Context::default(), &evidence) else {
            panic!()
        };
        let (caller, key, context) = (caller(OTHER_USER), key(), Context::default());
        let resource = Resource::Key(&key);
        assert_eq!(
            denial.message(&Question {
                caller: &caller,
                action: DECRYPT.into(),
                resource,
                context: &context
            }),
            format!(
                "User: {OTHER_USER} is not authorized to perform: {DECRYPT} on this resource because the resource \
                 does not exist in this Region, no resource-based policies allow access, or a resource-based policy \
                 explicitly denies access"
            )
        );
    }
}

#[test]
fn not_principal_in_a_deny_spares_only_whom_it_lists_wholly() {
    let deny = |list: &[&str]| {
        let list = list.iter().map(|arn| format!(r#""{arn}""#)).collect::<Vec<_>>().join(",");
        let deny =
            format!(r#""Effect":"Deny","NotPrincipal":{{"AWS":[{list}]}},"Action":"*","Resource":"*""#);
        key_policy(&[&about("Allow", "*", "*"), &deny])
    };
    for (list, caller, spared) in [
        (&[ALICE, ROOT][..], ALICE, true),
        (&[ALICE, ROOT], ROOT, true),
        (&[ALICE, ROOT], BOB, false),
        (&[ALICE], ALICE, false),
        (&[ROOT], ALICE, false),
        (&[SESSION, ROLE, "111122223333"], SESSION, true),
        (&[SESSION, "111122223333"], SESSION, false),
        (&[ROLE, "111122223333"], SESSION, false),
        (&["*"], BOB, true),
        (&[ALICE, ROOT], OTHER_ROOT, false),
    ] {
        assert_eq!(by_policy(caller, &deny(list)) != Rule::ExplicitDeny, spared, "{list:?} {caller}");
    }
}

#[test]
fn not_principal_in_an_allow_lets_only_whom_it_lists_in_no_way() {
    let members = format!(
        r#""Effect":"Allow","NotPrincipal":{{"AWS":["{BOB}","{ROLE}"]}},"Action":"*","Resource":"*""#
    );
    let policy = key_policy(&[&members]);
    assert_eq!(by_policy(ALICE, &policy), Rule::ResourcePolicyNamesIssuer);
    for caller in [BOB, SESSION] {
        assert_eq!(by_policy(caller, &policy), Rule::NoResourcePolicyAllows, "{caller}");
    }
    let members = r#""Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"*","Resource":"*""#;
    assert_eq!(by_policy(ALICE, &key_policy(&[members])), Rule::NoResourcePolicyAllows);
}

#[test]
fn services_are_nobody_here() {
    let members = r#""Effect":"Allow","Principal":{"Service":"s3.amazonaws.com","Federated":"x"},"Action":"*","Resource":"*""#;
    for caller in [ROOT, ALICE, SESSION, FEDERATED, OTHER_ROOT] {
        assert_eq!(by_policy(caller, &key_policy(&[members])), Rule::NoResourcePolicyAllows, "{caller}");
    }
}

#[test]
fn actions_and_resources_select() {
    let upper = KEY.to_uppercase();
    for (members, expected) in [
        (r#""Action":"KMS:DECRYPT","Resource":"*""#.to_owned(), true),
        (r#""Action":["kms:Encrypt","k*:?ecrypt"],"Resource":"*""#.to_owned(), true),
        (r#""Action":["kms:Encrypt","kms:Decryp"],"Resource":"*""#.to_owned(), false),
        (r#""NotAction":"kms:Encrypt","Resource":"*""#.to_owned(), true),
        (r#""NotAction":"kms:*","Resource":"*""#.to_owned(), false),
        (format!(r#""Action":"*","Resource":"{KEY}""#), true),
        (format!(r#""Action":"*","Resource":"{upper}""#), false),
        (r#""Action":"*","Resource":"arn:aws:kms:eu-west-?:*/*""#.to_owned(), true),
        (r#""Action":"*","NotResource":"arn:aws:s3:*""#.to_owned(), true),
        (r#""Action":"*","NotResource":"*:key/*""#.to_owned(), false),
        (r#""Action":"*","Resource":"*:${aws:PrincipalAccount}:*""#.to_owned(), true),
        (r#""Action":"*","Resource":"*:${aws:userid}:*""#.to_owned(), false),
        (r#""Action":"*","Resource":"*${aws:PrincipalTag/none}*""#.to_owned(), false),
        (r#""Action":"*","NotResource":"*${aws:PrincipalTag/none}*""#.to_owned(), true),
        (r#""Action":"*""#.to_owned(), false),
        (r#""Resource":"*""#.to_owned(), false),
    ] {
        let statement =
            |effect: &str| format!(r#""Effect":"{effect}","Principal":{{"AWS":"{ALICE}"}},{members}"#);
        let allowed =
            by_policy(ALICE, &key_policy(&[&statement("Allow")])) == Rule::ResourcePolicyNamesCaller;
        assert_eq!(allowed, expected, "{members}");
        let denied = key_policy(&[&about("Allow", ALICE, "*"), &statement("Deny")]);
        assert_eq!(by_policy(ALICE, &denied) == Rule::ExplicitDeny, expected, "{members}");
    }
}

#[test]
fn without_a_key_identity_permissions_decide_within_the_limits() {
    let region = Region::parse("eu-west-1").unwrap();
    let alias = AliasName::parse("alias/x").unwrap();
    let own = AliasArn { region, account: account(), alias };
    let foreign = AliasArn { account: AccountId::parse("444455556666").unwrap(), ..own.clone() };
    let (allow, nothing) = ([named("Allow", "kms:*")], identity(&[&attached("Allow", "s3:*")]));
    let context = Context::default();
    let ask = |who: &str, resource: Resource<'_>, evidence: &Evidence<'_>| {
        let caller = caller(who);
        decide(
            &Question { caller: &caller, action: "kms:CreateAlias".into(), resource, context: &context },
            evidence,
        )
        .rule()
    };
    let with = Evidence { identity: &allow, ..Evidence::default() };
    for resource in
        [Resource::None, Resource::Alias(&own), Resource::Other("arn:aws:iam::111122223333:user/x")]
    {
        assert_eq!(ask(ROOT, resource, &Evidence::default()), Rule::IdentityAllows);
        assert_eq!(ask(ALICE, resource, &Evidence::default()), Rule::NoIdentityPolicyAllows);
        assert_eq!(ask(ALICE, resource, &with), Rule::IdentityAllows);
        assert_eq!(
            ask(ALICE, resource, &Evidence { boundary: Some(&nothing), ..with }),
            Rule::NoBoundaryAllows
        );
        assert_eq!(
            ask(SESSION, resource, &Evidence { session: Some(&[]), ..with }),
            Rule::NoSessionPolicyAllows
        );
    }
    for who in [ROOT, ALICE] {
        assert_eq!(ask(who, Resource::Alias(&foreign), &with), Rule::NoIdentityPolicyAllows);
    }
}

#[test]
fn whom_the_root_federated_has_its_permissions_within_the_session_policy() {
    let caller = Caller::federated_user(account(), "g", None);
    let (policy, session) =
        (Document::default_key_policy(&account()), [identity(&[&attached("Allow", DECRYPT)])]);
    let (key, context) = (key(), Context::default());
    for (action, expected) in
        [(DECRYPT, Rule::ResourcePolicyDelegates), ("kms:Encrypt", Rule::NoSessionPolicyAllows)]
    {
        let resource = Resource::Key(&key);
        let evidence = Evidence { key_policy: Some(&policy), session: Some(&session), ..Evidence::default() };
        let question = Question { caller: &caller, action: action.into(), resource, context: &context };
        assert_eq!(decide(&question, &evidence).rule(), expected);
    }
}

#[test]
fn reason_names_everything_that_it_rests_on() {
    let (allow, everything) =
        ([named("Deny", "s3:*"), named("Allow", "*")], identity(&[&attached("Allow", "*")]));
    let sessions = [everything.clone()];
    let policy = key_policy(&[&format!(r#""Sid":"d",{}"#, delegates())]);
    let evidence = Evidence {
        key_policy: Some(&policy),
        identity: &allow,
        boundary: Some(&everything),
        session: Some(&sessions),
        grants: &[],
    };
    let decision = ask(SESSION, DECRYPT, &Context::default(), &evidence);
    let shown = serde_json::to_string(&decision.statements()).unwrap();
    assert_eq!(
        shown,
        r#"[{"policy":"KeyPolicy","index":0,"sid":"d"},{"policy":{"Identity":"p"},"index":0,"sid":null},{"policy":"Boundary","index":0,"sid":null},{"policy":{"Session":0},"index":0,"sid":null}]"#
    );
    let Decision::Allowed(Reason { rule, grant: None, .. }) = decision else {
        panic!("allowed without a grant")
    };
    assert_eq!((rule, rule.number()), (Rule::ResourcePolicyDelegates, 5));
}

#[test]
fn first_statement_that_allows_is_named_and_a_deny_behind_it_counts() {
    let policy = Document::default_key_policy(&account());
    let document = identity(&[&attached("Allow", "*"), &attached("Allow", DECRYPT)]);
    let first = IdentityPolicy { name: Arc::from("first"), document };
    let mut policies = vec![first, named("Allow", DECRYPT)];
    let evidence = Evidence { key_policy: Some(&policy), identity: &policies, ..Evidence::default() };
    let decision = ask(ALICE, DECRYPT, &Context::default(), &evidence);
    let Decision::Allowed(Reason { identity: Some(statement), .. }) = decision else { panic!("allowed") };
    assert_eq!((statement.policy, statement.index), (PolicyName::Identity(Arc::from("first")), 0));
    policies.extend([named("Deny", "s3:*"), named("Deny", DECRYPT)]);
    let evidence = Evidence { key_policy: Some(&policy), identity: &policies, ..Evidence::default() };
    assert_eq!(rule(ALICE, &evidence), Rule::ExplicitDeny);
}

#[test]
fn messages_of_denials_without_explicit_deny() {
    let (caller, key, context) = (caller(ALICE), key(), Context::default());
    let message = |rule, resource| {
        let question = Question { caller: &caller, action: DECRYPT.into(), resource, context: &context };
        crate::Denial { rule, statement: None, foreign: false }.message(&question)
    };
    let start = format!("User: {ALICE} is not authorized to perform: {DECRYPT} on resource:");
    for (rule, what) in [
        (Rule::NoResourcePolicyAllows, "no resource-based policy"),
        (Rule::NoIdentityPolicyAllows, "no identity-based policy"),
        (Rule::NoBoundaryAllows, "no permissions boundary"),
        (Rule::NoSessionPolicyAllows, "no session policy"),
    ] {
        let end = format!("because {what} allows the {DECRYPT} action");
        assert_eq!(message(rule, Resource::Key(&key)), format!("{start} {KEY} {end}"));
        assert_eq!(message(rule, Resource::None), format!("{start} * {end}"));
    }
    for (index, rule) in Rule::ALL.into_iter().enumerate() {
        assert_eq!(rule.number(), index + 1);
    }
}

#[test]
fn denial_of_sts_gives_no_reason() {
    let (caller, context) = (caller(ALICE), Context::default());
    let (action, resource) = ("sts:AssumeRole".into(), Resource::Other(ROLE));
    let question = Question { caller: &caller, action, resource, context: &context };
    let denial = crate::Denial { rule: Rule::NoResourcePolicyAllows, statement: None, foreign: false };
    let expected = format!("User: {ALICE} is not authorized to perform: sts:AssumeRole on resource: {ROLE}");
    assert_eq!(denial.sts_message(&question), expected);
}

#[test]
fn actions_with_and_without_a_number_are_selected_alike() {
    let policy = Document::default_key_policy(&account());
    for (element, listed, action, allowed) in [
        ("Action", "KMS:Dec*", DECRYPT, true),
        ("Action", "kms:Dec*", "kms:NewOperation", false),
        ("Action", "k?s:new*", "kms:NewOperation", true),
        ("NotAction", "kms:Dec*", DECRYPT, false),
        ("NotAction", "kms:Dec*", "kms:NewOperation", true),
        ("NotAction", "kms:N*", "kms:NewOperation", false),
    ] {
        let statement = format!(r#""Effect":"Allow","{element}":"{listed}","Resource":"*""#);
        let policies = [IdentityPolicy { name: Arc::from("p"), document: identity(&[&statement]) }];
        let evidence = Evidence { key_policy: Some(&policy), identity: &policies, ..Evidence::default() };
        let decision = ask(ALICE, action, &Context::default(), &evidence);
        assert_eq!(decision.is_allowed(), allowed, "{element} {listed} {action}");
    }
}
