//! Everybody who may do something with a key.

use crate::scenario::{Scenario, statement};
use serde_json::json;
use strongroom_service::{OperatorError, WhoCan};

fn verdict(answer: &WhoCan, arn: &str) -> (bool, usize) {
    let found: Vec<_> = answer.principals.iter().filter(|row| row.principal == arn).collect();
    let [row] = found.as_slice() else { panic!("{arn}: {answer:#?}") };
    (row.allowed, row.rule_number)
}

#[tokio::test]
async fn everybody_is_listed_with_the_rule_and_those_who_may_come_first() {
    let s = Scenario::start().await;
    let bob = s.service.create_user("bob", 0).await.unwrap();
    let mut conditional = statement("Allow", &bob.arn, "kms:Decrypt");
    conditional["Condition"] = json!({ "StringEquals": { "kms:EncryptionContext:a": "b" } });
    let key = s.key_with(&[statement("Allow", &s.alice.arn, "kms:Decrypt"), conditional]).await;
    s.service.create_account("210987654321", 0).await.unwrap();
    let answer = s.service.who_can("kms:Decrypt", &key.id, 0).await.unwrap();
    assert_eq!((answer.principals.len(), answer.left_out, answer.key.as_str()), (4, 0, key.arn.as_str()));
    assert_eq!(verdict(&answer, &s.root.arn), (true, 2));
    assert_eq!(verdict(&answer, &s.alice.arn), (true, 2));
    assert_eq!(verdict(&answer, &bob.arn), (false, 10));
    assert_eq!(verdict(&answer, "arn:aws:iam::210987654321:root"), (false, 9));
    let order: Vec<bool> = answer.principals.iter().map(|row| row.allowed).collect();
    assert_eq!(order, [true, true, false, false]);
    let depends = answer.principals.iter().find(|row| row.principal == bob.arn).unwrap();
    assert_eq!(depends.unmet_conditions, ["StringEquals kms:EncryptionContext:a"]);
    assert_eq!(s.last_record()["eventName"], "OperatorWhoCan");
}

#[tokio::test]
async fn key_that_is_not_there_and_action_that_is_none() {
    let s = Scenario::start().await;
    let key = s.key().await;
    for (action, key) in [("kms:Decrypt", "alias/none"), ("kms:Nothing", &*key.id)] {
        assert!(
            matches!(s.service.who_can(action, key, 0).await, Err(OperatorError::Question(_))),
            "{action}"
        );
    }
}

/// AWS's usual statement that denies without a second factor: whom it denies may with one, the root has none.
#[tokio::test]
async fn denied_without_a_code_depends_on_it() {
    let s = Scenario::start().await;
    let mut no_mfa = statement("Deny", "*", "kms:Decrypt");
    no_mfa["Condition"] = json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } });
    let mut by_transport = statement("Deny", "*", "kms:Decrypt");
    by_transport["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } });
    let allow = statement("Allow", &s.alice.arn, "kms:Decrypt");
    for (denying, depends) in
        [(no_mfa, &["BoolIfExists aws:MultiFactorAuthPresent"][..]), (by_transport, &[][..])]
    {
        let key = s.key_with(&[allow.clone(), denying]).await;
        let answer = s.service.who_can("kms:Decrypt", &key.id, 0).await.unwrap();
        let of = |arn: &str| answer.principals.iter().find(|row| row.principal == arn).unwrap();
        assert_eq!((verdict(&answer, &s.alice.arn), verdict(&answer, &s.root.arn)), ((false, 1), (false, 1)));
        assert_eq!(of(&s.alice.arn).unmet_conditions, depends);
        assert!(of(&s.root.arn).unmet_conditions.is_empty());
    }
}
