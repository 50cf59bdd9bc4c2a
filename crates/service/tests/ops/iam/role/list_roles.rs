//! ListRoles.

use crate::iam::pages::pages;
use crate::iam::permission::permission_to_list_a_path;
use crate::iam::role::{create, trust};
use crate::scenario::Scenario;

#[tokio::test]
async fn roles_page_by_page() {
    let s = Scenario::start().await;
    for name in ["b", "a", "c"] {
        create(&s, name).await;
    }
    let trust = trust();
    let params = [("RoleName", "d"), ("AssumeRolePolicyDocument", trust.as_str()), ("Path", "/team/")];
    s.iam("CreateRole", &params).await.ok();
    assert_eq!(s.iam("ListRoles", &[]).await.ok().all("RoleName"), ["a", "b", "c", "d"]);
    assert_eq!(s.iam("ListRoles", &[("PathPrefix", "/te")]).await.ok().all("RoleName"), ["d"]);
    pages(&s, "ListRoles", &[], "Roles/member", 4).await;
}

#[tokio::test]
async fn permission_is_for_the_path_that_is_asked_for() {
    permission_to_list_a_path(&Scenario::start().await, "ListRoles", "role").await;
}
