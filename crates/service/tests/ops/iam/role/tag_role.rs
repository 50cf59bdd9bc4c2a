//! TagRole.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn tags_are_added_and_replaced() {
    ROLE.tag(&with_role().await).await;
}

#[tokio::test]
async fn tags_are_fifty_at_most() {
    ROLE.too_many_tags(&with_role().await).await;
}
