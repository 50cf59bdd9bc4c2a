//! GetRole.

use crate::iam::permission::{arn, permission};
use crate::iam::role::{trusting, with_role};
use crate::query_answer::document;
use crate::scenario::Scenario;

#[tokio::test]
async fn permission_is_needed() {
    let s = with_role().await;
    permission(&s, "GetRole", &arn("role/reader"), &[("RoleName", "reader")]).await;
    let unknown = "The role with name READER cannot be found.";
    s.iam("GetRole", &[("RoleName", "READER")]).await.refused("NoSuchEntity", unknown);
}

#[tokio::test]
async fn deleted_principal_stands_in_the_trust_policy_by_its_unique_id() {
    let s = Scenario::start().await;
    let bob = s.iam("CreateUser", &[("UserName", "bob")]).await.ok();
    let trust = trusting(&bob.get("Arn"));
    s.iam("CreateRole", &[("RoleName", "r"), ("AssumeRolePolicyDocument", &trust)]).await.ok();
    let shown =
        async || document(&s.iam("GetRole", &[("RoleName", "r")]).await.ok().get("AssumeRolePolicyDocument"));
    assert_eq!(shown().await, trust);
    s.iam("DeleteUser", &[("UserName", "bob")]).await.ok();
    let after = shown().await;
    assert!(after.contains(&bob.get("UserId")) && !after.contains(&bob.get("Arn")), "{after}");
    s.iam("CreateUser", &[("UserName", "bob")]).await.ok();
    assert_eq!(shown().await, after, "a new bob is somebody else");
}
