//! DeleteUserPolicy.

use super::BOB;

#[tokio::test]
async fn policy_that_is_deleted_is_gone() {
    BOB.delete_policy(&super::start().await).await;
}
