//! DetachRolePolicy.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn managed_policy_is_detached() {
    ROLE.detach_policy(&with_role().await).await;
}
