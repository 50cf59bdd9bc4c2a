//! GetGroup.

use crate::iam::pages::pages;
use crate::iam::permission::{arn, permission};

const DEVELOPERS: [(&str, &str); 1] = [("GroupName", "developers")];

#[tokio::test]
async fn group_with_its_users_page_by_page() {
    let s = super::start().await;
    assert!(s.iam("GetGroup", &DEVELOPERS).await.ok().all("Users/member").is_empty());
    for name in ["c", "b", "outside"] {
        s.iam("CreateUser", &[("UserName", name)]).await.ok();
    }
    for name in ["c", "b", "alice"] {
        s.join(name).await;
    }
    let shown = s.iam("GetGroup", &DEVELOPERS).await.ok();
    assert_eq!(shown.get("Group/Arn"), arn("group/developers"));
    assert_eq!(shown.all("UserName"), ["alice", "b", "c"]);
    pages(&s, "GetGroup", &DEVELOPERS, "Users/member", 3).await;
    let unknown = "The group with name x cannot be found.";
    s.iam("GetGroup", &[("GroupName", "x")]).await.refused("NoSuchEntity", unknown);
}

#[tokio::test]
async fn needs_permission() {
    permission(&super::start().await, "GetGroup", &arn("group/developers"), &DEVELOPERS).await;
}
