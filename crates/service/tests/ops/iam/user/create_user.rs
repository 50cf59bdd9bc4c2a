//! CreateUser.

use crate::iam::holder::MANAGED;
use crate::iam::permission::{arn, permission};
use crate::scenario::Scenario;
use serde_json::json;

#[tokio::test]
async fn user_is_shown_as_it_was_made_and_may_do_nothing() {
    let s = Scenario::start().await;
    let params = [
        ("UserName", "bob"),
        ("Path", "/team/a/"),
        ("PermissionsBoundary", MANAGED),
        ("Tags.member.1.Key", "k"),
        ("Tags.member.1.Value", "v"),
    ];
    let made = s.iam("CreateUser", &params).await.ok();
    assert_eq!(made.get("User/Arn"), arn("user/team/a/bob"));
    assert_eq!(made.get("User/Path"), "/team/a/");
    assert_eq!(made.get("User/PermissionsBoundary/PermissionsBoundaryArn"), MANAGED);
    assert_eq!(
        (made.get("User/Tags/member/Key"), made.get("User/Tags/member/Value")),
        ("k".into(), "v".into())
    );
    assert!(made.get("User/UserId").starts_with("AIDA"));
    let record = s.last_record();
    assert_eq!(record["eventName"], "CreateUser");
    assert_eq!(record["responseElements"]["user"]["arn"], json!(arn("user/team/a/bob")));
    let shown = s.iam("GetUser", &[("UserName", "bob")]).await.ok();
    assert_eq!(shown.get("User"), made.get("User"));
}

#[tokio::test]
async fn name_that_is_taken_in_any_case_is_refused() {
    let s = Scenario::start().await;
    for name in ["alice", "ALICE"] {
        let text = format!("User with name {name} already exists.");
        s.iam("CreateUser", &[("UserName", name)]).await.refused("EntityAlreadyExists", &text);
    }
    for name in ["", "a b", "a/b"] {
        s.iam("CreateUser", &[("UserName", name)]).await.refused("ValidationError", "userName");
    }
    s.iam("CreateUser", &[]).await.refused("ValidationError", "userName");
}

#[tokio::test]
async fn boundary_that_is_not_there_is_refused() {
    let s = Scenario::start().await;
    let boundary = arn("policy/none");
    let params = [("UserName", "bob"), ("PermissionsBoundary", boundary.as_str())];
    s.iam("CreateUser", &params).await.refused("NoSuchEntity", "does not exist or is not attachable");
    s.iam("GetUser", &[("UserName", "bob")]).await.refused("NoSuchEntity", "bob");
}

#[tokio::test]
async fn needs_permission_and_for_tags_another_one() {
    let s = Scenario::start().await;
    permission(&s, "CreateUser", &arn("user/team/bob"), &[("UserName", "bob"), ("Path", "/team/")]).await;
    let tagged = [("UserName", "carol"), ("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
    s.allow_alice(json!("iam:CreateUser"), "*").await;
    s.query(&s.alice, "iam", "CreateUser", &tagged).await.refused("AccessDenied", "iam:TagUser");
    s.allow_alice(json!(["iam:CreateUser", "iam:TagUser"]), "*").await;
    s.query(&s.alice, "iam", "CreateUser", &tagged).await.ok();
}
