//! ListAttachedRolePolicies.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn attached_policies_page_by_page() {
    ROLE.list_attached_policies(&with_role().await).await;
}
