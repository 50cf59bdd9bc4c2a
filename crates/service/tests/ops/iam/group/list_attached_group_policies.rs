//! ListAttachedGroupPolicies.

use super::DEVELOPERS;

#[tokio::test]
async fn policies_page_by_page() {
    DEVELOPERS.list_attached_policies(&super::start().await).await;
}
