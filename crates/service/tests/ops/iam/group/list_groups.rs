//! ListGroups.

use crate::iam::pages::pages;
use crate::iam::permission::permission_to_list_a_path;

#[tokio::test]
async fn groups_in_order_page_by_page_and_by_path() {
    let s = super::start().await;
    for name in ["b", "a"] {
        s.iam("CreateGroup", &[("GroupName", name), ("Path", "/team/")]).await.ok();
    }
    assert_eq!(s.iam("ListGroups", &[]).await.ok().all("GroupName"), ["a", "b", "developers"]);
    pages(&s, "ListGroups", &[], "Groups/member", 3).await;
    pages(&s, "ListGroups", &[("PathPrefix", "/team/")], "Groups/member", 2).await;
}

#[tokio::test]
async fn permission_is_for_the_path_that_is_asked_for() {
    permission_to_list_a_path(&super::start().await, "ListGroups", "group").await;
}
