//! ListAttachedUserPolicies.

use super::BOB;

#[tokio::test]
async fn policies_page_by_page() {
    BOB.list_attached_policies(&super::start().await).await;
}
