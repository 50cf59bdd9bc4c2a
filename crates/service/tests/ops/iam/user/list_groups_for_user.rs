//! ListGroupsForUser.

use crate::iam::pages::pages;
use crate::iam::permission::{arn, permission};

#[tokio::test]
async fn groups_in_order_page_by_page() {
    let s = super::start().await;
    for group in ["c", "a", "b", "d"] {
        s.iam("CreateGroup", &[("GroupName", group)]).await.ok();
    }
    for group in ["c", "a", "b"] {
        s.iam("AddUserToGroup", &[("UserName", "bob"), ("GroupName", group)]).await.ok();
    }
    let listed = s.iam("ListGroupsForUser", &[("UserName", "bob")]).await.ok();
    assert_eq!(listed.all("GroupName"), ["a", "b", "c"]);
    pages(&s, "ListGroupsForUser", &[("UserName", "bob")], "Groups/member", 3).await;
    s.iam("ListGroupsForUser", &[("UserName", "x")]).await.refused("NoSuchEntity", "x");
}

#[tokio::test]
async fn needs_permission() {
    permission(&super::start().await, "ListGroupsForUser", &arn("user/bob"), &[("UserName", "bob")]).await;
}
