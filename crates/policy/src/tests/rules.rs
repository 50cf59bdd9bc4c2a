//! One test for each rule of the decision and for each text of a denial.

use super::{ALICE, BOB, KEY, OTHER_ROOT, OTHER_USER, ROOT, account, document, key, principal};
use crate::{
    AccountQuestion, Decision, Denial, Evidence, KeyPolicy, Path, Question, Reason, allows_put_key_policy,
    decide, decide_account,
};

const DELEGATES: &str =
    r#""Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*""#;

fn policy(statements: &[&str]) -> KeyPolicy {
    KeyPolicy::parse(&document(statements), &account()).unwrap()
}

fn ask(policy: &KeyPolicy, caller: &str, action: &str) -> Decision {
    let (principal, key) = (principal(caller), key());
    decide(&Question { principal: &principal, action, key: &key }, &Evidence { key_policy: policy })
}

/// Whether Alice may `kms:Decrypt` when the one statement allows her this action on this resource.
fn alice_may(action: &str, resource: &str) -> bool {
    let members = format!(
        r#""Effect":"Allow","Principal":{{"AWS":"{ALICE}"}},"Action":{action},"Resource":{resource}"#
    );
    ask(&policy(&[&members]), ALICE, "kms:Decrypt").is_allowed()
}

#[test]
fn default_policy_lets_the_root_and_nobody_else() {
    let policy = KeyPolicy::default_for(&account());
    assert!(ask(&policy, ROOT, "kms:Decrypt").is_allowed());
    assert_eq!(ask(&policy, ALICE, "kms:Decrypt"), Decision::Denied(Denial::NoIdentityPolicyAllows));
    for other in [OTHER_ROOT, OTHER_USER] {
        assert_eq!(ask(&policy, other, "kms:Decrypt"), Decision::Denied(Denial::OtherAccount));
    }
}

#[test]
fn user_that_is_named_may_and_another_may_not() {
    let named = format!(
        r#""Sid":"s","Effect":"Allow","Principal":{{"AWS":"{ALICE}"}},"Action":"kms:Decrypt","Resource":"*""#
    );
    let policy = policy(&[DELEGATES, &named]);
    let Decision::Allowed(Reason::KeyPolicy { statement, path }) = ask(&policy, ALICE, "kms:Decrypt") else {
        panic!("alice is named");
    };
    assert_eq!((statement.index, statement.sid.as_deref(), path), (1, Some("s"), Path::Direct));
    assert!(!ask(&policy, ALICE, "kms:Encrypt").is_allowed());
    assert!(!ask(&policy, BOB, "kms:Decrypt").is_allowed());
}

#[test]
fn root_without_a_statement_is_locked_out() {
    let members =
        format!(r#""Effect":"Allow","Principal":{{"AWS":"{ALICE}"}},"Action":"kms:*","Resource":"*""#);
    let policy = policy(&[&members]);
    assert_eq!(ask(&policy, ROOT, "kms:Decrypt"), Decision::Denied(Denial::NoResourcePolicyAllows));
    assert!(!allows_put_key_policy(&principal(ROOT), &key(), &policy));
    assert!(allows_put_key_policy(&principal(ALICE), &key(), &policy));
}

#[test]
fn explicit_deny_wins_over_any_allow() {
    let allow = r#""Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#;
    let deny =
        format!(r#""Effect":"Deny","Principal":{{"AWS":"{ALICE}"}},"Action":"kms:De*","Resource":"*""#);
    for policy in [policy(&[allow, &deny]), policy(&[&deny, allow])] {
        let decision = ask(&policy, ALICE, "kms:Decrypt");
        assert!(matches!(decision, Decision::Denied(Denial::ExplicitDeny { .. })), "{decision:?}");
        assert!(ask(&policy, ALICE, "kms:Encrypt").is_allowed());
        assert!(ask(&policy, BOB, "kms:Decrypt").is_allowed());
    }
}

#[test]
fn deny_of_an_account_is_for_everybody_in_it() {
    let allow = r#""Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*""#;
    let deny = r#""Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*""#;
    let policy = policy(&[allow, deny]);
    for caller in [ROOT, ALICE] {
        assert!(!ask(&policy, caller, "kms:Decrypt").is_allowed(), "{caller}");
    }
    assert!(ask(&policy, OTHER_ROOT, "kms:Decrypt").is_allowed());
}

#[test]
fn delegation_is_bounded_by_its_action() {
    let members =
        format!(r#""Effect":"Allow","Principal":{{"AWS":"{ROOT}"}},"Action":"kms:Describe*","Resource":"*""#);
    let policy = policy(&[&members]);
    assert!(ask(&policy, ROOT, "kms:DescribeKey").is_allowed());
    assert!(!ask(&policy, ROOT, "kms:Decrypt").is_allowed());
    assert_eq!(ask(&policy, ALICE, "kms:Decrypt"), Decision::Denied(Denial::NoResourcePolicyAllows));
}

#[test]
fn everybody_is_any_principal_but_other_accounts_need_their_own_permission() {
    for anyone in [r#""*""#, r#"{"AWS":"*"}"#] {
        let members =
            format!(r#""Effect":"Allow","Principal":{anyone},"Action":"kms:Decrypt","Resource":"*""#);
        let policy = policy(&[&members]);
        for caller in [ROOT, ALICE, OTHER_ROOT] {
            assert!(ask(&policy, caller, "kms:Decrypt").is_allowed(), "{caller}");
        }
        assert_eq!(ask(&policy, OTHER_USER, "kms:Decrypt"), Decision::Denied(Denial::OtherAccount));
    }
}

#[test]
fn other_account_is_allowed_when_it_is_named_and_its_identity_allows() {
    let members = r#""Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"kms:*","Resource":"*""#;
    let policy = policy(&[members]);
    let decision = ask(&policy, OTHER_ROOT, "kms:Decrypt");
    assert!(
        matches!(decision, Decision::Allowed(Reason::KeyPolicy { path: Path::Delegated, .. })),
        "{decision:?}"
    );
    assert_eq!(ask(&policy, OTHER_USER, "kms:Decrypt"), Decision::Denied(Denial::OtherAccount));
}

#[test]
fn actions_ignore_case_and_take_wildcards() {
    for good in ["kms:Decrypt", "KMS:DECRYPT", "kms:dec*", "kms:?ecrypt", "*", "kms:*", "k*:*t"] {
        assert!(alice_may(&format!(r#""{good}""#), r#""*""#), "{good}");
    }
    for bad in ["kms:Decryp", "kms:Decrypt?", "kms:Encrypt", "s3:*", "kms:"] {
        assert!(!alice_may(&format!(r#""{bad}""#), r#""*""#), "{bad}");
    }
    assert!(alice_may(r#"["kms:Encrypt","kms:Decrypt"]"#, r#""*""#));
}

#[test]
fn resources_match_the_key_by_its_arn_and_wildcards_cross_separators() {
    for good in [KEY, "*", "arn:*", "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:eu-west-?:*"] {
        assert!(alice_may(r#""*""#, &format!(r#""{good}""#)), "{good}");
    }
    let upper = KEY.to_uppercase();
    for bad in [
        "arn:aws:kms:eu-west-1:111122223333:key/00000000-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:eu-west-1:111122223333:alias/x",
        upper.as_str(),
        "",
    ] {
        assert!(!alice_may(r#""*""#, &format!(r#""{bad}""#)), "{bad}");
    }
}

#[test]
fn negated_action_and_resource_select_the_rest() {
    let with = |members: &str| {
        let members = format!(r#""Effect":"Allow","Principal":{{"AWS":"{ALICE}"}},{members}"#);
        ask(&policy(&[&members]), ALICE, "kms:Decrypt").is_allowed()
    };
    assert!(with(r#""NotAction":"kms:Encrypt","Resource":"*""#));
    assert!(!with(r#""NotAction":"kms:*","Resource":"*""#));
    assert!(with(r#""Action":"*","NotResource":"arn:aws:s3:*""#));
    assert!(!with(r#""Action":"*","NotResource":"*:key/*""#));
}

#[test]
fn statement_without_action_or_resource_does_nothing() {
    for members in [r#""Resource":"*""#, r#""Action":"*""#] {
        let allow = format!(r#""Effect":"Allow","Principal":"*",{members}"#);
        let deny = format!(r#""Effect":"Deny","Principal":"*",{members}"#);
        assert!(!ask(&policy(&[&allow]), ALICE, "kms:Decrypt").is_allowed(), "{members}");
        assert!(ask(&policy(&[DELEGATES, &deny]), ROOT, "kms:Decrypt").is_allowed(), "{members}");
    }
}

#[test]
fn operations_without_a_key_are_the_roots() {
    let account = account();
    let ask = |caller: &str| {
        decide_account(&AccountQuestion {
            principal: &principal(caller),
            action: "kms:CreateKey",
            account: &account,
        })
    };
    assert_eq!(ask(ROOT), Decision::Allowed(Reason::AccountRoot));
    for caller in [ALICE, OTHER_ROOT, OTHER_USER] {
        assert_eq!(ask(caller), Decision::Denied(Denial::NoIdentityPolicyAllows), "{caller}");
    }
}

#[test]
fn messages_of_denials() {
    let (alice, key, account) = (principal(ALICE), key(), account());
    let question = Question { principal: &alice, action: "kms:Decrypt", key: &key };
    let statement = crate::StatementName { index: 0, sid: None };
    let start = format!("User: {ALICE} is not authorized to perform: kms:Decrypt on");
    for (denial, rest) in [
        (
            Denial::ExplicitDeny { statement },
            format!("resource: {KEY} with an explicit deny in a resource-based policy"),
        ),
        (
            Denial::NoResourcePolicyAllows,
            format!("resource: {KEY} because no resource-based policy allows the kms:Decrypt action"),
        ),
        (
            Denial::NoIdentityPolicyAllows,
            format!("resource: {KEY} because no identity-based policy allows the kms:Decrypt action"),
        ),
        (
            Denial::OtherAccount,
            "this resource because the resource does not exist in this Region, no resource-based policies \
             allow access, or a resource-based policy explicitly denies access"
                .to_owned(),
        ),
    ] {
        assert_eq!(denial.message(&question), format!("{start} {rest}"));
    }
    let question = AccountQuestion { principal: &alice, action: "kms:ListKeys", account: &account };
    assert_eq!(
        Denial::NoIdentityPolicyAllows.account_message(&question),
        format!(
            "User: {ALICE} is not authorized to perform: kms:ListKeys on resource: * because no identity-based \
             policy allows the kms:ListKeys action"
        )
    );
}
