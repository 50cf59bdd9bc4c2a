//! TagUser.

use super::BOB;

#[tokio::test]
async fn tags_are_added_and_replaced_whatever_their_case() {
    BOB.tag(&super::start().await).await;
}

#[tokio::test]
async fn more_than_fifty_tags_are_refused() {
    BOB.too_many_tags(&super::start().await).await;
}
