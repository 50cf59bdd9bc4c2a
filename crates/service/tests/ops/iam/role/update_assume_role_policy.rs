//! UpdateAssumeRolePolicy.

use crate::iam::permission::{arn, permission};
use crate::iam::role::{trust, trusting, with_role};
use crate::query_answer::document;

#[tokio::test]
async fn trust_policy_is_replaced() {
    let s = with_role().await;
    let update = async |text: &str| {
        s.iam("UpdateAssumeRolePolicy", &[("RoleName", "reader"), ("PolicyDocument", text)]).await
    };
    let alice = trusting(&s.alice.arn);
    update(&alice).await.ok();
    let shown = s.iam("GetRole", &[("RoleName", "reader")]).await.ok();
    assert_eq!(document(&shown.get("AssumeRolePolicyDocument")), alice);
    update(&trusting(&arn("user/nobody"))).await.refused("MalformedPolicyDocument", "invalid principals");
    let shown = s.iam("GetRole", &[("RoleName", "reader")]).await.ok();
    assert_eq!(document(&shown.get("AssumeRolePolicyDocument")), alice, "a refused one leaves the old one");
}

#[tokio::test]
async fn policy_that_names_somebody_deleted_is_put_back_as_it_is_shown() {
    let s = with_role().await;
    let bob = s.iam("CreateUser", &[("UserName", "bob")]).await.ok();
    let update = async |text: &str| {
        s.iam("UpdateAssumeRolePolicy", &[("RoleName", "reader"), ("PolicyDocument", text)]).await
    };
    update(&trusting(&bob.get("Arn"))).await.ok();
    s.iam("DeleteUser", &[("UserName", "bob")]).await.ok();
    let role = s.iam("GetRole", &[("RoleName", "reader")]).await.ok();
    let shown = document(&role.get("AssumeRolePolicyDocument"));
    assert!(shown.contains(&bob.get("UserId")), "{shown}");
    update(&shown).await.ok();
    update(&trust()).await.ok();
    update(&shown).await.refused("MalformedPolicyDocument", "invalid principals");
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_role().await;
    let trust = trust();
    let params = [("RoleName", "reader"), ("PolicyDocument", trust.as_str())];
    permission(&s, "UpdateAssumeRolePolicy", &arn("role/reader"), &params).await;
}
