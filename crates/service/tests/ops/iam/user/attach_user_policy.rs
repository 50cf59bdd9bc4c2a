//! AttachUserPolicy.

use super::BOB;

#[tokio::test]
async fn policy_that_exists_is_attached_once() {
    BOB.attach_policy(&super::start().await).await;
}
