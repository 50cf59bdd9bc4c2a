//! AttachGroupPolicy.

use super::DEVELOPERS;

#[tokio::test]
async fn policy_that_exists_is_attached_once() {
    DEVELOPERS.attach_policy(&super::start().await).await;
}
