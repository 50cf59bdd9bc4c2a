//! UntagRole.

use crate::iam::role::{ROLE, with_role};

#[tokio::test]
async fn tags_are_taken_away_whatever_their_case() {
    ROLE.untag(&with_role().await).await;
}
