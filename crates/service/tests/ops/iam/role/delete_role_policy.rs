//! DeleteRolePolicy.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn inline_policy_is_taken_away() {
    ROLE.delete_policy(&with_role().await).await;
}
