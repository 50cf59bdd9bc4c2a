//! DeleteRole.

use crate::iam::holder::MANAGED;
use crate::iam::permission::{allow, arn, permission};
use crate::iam::role::{create, with_role};
use serde_json::json;

#[tokio::test]
async fn role_with_policies_stays() {
    let s = with_role().await;
    let delete = async || s.iam("DeleteRole", &[("RoleName", "reader")]).await;
    let attached = [("RoleName", "reader"), ("PolicyArn", MANAGED)];
    let inline = [("RoleName", "reader"), ("PolicyName", "p")];
    s.iam("AttachRolePolicy", &attached).await.ok();
    let text = "Cannot delete entity, must detach all policies first.";
    delete().await.refused("DeleteConflict", text);
    s.iam("DetachRolePolicy", &attached).await.ok();
    let document = allow(json!("kms:ListKeys"), "*");
    s.iam("PutRolePolicy", &[inline[0], inline[1], ("PolicyDocument", &document)]).await.ok();
    delete().await.refused("DeleteConflict", "Cannot delete entity, must delete policies first.");
    s.iam("DeleteRolePolicy", &inline).await.ok();
    delete().await.ok();
    delete().await.refused("NoSuchEntity", "The role with name reader cannot be found.");
}

#[tokio::test]
async fn role_made_again_has_another_unique_id() {
    let s = with_role().await;
    let first = s.iam("GetRole", &[("RoleName", "reader")]).await.ok().get("RoleId");
    s.iam("DeleteRole", &[("RoleName", "reader")]).await.ok();
    assert_ne!(create(&s, "reader").await.get("RoleId"), first);
}

#[tokio::test]
async fn permission_is_needed() {
    let s = with_role().await;
    permission(&s, "DeleteRole", &arn("role/reader"), &[("RoleName", "reader")]).await;
}
