//! ListUsers.

use crate::iam::pages::pages;
use crate::iam::permission::permission_to_list_a_path;

#[tokio::test]
async fn users_in_order_page_by_page_and_by_path() {
    let s = super::start().await;
    for name in ["d", "c"] {
        s.iam("CreateUser", &[("UserName", name), ("Path", "/team/")]).await.ok();
    }
    assert_eq!(s.iam("ListUsers", &[]).await.ok().all("UserName"), ["alice", "bob", "c", "d"]);
    pages(&s, "ListUsers", &[], "Users/member", 4).await;
    pages(&s, "ListUsers", &[("PathPrefix", "/team/")], "Users/member", 2).await;
}

#[tokio::test]
async fn permission_is_for_the_path_that_is_asked_for() {
    permission_to_list_a_path(&super::start().await, "ListUsers", "user").await;
}
