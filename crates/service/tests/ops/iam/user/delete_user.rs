//! DeleteUser.

use crate::iam::holder::MANAGED;
use crate::iam::permission::{allow, arn, permission};
use serde_json::json;

#[tokio::test]
async fn user_with_anything_that_hangs_on_it_stays() {
    let s = super::start().await;
    let bob = ("UserName", "bob");
    let text = allow(json!("kms:ListKeys"), "*");
    let conflict = async |part: &str| s.iam("DeleteUser", &[bob]).await.refused("DeleteConflict", part);

    let key = s.iam("CreateAccessKey", &[bob]).await.ok().get("AccessKeyId");
    conflict("Cannot delete entity, must delete access keys first.").await;
    s.iam("DeleteAccessKey", &[bob, ("AccessKeyId", &key)]).await.ok();

    s.iam("AttachUserPolicy", &[bob, ("PolicyArn", MANAGED)]).await.ok();
    conflict("Cannot delete entity, must detach all policies first.").await;
    s.iam("DetachUserPolicy", &[bob, ("PolicyArn", MANAGED)]).await.ok();

    s.iam("PutUserPolicy", &[bob, ("PolicyName", "p"), ("PolicyDocument", &text)]).await.ok();
    conflict("Cannot delete entity, must delete policies first.").await;
    s.iam("DeleteUserPolicy", &[bob, ("PolicyName", "p")]).await.ok();

    s.iam("CreateGroup", &[("GroupName", "g")]).await.ok();
    s.iam("AddUserToGroup", &[bob, ("GroupName", "g")]).await.ok();
    conflict("Cannot delete entity, must remove users from group first.").await;
    s.iam("RemoveUserFromGroup", &[bob, ("GroupName", "g")]).await.ok();

    s.iam("DeleteUser", &[bob]).await.ok();
    s.iam("DeleteUser", &[bob]).await.refused("NoSuchEntity", "The user with name bob cannot be found.");
}

#[tokio::test]
async fn needs_permission() {
    permission(&super::start().await, "DeleteUser", &arn("user/bob"), &[("UserName", "bob")]).await;
}
