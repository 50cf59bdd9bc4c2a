//! Everybody who may do something with a key.

use crate::plaintext::SECRET;
use crate::scenario::{ACCOUNT, Scenario, statement};
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

/// What a key policy says of one session goes for no other of its role; of federated users it is only told.
#[tokio::test]
async fn sessions_and_federated_users_that_the_key_policy_names_are_there() {
    let s = Scenario::start().await;
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": { "Effect": "Allow", "Principal": { "AWS": s.alice.arn }, "Action": "sts:AssumeRole" },
    });
    let made = [("RoleName", "r"), ("AssumeRolePolicyDocument", &*trust.to_string())];
    let role = s.iam("CreateRole", &made).await.ok().get("Role/Arn");
    let session = |name: &str| format!("arn:aws:sts::{ACCOUNT}:assumed-role/r/{name}");
    let guest = |name: &str| format!("arn:aws:sts::{ACCOUNT}:federated-user/{name}");
    let mut named = statement("Allow", &guest("guest"), "kms:D*");
    named["Sid"] = json!("Guests");
    let key = s
        .key_with(&[
            statement("Allow", &session("in"), "kms:Decrypt"),
            statement("Deny", &session("out"), "kms:Decrypt"),
            named,
            statement("Allow", &guest("other-action"), "kms:Encrypt"),
            statement("Deny", &guest("denied"), "kms:Decrypt"),
        ])
        .await;
    let answer = s.service.who_can("kms:Decrypt", &key.id, 0).await.unwrap();
    assert!(!verdict(&answer, &role).0);
    assert_eq!(verdict(&answer, &session("in")), (true, 2));
    assert_eq!(verdict(&answer, &session("out")), (false, 1));
    let others = &answer.other_principals;
    let [other] = others.as_slice() else { panic!("{others:#?}") };
    assert_eq!((&other.principal, other.statement.index), (&guest("guest"), 3));
    assert_eq!(other.statement.sid.as_deref(), Some("Guests"));
    let params = [("RoleArn", &*role), ("RoleSessionName", "in")];
    let mine = s.query(&s.alice, "sts", "AssumeRole", &params).await.ok().credentials(&session("in"));
    let blob = s.blob(&key, SECRET).await;
    s.call(&mine, "Decrypt", json!({ "CiphertextBlob": blob })).await.succeeded();
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
