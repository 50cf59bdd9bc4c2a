//! UpdateUser.

use crate::iam::permission::{arn, permission};
use crate::scenario::{Scenario, statement};
use serde_json::json;

async fn rename(s: &Scenario, from: &str, to: &str) -> crate::query_answer::XmlAnswer {
    s.iam("UpdateUser", &[("UserName", from), ("NewUserName", to)]).await
}

#[tokio::test]
async fn renamed_user_keeps_access_keys_policies_and_what_key_policies_give() {
    let s = super::start().await;
    let key = s.key_with(&[statement("Allow", &s.alice.arn, "kms:DescribeKey")]).await;
    s.allow_alice(json!("iam:ListUsers"), "*").await;
    let id = s.iam("GetUser", &[("UserName", "alice")]).await.ok().get("UserId");
    rename(&s, "alice", "anna").await.ok();
    let shown = s.iam("GetUser", &[("UserName", "anna")]).await.ok();
    assert_eq!((shown.get("UserId"), shown.get("Arn")), (id, arn("user/anna")));
    s.iam("GetUser", &[("UserName", "alice")]).await.refused("NoSuchEntity", "alice");
    let identity = s.query(&s.alice, "sts", "GetCallerIdentity", &[]).await.ok();
    assert_eq!(identity.get("Arn"), arn("user/anna"));
    s.query(&s.alice, "iam", "ListUsers", &[]).await.ok();
    s.call(&s.alice, "DescribeKey", json!({ "KeyId": key.arn })).await.succeeded();
    let keys = s.iam("ListAccessKeys", &[("UserName", "anna")]).await.ok();
    assert_eq!(keys.all("AccessKeyId"), std::slice::from_ref(&s.alice.access_key_id));
}

#[tokio::test]
async fn user_that_gets_the_old_name_gets_nothing_else() {
    let s = super::start().await;
    let key = s.key_with(&[statement("Allow", &s.alice.arn, "kms:DescribeKey")]).await;
    rename(&s, "alice", "anna").await.ok();
    s.iam("CreateUser", &[("UserName", "alice")]).await.ok();
    let made = s.iam("CreateAccessKey", &[("UserName", "alice")]).await.ok();
    let secret = made.get("SecretAccessKey");
    let new = crate::scenario::caller(s.alice.arn.clone(), &made.get("AccessKeyId"), secret.as_bytes());
    let answer = s.call(&new, "DescribeKey", json!({ "KeyId": key.arn })).await;
    answer.refused_with("AccessDeniedException", "kms:DescribeKey");
}

#[tokio::test]
async fn renamed_user_survives_a_restart() {
    let s = super::start().await;
    rename(&s, "alice", "anna").await.ok();
    let s = s.restart().await;
    let identity = s.query(&s.alice, "sts", "GetCallerIdentity", &[]).await.ok();
    assert_eq!(identity.get("Arn"), arn("user/anna"));
}

#[tokio::test]
async fn names_and_paths() {
    let s = super::start().await;
    rename(&s, "bob", "ALICE").await.refused("EntityAlreadyExists", "User with name ALICE already exists.");
    rename(&s, "nobody", "x").await.refused("NoSuchEntity", "The user with name nobody cannot be found.");
    rename(&s, "bob", "Bob").await.ok();
    s.iam("UpdateUser", &[("UserName", "Bob"), ("NewPath", "/team/")]).await.ok();
    assert_eq!(s.iam("GetUser", &[("UserName", "Bob")]).await.ok().get("Arn"), arn("user/team/Bob"));
}

#[tokio::test]
async fn needs_permission_on_what_it_is_and_on_what_it_becomes() {
    let s = super::start().await;
    let params = [("UserName", "bob"), ("NewUserName", "rob")];
    s.allow_alice(json!("iam:UpdateUser"), &arn("user/bob")).await;
    s.query(&s.alice, "iam", "UpdateUser", &params).await.refused("AccessDenied", "user/rob");
    permission(&s, "UpdateUser", &arn("user/?ob"), &params).await;
}
