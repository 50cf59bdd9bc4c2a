//! DetachGroupPolicy.

use super::DEVELOPERS;

#[tokio::test]
async fn policy_that_is_detached_is_gone() {
    DEVELOPERS.detach_policy(&super::start().await).await;
}
