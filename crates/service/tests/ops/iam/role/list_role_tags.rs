//! ListRoleTags.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn tags_page_by_page() {
    ROLE.list_tags(&with_role().await).await;
}
