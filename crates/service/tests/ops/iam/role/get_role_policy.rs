//! GetRolePolicy.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn inline_policy_is_shown_as_it_was_put() {
    ROLE.get_policy(&with_role().await).await;
}
