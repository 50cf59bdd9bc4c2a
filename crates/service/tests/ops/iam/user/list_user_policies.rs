//! ListUserPolicies.

use super::BOB;

#[tokio::test]
async fn names_in_order_page_by_page() {
    BOB.list_policies(&super::start().await).await;
}
