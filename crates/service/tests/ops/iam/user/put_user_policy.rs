//! PutUserPolicy.

use super::BOB;

#[tokio::test]
async fn policy_that_is_put_is_checked_and_counted() {
    BOB.put_policy(&super::start().await).await;
}
