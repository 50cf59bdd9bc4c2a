//! RemoveUserFromGroup.

use crate::iam::permission::{allow, arn, permission};
use serde_json::json;

#[tokio::test]
async fn policies_of_the_group_speak_for_the_user_no_longer() {
    let s = super::start().await;
    let text = allow(json!("iam:ListUsers"), "*");
    let params = [("GroupName", "developers"), ("PolicyName", "p"), ("PolicyDocument", text.as_str())];
    s.iam("PutGroupPolicy", &params).await.ok();
    s.join("alice").await;
    s.query(&s.alice, "iam", "ListUsers", &[]).await.ok();
    let params = [("GroupName", "developers"), ("UserName", "alice")];
    s.iam("RemoveUserFromGroup", &params).await.ok();
    s.query(&s.alice, "iam", "ListUsers", &[]).await.refused("AccessDenied", "iam:ListUsers");
    s.iam("RemoveUserFromGroup", &params).await.ok();
}

#[tokio::test]
async fn user_or_group_that_is_not_there() {
    let s = super::start().await;
    let remove = async |group: &str, user: &str| {
        s.iam("RemoveUserFromGroup", &[("GroupName", group), ("UserName", user)]).await
    };
    remove("x", "alice").await.refused("NoSuchEntity", "The group with name x cannot be found.");
    remove("developers", "x").await.refused("NoSuchEntity", "The user with name x cannot be found.");
}

#[tokio::test]
async fn needs_permission() {
    let s = super::start().await;
    s.join("alice").await;
    let params = [("GroupName", "developers"), ("UserName", "alice")];
    permission(&s, "RemoveUserFromGroup", &arn("group/developers"), &params).await;
}
