//! AddUserToGroup.

use crate::iam::permission::{allow, arn, permission};
use serde_json::json;

#[tokio::test]
async fn policies_of_the_group_speak_for_the_user_at_once_and_after_a_restart() {
    let s = super::start().await;
    let text = allow(json!("iam:ListUsers"), "*");
    let params = [("GroupName", "developers"), ("PolicyName", "p"), ("PolicyDocument", text.as_str())];
    s.iam("PutGroupPolicy", &params).await.ok();
    s.query(&s.alice, "iam", "ListUsers", &[]).await.refused("AccessDenied", "iam:ListUsers");
    s.join("alice").await;
    s.query(&s.alice, "iam", "ListUsers", &[]).await.ok();
    s.join("alice").await;
    let s = s.restart().await;
    s.query(&s.alice, "iam", "ListUsers", &[]).await.ok();
}

#[tokio::test]
async fn eleventh_group_is_refused() {
    let s = super::start().await;
    for n in 0..10 {
        let name = format!("g{n}");
        s.iam("CreateGroup", &[("GroupName", &name)]).await.ok();
        s.iam("AddUserToGroup", &[("GroupName", &name), ("UserName", "alice")]).await.ok();
    }
    let params = [("GroupName", "developers"), ("UserName", "alice")];
    let quota = "Cannot exceed quota for GroupsPerUser: 10";
    s.iam("AddUserToGroup", &params).await.refused("LimitExceeded", quota);
}

#[tokio::test]
async fn user_or_group_that_is_not_there() {
    let s = super::start().await;
    let add = async |group: &str, user: &str| {
        s.iam("AddUserToGroup", &[("GroupName", group), ("UserName", user)]).await
    };
    add("x", "alice").await.refused("NoSuchEntity", "The group with name x cannot be found.");
    add("developers", "x").await.refused("NoSuchEntity", "The user with name x cannot be found.");
}

#[tokio::test]
async fn needs_permission() {
    let params = [("GroupName", "developers"), ("UserName", "alice")];
    permission(&super::start().await, "AddUserToGroup", &arn("group/developers"), &params).await;
}
