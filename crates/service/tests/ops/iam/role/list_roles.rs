//! ListRoles.

use crate::iam::pages::pages;
use crate::iam::permission::permission;
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
async fn permission_is_needed() {
    let s = Scenario::start().await;
    permission(&s, "ListRoles", "*", &[]).await;
}
