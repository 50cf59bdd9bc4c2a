//! ListInstanceProfilesForRole.

use crate::iam::permission::{arn, permission};
use crate::iam::role::with_role;

#[tokio::test]
async fn there_are_none() {
    let s = with_role().await;
    let action = "ListInstanceProfilesForRole";
    let listed = s.iam(action, &[("RoleName", "reader")]).await.ok();
    assert_eq!(listed.get("IsTruncated"), "false");
    assert!(listed.all("InstanceProfiles/member").is_empty());
    let unknown = "The role with name none cannot be found.";
    s.iam(action, &[("RoleName", "none")]).await.refused("NoSuchEntity", unknown);
    permission(&s, action, &arn("role/reader"), &[("RoleName", "reader")]).await;
}
