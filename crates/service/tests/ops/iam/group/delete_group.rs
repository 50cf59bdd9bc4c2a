//! DeleteGroup.

use crate::iam::holder::MANAGED;
use crate::iam::permission::{allow, arn, permission};
use serde_json::json;

#[tokio::test]
async fn group_with_users_or_policies_stays() {
    let s = super::start().await;
    let group = ("GroupName", "developers");
    let text = allow(json!("kms:ListKeys"), "*");
    let conflict = async |part: &str| s.iam("DeleteGroup", &[group]).await.refused("DeleteConflict", part);

    s.join("alice").await;
    conflict("Cannot delete entity, must remove users from group first.").await;
    s.iam("RemoveUserFromGroup", &[group, ("UserName", "alice")]).await.ok();

    s.iam("AttachGroupPolicy", &[group, ("PolicyArn", MANAGED)]).await.ok();
    conflict("Cannot delete entity, must detach all policies first.").await;
    s.iam("DetachGroupPolicy", &[group, ("PolicyArn", MANAGED)]).await.ok();

    s.iam("PutGroupPolicy", &[group, ("PolicyName", "p"), ("PolicyDocument", &text)]).await.ok();
    conflict("Cannot delete entity, must delete policies first.").await;
    s.iam("DeleteGroupPolicy", &[group, ("PolicyName", "p")]).await.ok();

    s.iam("DeleteGroup", &[group]).await.ok();
    let unknown = "The group with name developers cannot be found.";
    s.iam("DeleteGroup", &[group]).await.refused("NoSuchEntity", unknown);
}

#[tokio::test]
async fn needs_permission() {
    let params = [("GroupName", "developers")];
    permission(&super::start().await, "DeleteGroup", &arn("group/developers"), &params).await;
}
