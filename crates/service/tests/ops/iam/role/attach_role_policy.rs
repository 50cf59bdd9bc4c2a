//! AttachRolePolicy.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn managed_policy_is_attached_once() {
    ROLE.attach_policy(&with_role().await).await;
}
