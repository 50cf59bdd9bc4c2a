//! DeleteGroupPolicy.

use super::DEVELOPERS;

#[tokio::test]
async fn policy_that_is_deleted_is_gone() {
    DEVELOPERS.delete_policy(&super::start().await).await;
}
