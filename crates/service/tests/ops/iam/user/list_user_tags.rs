//! ListUserTags.

use super::BOB;

#[tokio::test]
async fn tags_in_order_page_by_page() {
    BOB.list_tags(&super::start().await).await;
}
