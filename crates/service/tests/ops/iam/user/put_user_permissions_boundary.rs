//! PutUserPermissionsBoundary.

use super::BOB;
use crate::iam::holder::{MANAGED, OTHER_MANAGED};
use serde_json::json;

#[tokio::test]
async fn boundary_that_exists_is_put() {
    BOB.put_boundary(&super::start().await).await;
}

#[tokio::test]
async fn boundary_limits_at_once_what_policies_allow() {
    let s = super::start().await;
    s.allow_alice(json!(["iam:CreateGroup", "iam:ListUsers"]), "*").await;
    let create = |name: &'static str| {
        let s = &s;
        async move { s.query(&s.alice, "iam", "CreateGroup", &[("GroupName", name)]).await }
    };
    create("a").await.ok();
    let boundary = |arn| [("UserName", "alice"), ("PermissionsBoundary", arn)];
    s.iam("PutUserPermissionsBoundary", &boundary(MANAGED)).await.ok();
    create("b").await.refused("AccessDenied", "boundary");
    s.query(&s.alice, "iam", "ListUsers", &[]).await.ok();
    s.iam("PutUserPermissionsBoundary", &boundary(OTHER_MANAGED)).await.ok();
    create("b").await.ok();
}
