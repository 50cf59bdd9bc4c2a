//! UntagUser.

use super::BOB;

#[tokio::test]
async fn tags_that_are_taken_away_are_gone() {
    BOB.untag(&super::start().await).await;
}
