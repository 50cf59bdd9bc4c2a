//! PutRolePolicy.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn inline_policy_is_checked_and_kept() {
    ROLE.put_policy(&with_role().await).await;
}
