//! DetachUserPolicy.

use super::BOB;

#[tokio::test]
async fn policy_that_is_detached_is_gone() {
    BOB.detach_policy(&super::start().await).await;
}
