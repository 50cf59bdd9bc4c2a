//! ListRolePolicies.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn inline_policies_page_by_page() {
    ROLE.list_policies(&with_role().await).await;
}
