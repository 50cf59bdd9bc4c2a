//! UpdateGroup.

use crate::iam::permission::{allow, arn, permission};
use crate::scenario::Scenario;
use serde_json::json;

async fn rename(s: &Scenario, from: &str, to: &str) -> crate::query_answer::XmlAnswer {
    s.iam("UpdateGroup", &[("GroupName", from), ("NewGroupName", to)]).await
}

#[tokio::test]
async fn renamed_group_keeps_its_users_and_policies() {
    let s = super::start().await;
    let text = allow(json!("iam:ListUsers"), "*");
    let params = [("GroupName", "developers"), ("PolicyName", "p"), ("PolicyDocument", text.as_str())];
    s.iam("PutGroupPolicy", &params).await.ok();
    s.join("alice").await;
    let id = s.iam("GetGroup", &[("GroupName", "developers")]).await.ok().get("GroupId");
    rename(&s, "developers", "Builders").await.ok();
    let shown = s.iam("GetGroup", &[("GroupName", "Builders")]).await.ok();
    assert_eq!((shown.get("GroupId"), shown.all("UserName")), (id, vec!["alice".to_owned()]));
    s.query(&s.alice, "iam", "ListUsers", &[]).await.ok();
    s.iam("GetGroup", &[("GroupName", "developers")]).await.refused("NoSuchEntity", "developers");
    // Nobody is in a group that gets the old name.
    s.iam("CreateGroup", &[("GroupName", "developers")]).await.ok();
    let shown = s.iam("GetGroup", &[("GroupName", "developers")]).await.ok();
    assert!(shown.all("Users/member").is_empty());
}

#[tokio::test]
async fn group_with_more_users_than_a_batch_holds_keeps_its_name() {
    let s = super::start().await;
    for n in 0..90 {
        let name = format!("u{n}");
        s.iam("CreateUser", &[("UserName", &name)]).await.ok();
        s.join(&name).await;
    }
    rename(&s, "developers", "builders").await.ok();
    rename(&s, "builders", "developers").await.ok();
    s.join("alice").await;
    rename(&s, "developers", "builders").await.refused("LimitExceeded", "90");
    s.iam("UpdateGroup", &[("GroupName", "developers"), ("NewPath", "/team/")]).await.ok();
}

#[tokio::test]
async fn names_and_paths() {
    let s = super::start().await;
    s.iam("CreateGroup", &[("GroupName", "other")]).await.ok();
    rename(&s, "other", "DEVELOPERS").await.refused("EntityAlreadyExists", "DEVELOPERS");
    rename(&s, "nobody", "x").await.refused("NoSuchEntity", "The group with name nobody cannot be found.");
    rename(&s, "other", "Other").await.ok();
    s.iam("UpdateGroup", &[("GroupName", "Other"), ("NewPath", "/team/")]).await.ok();
    assert_eq!(s.iam("GetGroup", &[("GroupName", "Other")]).await.ok().get("Arn"), arn("group/team/Other"));
}

#[tokio::test]
async fn needs_permission_on_what_it_is_and_on_what_it_becomes() {
    let s = super::start().await;
    let params = [("GroupName", "developers"), ("NewGroupName", "builders")];
    s.allow_alice(json!("iam:UpdateGroup"), &arn("group/developers")).await;
    s.query(&s.alice, "iam", "UpdateGroup", &params).await.refused("AccessDenied", "group/builders");
    permission(&s, "UpdateGroup", &arn("group/*ers"), &params).await;
}
