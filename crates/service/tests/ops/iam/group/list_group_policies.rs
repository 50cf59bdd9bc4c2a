//! ListGroupPolicies.

use super::DEVELOPERS;

#[tokio::test]
async fn names_in_order_page_by_page() {
    DEVELOPERS.list_policies(&super::start().await).await;
}
